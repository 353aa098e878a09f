package io.godwit.protocol.qapi;

import java.util.IdentityHashMap;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The parsed members of one object, asked for by the {@link Member} that describes them. */
public final class MemberValues {
    private final IdentityHashMap<Member<?>, Object> values = new IdentityHashMap<>();

    MemberValues() {}

    <T> void put(Member<T> member, T value) {
        values.put(member, value);
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
