package io.godwit.daemon.command;

import io.godwit.protocol.qapi.BuiltinType;
import io.godwit.protocol.qapi.Member;
import io.godwit.protocol.qapi.ObjectType;

/** Arguments of {@code guest-remove}. */
record GuestNameArguments(String name) {
    private static final Member<String> NAME = Member.required("name", BuiltinType.STR);

    static final ObjectType<GuestNameArguments> TYPE = ObjectType.of("guest-remove-arg",
            in -> new GuestNameArguments(in.get(NAME)), NAME);
}
