package io.godwit.daemon.command;

import io.godwit.protocol.qapi.BuiltinType;
import io.godwit.protocol.qapi.ListType;
import io.godwit.protocol.qapi.Member;
import io.godwit.protocol.qapi.ObjectType;

/** Arguments of {@code announce-self}: how often and on which network cards. Without a card none of it matters. */
record AnnounceSelfArguments() {
    static final ObjectType<AnnounceSelfArguments> TYPE = ObjectType.of("AnnounceParameters",
            in -> new AnnounceSelfArguments(), Member.required("initial", BuiltinType.INT),
            Member.required("max", BuiltinType.INT), Member.required("rounds", BuiltinType.INT),
            Member.required("step", BuiltinType.INT),
            Member.optional("interfaces", new ListType<>(BuiltinType.STR)), Member.optional("id", BuiltinType.STR));
}
