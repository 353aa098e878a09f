package io.godwit.daemon.command;

import io.godwit.daemon.qmp.CommandContext;
import io.godwit.protocol.qapi.ObjectType;
import io.godwit.protocol.qmp.QmpException;
import tools.jackson.databind.node.ObjectNode;

/** Adds a guest to the daemon, with monitors of its own. */
record GuestAdd(Guests guests) implements Command<GuestAddArguments> {

    @Override
    public String name() {
        return "guest-add";
    }

    @Override
    public ObjectType<GuestAddArguments> arguments() {
        return GuestAddArguments.TYPE;
    }

    @Override
    public ObjectNode execute(GuestAddArguments arguments, CommandContext context) throws QmpException {
        guests.add(arguments.words());
        return Json.object();
    }
}
