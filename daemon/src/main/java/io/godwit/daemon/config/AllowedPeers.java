package io.godwit.daemon.config;

import java.util.List;
import java.util.OptionalInt;

/**
 * Who may be a client, as {@code --allow} says it: whoever fits one of the rules, and everybody when there is none.
 */
public record AllowedPeers(List<Rule> rules) {
    public static final AllowedPeers ALL = new AllowedPeers(List.of());

    public AllowedPeers {
        rules = List.copyOf(rules);
    }

    /** What a process must be; what is absent does not matter. */
    public record Rule(OptionalInt uid, OptionalInt gid) {

        static Rule parse(String text) {
            var values = new KeyValues(text, "", List.of("uid", "gid"));
            return new Rule(number(values, "uid"), number(values, "gid"));
        }

        private static OptionalInt number(KeyValues values, String key) {
            return values.get(key).map(text -> OptionalInt.of((int) Whole.parse(text, 0, Integer.MAX_VALUE)))
                    .orElse(OptionalInt.empty());
        }

        private boolean fits(int peersUid, int peersGid) {
            return uid.orElse(peersUid) == peersUid && gid.orElse(peersGid) == peersGid;
        }
    }

    /** Whether a process with these may be a client. */
    public boolean allows(int uid, int gid) {
        return rules.isEmpty() || rules.stream().anyMatch(rule -> rule.fits(uid, gid));
    }
}
