package io.godwit.daemon.command;

import io.godwit.daemon.qmp.CommandContext;
import io.godwit.protocol.qapi.ObjectOptions;
import io.godwit.protocol.qapi.StructType;
import io.godwit.protocol.qmp.QmpException;
import tools.jackson.databind.node.ObjectNode;

/** Makes an object that others refer to: credentials for TLS. */
record ObjectAdd(UserObjects objects) implements Command<ObjectOptions> {

    @Override
    public String name() {
        return "object-add";
    }

    @Override
    public StructType<ObjectOptions> arguments() {
        return ObjectOptions.TYPE;
    }

    @Override
    public ObjectNode execute(ObjectOptions arguments, CommandContext context) throws QmpException {
        objects.add(arguments);
        return Json.object();
    }
}
