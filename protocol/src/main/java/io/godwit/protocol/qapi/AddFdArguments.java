package io.godwit.protocol.qapi;

import java.util.Optional;

/** Arguments of {@code add-fd}. Without an id the smallest free one is meant; {@code opaque} is a note of the client's. */
public record AddFdArguments(Optional<Long> fdsetId, Optional<String> opaque) {
    private static final Member<Long> FDSET_ID = Member.optional("fdset-id", BuiltinType.INT);
    private static final Member<String> OPAQUE = Member.optional("opaque", BuiltinType.STR);

    public static final ObjectType<AddFdArguments> TYPE = ObjectType.of("add-fd-arg",
            in -> new AddFdArguments(in.find(FDSET_ID), in.find(OPAQUE)), FDSET_ID, OPAQUE);
}
