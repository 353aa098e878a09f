package io.godwit.protocol.qapi;

import java.util.List;

/** A member of an object type. Features are what the schema tells clients about it: {@code deprecated, unstable}. */
public record Member<T>(String name, QapiType<T> type, boolean isOptional, List<String> features) {

    public static <T> Member<T> required(String name, QapiType<T> type) {
        return new Member<>(name, type, false, List.of());
    }

    /** One that may be absent; null is not absence. */
    public static <T> Member<T> optional(String name, QapiType<T> type) {
        return new Member<>(name, type, true, List.of());
    }

    public Member<T> withFeature(String feature) {
        return new Member<>(name, type, isOptional, List.of(feature));
    }
}
