package io.godwit.protocol.qapi;

import java.util.Optional;

/** Arguments of {@code remove-fd}: one descriptor of a set, or all of them. */
public record RemoveFdArguments(long fdsetId, Optional<Long> fd) {
    private static final Member<Long> FDSET_ID = Member.required("fdset-id", BuiltinType.INT);
    private static final Member<Long> FD = Member.optional("fd", BuiltinType.INT);

    public static final ObjectType<RemoveFdArguments> TYPE = ObjectType.of("remove-fd-arg",
            in -> new RemoveFdArguments(in.get(FDSET_ID), in.find(FD)), FDSET_ID, FD);
}
