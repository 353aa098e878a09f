package io.godwit.daemon.command;

import io.godwit.daemon.qmp.CommandContext;
import io.godwit.protocol.qapi.ObjectDelArguments;
import io.godwit.protocol.qapi.ObjectType;
import io.godwit.protocol.qmp.QmpException;
import tools.jackson.databind.node.ObjectNode;

/** Removes an object. A migration that uses it goes on. */
record ObjectDel(UserObjects objects) implements Command<ObjectDelArguments> {

    @Override
    public String name() {
        return "object-del";
    }

    @Override
    public ObjectType<ObjectDelArguments> arguments() {
        return ObjectDelArguments.TYPE;
    }

    @Override
    public ObjectNode execute(ObjectDelArguments arguments, CommandContext context) throws QmpException {
        objects.remove(arguments.id());
        return Json.object();
    }
}
