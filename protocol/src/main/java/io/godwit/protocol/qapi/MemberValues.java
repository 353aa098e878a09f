package io.godwit.protocol.qapi;

import java.util.IdentityHashMap;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** The parsed members of one object, asked for by the {@link Member} that describes them. */
public final class MemberValues {
    private final IdentityHashMap<Member<?>, Object> values = new IdentityHashMap<>();
    private final ObjectNode given = JsonNodeFactory.instance.objectNode();

    MemberValues() {}

    <T> void put(Member<T> member, T value, JsonNode json) {
        values.put(member, value);
        given.set(member.name(), json);
    }

    /** One that no {@link Member} describes. */
    void put(String name, JsonNode json) {
        given.set(name, json);
    }

    /** What was given, as it was given: for whoever passes it on after it was checked. */
    public ObjectNode given() {
        return given;
    }

    /** The value of a required member. */
    public <T> T get(Member<T> member) {
        return find(member)
                .orElseThrow(() -> new IllegalArgumentException(member.name() + " is not a required member"));
    }

    public <T> Optional<T> find(Member<T> member) {
        @SuppressWarnings("unchecked") // put() is the only way in.
        @Nullable
        T value = (T) values.get(member);
        return Optional.ofNullable(value);
    }
}
