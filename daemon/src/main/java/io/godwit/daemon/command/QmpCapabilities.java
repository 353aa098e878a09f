package io.godwit.daemon.command;

import io.godwit.daemon.qmp.CommandContext;
import io.godwit.protocol.qapi.ObjectType;
import io.godwit.protocol.qapi.QmpCapabilitiesArguments;
import io.godwit.protocol.qmp.QmpException;
import tools.jackson.databind.node.ObjectNode;

/** Ends the negotiation of a session. */
record QmpCapabilities() implements Command<QmpCapabilitiesArguments> {

    @Override
    public String name() {
        return "qmp_capabilities";
    }

    @Override
    public ObjectType<QmpCapabilitiesArguments> arguments() {
        return QmpCapabilitiesArguments.TYPE;
    }

    @Override
    public ObjectNode execute(QmpCapabilitiesArguments arguments, CommandContext context) throws QmpException {
        context.negotiated(arguments.oob());
        return Json.object();
    }
}
