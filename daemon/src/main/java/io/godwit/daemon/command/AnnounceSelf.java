package io.godwit.daemon.command;

import io.godwit.daemon.qmp.CommandContext;
import io.godwit.protocol.qapi.ObjectType;
import tools.jackson.databind.node.ObjectNode;

/** Makes the guest's network cards known to their switches: there are none here, so there is nothing to do. */
record AnnounceSelf() implements Command<AnnounceSelfArguments> {

    @Override
    public String name() {
        return "announce-self";
    }

    @Override
    public ObjectType<AnnounceSelfArguments> arguments() {
        return AnnounceSelfArguments.TYPE;
    }

    @Override
    public ObjectNode execute(AnnounceSelfArguments arguments, CommandContext context) {
        return Json.object();
    }
}
