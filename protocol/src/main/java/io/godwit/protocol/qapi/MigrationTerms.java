package io.godwit.protocol.qapi;

import io.godwit.protocol.qmp.QmpException;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * What a migration may cost at the most: members of our own of {@code migrate}. Each may be absent; a migration with none of
 * them has no contract.
 *
 * @param maxBytes what all its channels may carry together, from 1
 * @param maxDowntimeMillis how long the guest may stand still, 1 to 2,000,000
 * @param deadlineSeconds how long after {@code migrate} it may be under way, 1 to 31,536,000, which is a year
 */
public record MigrationTerms(OptionalLong maxBytes, OptionalLong maxDowntimeMillis, OptionalLong deadlineSeconds) {
    /** None. */
    public static final MigrationTerms NONE = new MigrationTerms(OptionalLong.empty(), OptionalLong.empty(),
            OptionalLong.empty());

    private static final Member<Long> MAX_BYTES = Member.optional("max-bytes", BuiltinType.SIZE);
    private static final Member<Long> MAX_DOWNTIME_MS = Member.optional("max-downtime-ms", BuiltinType.UINT64);
    private static final Member<Long> DEADLINE_S = Member.optional("deadline-s", BuiltinType.UINT64);
    static final List<Member<Long>> MEMBERS = List.of(MAX_BYTES, MAX_DOWNTIME_MS, DEADLINE_S);

    /** As long as the parameter downtime-limit may be. */
    private static final long LONGEST_DOWNTIME_MILLIS = 2_000_000;
    private static final long LONGEST_DEADLINE_SECONDS = 31_536_000;

    /** As a client has given them: of the right type, and in no range yet. */
    static MigrationTerms of(MemberValues in) {
        return new MigrationTerms(optional(in.find(MAX_BYTES)), optional(in.find(MAX_DOWNTIME_MS)),
                optional(in.find(DEADLINE_S)));
    }

    private static OptionalLong optional(Optional<Long> value) {
        return value.map(OptionalLong::of).orElse(OptionalLong.empty());
    }

    /** These, if each is in its range. */
    MigrationTerms checked() throws QmpException {
        check(MAX_BYTES, maxBytes, Long.MAX_VALUE);
        check(MAX_DOWNTIME_MS, maxDowntimeMillis, LONGEST_DOWNTIME_MILLIS);
        check(DEADLINE_S, deadlineSeconds, LONGEST_DEADLINE_SECONDS);
        return this;
    }

    /** Unsigned values above 2^63-1 are negative here, and in no range. */
    private static void check(Member<Long> member, OptionalLong value, long most) throws QmpException {
        if (value.isPresent() && (value.getAsLong() < 1 || value.getAsLong() > most)) {
            throw new QmpException("Parameter '" + member.name() + "' expects a value between 1 and " + most + ", got "
                    + Long.toUnsignedString(value.getAsLong()));
        }
    }

    /** Whether nothing is asked for. */
    public boolean isEmpty() {
        return maxBytes.isEmpty() && maxDowntimeMillis.isEmpty() && deadlineSeconds.isEmpty();
    }

    /** Those that there are. */
    ObjectNode toJson() {
        var json = JsonNodeFactory.instance.objectNode();
        maxBytes.ifPresent(value -> json.put(MAX_BYTES.name(), value));
        maxDowntimeMillis.ifPresent(value -> json.put(MAX_DOWNTIME_MS.name(), value));
        deadlineSeconds.ifPresent(value -> json.put(DEADLINE_S.name(), value));
        return json;
    }
}
