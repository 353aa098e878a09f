package io.godwit.daemon.command;

import io.godwit.daemon.qmp.CommandContext;
import io.godwit.protocol.qapi.ObjectType;
import io.godwit.protocol.qmp.QmpException;
import tools.jackson.databind.node.ObjectNode;

/** Ends a guest, as its own {@code quit} would, and its monitors. */
record GuestRemove(Guests guests) implements Command<GuestNameArguments> {

    @Override
    public String name() {
        return "guest-remove";
    }

    @Override
    public ObjectType<GuestNameArguments> arguments() {
        return GuestNameArguments.TYPE;
    }

    @Override
    public ObjectNode execute(GuestNameArguments arguments, CommandContext context) throws QmpException {
        guests.remove(arguments.name());
        return Json.object();
    }
}
