package io.godwit.daemon.command;

import io.godwit.daemon.qmp.CommandContext;
import io.godwit.protocol.qapi.ObjectType;
import io.godwit.protocol.qapi.RemoveFdArguments;
import io.godwit.protocol.qmp.QmpException;
import tools.jackson.databind.node.ObjectNode;

/** Closes one descriptor of a set, or the whole set. */
record RemoveFd(DescriptorTable descriptors) implements Command<RemoveFdArguments> {

    @Override
    public String name() {
        return "remove-fd";
    }

    @Override
    public ObjectType<RemoveFdArguments> arguments() {
        return RemoveFdArguments.TYPE;
    }

    @Override
    public ObjectNode execute(RemoveFdArguments arguments, CommandContext context) throws QmpException {
        long set = arguments.fdsetId();
        boolean removed = arguments.fd().isPresent()
                ? descriptors.removeFromSet(set, arguments.fd().get())
                : descriptors.removeSet(set);
        if (!removed) {
            String named = "fdset-id:" + set + arguments.fd().map(fd -> ", fd:" + fd).orElse("");
            throw new QmpException("File descriptor named '" + named + "' not found");
        }
        return Json.object();
    }
}
