package io.godwit.daemon.command;

import io.godwit.daemon.qmp.CommandContext;
import io.godwit.daemon.restore.Pager;
import io.godwit.protocol.qapi.ObjectType;
import io.godwit.protocol.qapi.RestorePushArguments;
import io.godwit.protocol.qmp.QmpException;
import java.io.IOException;
import tools.jackson.databind.node.ObjectNode;

/** Godwit's own: has a restore on demand send all that is left. */
record RestorePush(Pager pager) implements Command<RestorePushArguments> {

    @Override
    public String name() {
        return "x-godwit-restore-push";
    }

    @Override
    public ObjectType<RestorePushArguments> arguments() {
        return RestorePushArguments.TYPE;
    }

    @Override
    public ObjectNode execute(RestorePushArguments arguments, CommandContext context) throws QmpException {
        try {
            pager.push(arguments.id());
        } catch (IOException e) {
            throw new QmpException(String.valueOf(e.getMessage()));
        }
        return Json.object();
    }
}
