package io.godwit.daemon.localhost;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/** The value of a QEMU's option: parts between commas. A comma that belongs to a part is written twice. */
record OptionValue(List<String> parts) {
    private static final Set<String> SERVER = Set.of("server", "server=on", "server=yes");
    private static final String ESCAPED_COMMA = ",,";
    private static final String PLACEHOLDER = "\0"; // cannot be in a word of a command line

    static OptionValue parse(String value) {
        return new OptionValue(Arrays.stream(value.replace(ESCAPED_COMMA, PLACEHOLDER).split(",", -1))
                .map(part -> part.replace(PLACEHOLDER, ",")).toList());
    }

    static String escaped(String part) {
        return part.replace(",", ESCAPED_COMMA);
    }

    String first() {
        return parts.getFirst();
    }

    /** Whether it makes a socket that others connect to. */
    boolean listens() {
        return parts.stream().anyMatch(SERVER::contains);
    }

    /** The index of the part that begins so, or -1. */
    int indexOf(String prefix) {
        for (int i = 0; i < parts.size(); i++) {
            if (parts.get(i).startsWith(prefix)) {
                return i;
            }
        }
        return -1;
    }

    OptionValue with(int index, String part) {
        var changed = new ArrayList<>(parts);
        changed.set(index, part);
        return new OptionValue(changed);
    }

    /** As it is written. */
    String text() {
        return parts.stream().map(OptionValue::escaped).collect(Collectors.joining(","));
    }
}
