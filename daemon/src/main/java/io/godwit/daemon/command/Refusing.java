package io.godwit.daemon.command;

import static io.godwit.protocol.qapi.BuiltinType.INT;
import static io.godwit.protocol.qapi.BuiltinType.UINT64;

import io.godwit.daemon.qmp.CommandContext;
import io.godwit.protocol.qapi.Member;
import io.godwit.protocol.qapi.NoArguments;
import io.godwit.protocol.qapi.ObjectType;
import io.godwit.protocol.qmp.QmpError;
import io.godwit.protocol.qmp.QmpException;
import java.util.List;
import tools.jackson.databind.node.ObjectNode;

/** A command about something that no guest of ours has: refused as a QEMU refuses it that has none either. */
record Refusing(String name, ObjectType<NoArguments> arguments, QmpError error) implements Command<NoArguments> {

    /** All of them. */
    static List<Refusing> all() {
        return List.of(
                new Refusing("set-vcpu-dirty-limit",
                        takes("set-vcpu-dirty-limit-arg", Member.optional("cpu-index", INT),
                                Member.required("dirty-rate", UINT64)),
                        QmpError.generic("dirty page limit feature requires KVM with accelerator property "
                                + "'dirty-ring-size' set'")),
                new Refusing("x-colo-lost-heartbeat", NoArguments.TYPE, QmpError.generic("VM is not in COLO mode")));
    }

    static ObjectType<NoArguments> takes(String name, Member<?>... members) {
        return ObjectType.of(name, in -> new NoArguments(), members);
    }

    @Override
    public ObjectNode execute(NoArguments arguments, CommandContext context) throws QmpException {
        throw new QmpException(error);
    }
}
