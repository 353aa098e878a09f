package io.godwit.daemon.command;

import io.godwit.daemon.qmp.CommandContext;
import io.godwit.protocol.qapi.BuiltinType;
import io.godwit.protocol.qapi.Member;
import io.godwit.protocol.qapi.ObjectType;
import io.godwit.protocol.qmp.QmpError;
import io.godwit.protocol.qmp.QmpErrorClass;
import io.godwit.protocol.qmp.QmpException;
import tools.jackson.databind.node.ObjectNode;

/** Tells remote displays where the guest goes: there are none. */
record ClientMigrateInfo() implements Command<ClientMigrateInfo.Arguments> {

    /** Of what is given only the protocol matters. */
    record Arguments(String protocol) {
        private static final Member<String> PROTOCOL = Member.required("protocol", BuiltinType.STR);

        static final ObjectType<Arguments> TYPE = ObjectType.of("client_migrate_info-arg",
                in -> new Arguments(in.get(PROTOCOL)), PROTOCOL, Member.required("hostname", BuiltinType.STR),
                Member.optional("port", BuiltinType.INT), Member.optional("tls-port", BuiltinType.INT),
                Member.optional("cert-subject", BuiltinType.STR));
    }

    @Override
    public String name() {
        return "client_migrate_info";
    }

    @Override
    public ObjectType<Arguments> arguments() {
        return Arguments.TYPE;
    }

    @Override
    public ObjectNode execute(Arguments arguments, CommandContext context) throws QmpException {
        if (!arguments.protocol().equals("spice")) {
            throw new QmpException("Parameter 'protocol' expects 'spice'");
        }
        throw new QmpException(new QmpError(QmpErrorClass.DEVICE_NOT_ACTIVE, "SPICE is not in use"));
    }
}
