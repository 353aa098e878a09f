package io.godwit.daemon.command;

import io.godwit.protocol.qapi.BuiltinType;
import io.godwit.protocol.qapi.Member;
import io.godwit.protocol.qapi.ObjectType;

/** Arguments of the {@code job-} commands of the control monitor, where two guests may have jobs of one id. */
record GuestJobArguments(String guest, String id) {
    private static final Member<String> GUEST = Member.required("guest", BuiltinType.STR);
    private static final Member<String> ID = Member.required("id", BuiltinType.STR);

    static final ObjectType<GuestJobArguments> TYPE = ObjectType.of("guest-job-arg",
            in -> new GuestJobArguments(in.get(GUEST), in.get(ID)), GUEST, ID);
}
