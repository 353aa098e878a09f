package io.godwit.daemon.command;

import io.godwit.daemon.config.GuestOption;
import io.godwit.protocol.qapi.BuiltinType;
import io.godwit.protocol.qapi.ListType;
import io.godwit.protocol.qapi.Member;
import io.godwit.protocol.qapi.MemberValues;
import io.godwit.protocol.qapi.ObjectType;
import io.godwit.protocol.qapi.QapiType;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * Arguments of {@code guest-add}: the options of a guest's command line by their names.
 *
 * @param words them as a command line
 */
record GuestAddArguments(List<String> words) {
    /** A guest is removed by its name, and asked for anything by its monitor. */
    private static final Set<String> REQUIRED = Set.of("name", "qmp");

    private static final List<Member<?>> MEMBERS = GuestOption.all().stream().<Member<?>>map(
            GuestAddArguments::member).toList();

    static final ObjectType<GuestAddArguments> TYPE = ObjectType.of("guest-add-arg",
            in -> new GuestAddArguments(words(in)), MEMBERS.toArray(Member[]::new));

    GuestAddArguments {
        words = List.copyOf(words);
    }

    private static Member<?> member(GuestOption option) {
        QapiType<?> type = switch (option.shape()) {
            case TEXT -> BuiltinType.STR;
            case TEXTS -> new ListType<>(BuiltinType.STR);
            case NUMBER -> BuiltinType.INT;
            case SWITCH -> BuiltinType.BOOL;
        };
        return REQUIRED.contains(option.name())
                ? Member.required(option.name(), type)
                : Member.optional(option.name(), type);
    }

    private static List<String> words(MemberValues in) {
        var words = new ArrayList<String>();
        for (Member<?> member : MEMBERS) {
            in.find(member).ifPresent(value -> add("--" + member.name(), value, words));
        }
        return words;
    }

    /** One word each, so that no value is taken for an option. */
    private static void add(String option, Object value, List<String> words) {
        switch (value) {
            case Boolean given -> {
                if (given) {
                    words.add(option);
                }
            }
            case List<?> several -> several.forEach(each -> words.add(option + "=" + each));
            default -> words.add(option + "=" + value);
        }
    }
}
