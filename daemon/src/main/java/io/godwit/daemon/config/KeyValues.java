package io.godwit.daemon.config;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * QEMU's {@code first,key=value,...}: a comma in a value is written twice. Every key must be known and given once.
 */
final class KeyValues {
    private final Map<String, String> values = new LinkedHashMap<>();

    /**
     * @param implied the key of a first part that has no {@code =}; empty when there must be one
     */
    KeyValues(String text, String implied, List<String> known) {
        boolean first = true;
        for (String part : split(text)) {
            int equals = part.indexOf('=');
            boolean bare = first && !implied.isEmpty() && (equals < 0 || !known.contains(part.substring(0, equals)));
            put(bare ? implied : equals < 0 ? part : part.substring(0, equals),
                    bare ? part : equals < 0 ? "on" : part.substring(equals + 1), known);
            first = false;
        }
    }

    private static String[] split(String text) {
        // U+0000 cannot occur in an argument, so it can stand for the doubled comma meanwhile.
        String[] parts = text.replace(",,", "\0").split(",", -1);
        for (int i = 0; i < parts.length; i++) {
            parts[i] = parts[i].replace('\0', ',');
        }
        return parts;
    }

    private void put(String key, String value, List<String> known) {
        if (!known.contains(key)) {
            throw new BadOption("has '" + key + "', expected only " + String.join(", ", known));
        }
        if (values.putIfAbsent(key, value) != null) {
            throw new BadOption("has '" + key + "' twice");
        }
    }

    Optional<String> get(String key) {
        return Optional.ofNullable(values.get(key));
    }

    String require(String key) {
        return get(key).filter(value -> !value.isEmpty())
                .orElseThrow(() -> new BadOption("lacks '" + key + "='"));
    }

    /** Refuses a switch that does not have the only value that works here. */
    void mustBe(String key, String only) {
        get(key).filter(value -> !value.equals(only)).ifPresent(value -> {
            throw new BadOption("has '" + key + "=" + value + "', expected '" + key + "=" + only + "'");
        });
    }
}
