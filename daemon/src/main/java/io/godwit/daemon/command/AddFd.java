package io.godwit.daemon.command;

import io.godwit.daemon.qmp.CommandContext;
import io.godwit.engine.linux.Fd;
import io.godwit.protocol.qapi.AddFdArguments;
import io.godwit.protocol.qapi.ObjectType;
import io.godwit.protocol.qmp.QmpException;
import tools.jackson.databind.node.ObjectNode;

/** Puts the descriptor that came with the request into a set. */
record AddFd(DescriptorTable descriptors) implements Command<AddFdArguments> {

    @Override
    public String name() {
        return "add-fd";
    }

    @Override
    public ObjectType<AddFdArguments> arguments() {
        return AddFdArguments.TYPE;
    }

    @Override
    public boolean hasResult() {
        return true;
    }

    @Override
    public boolean takesDescriptor() {
        return true;
    }

    @Override
    public ObjectNode execute(AddFdArguments arguments, CommandContext context) throws QmpException {
        Fd descriptor = context.takeDescriptor()
                .orElseThrow(() -> new QmpException("No file descriptor supplied via SCM_RIGHTS"));
        if (arguments.fdsetId().isPresent() && arguments.fdsetId().get() < 0) {
            descriptor.close();
            throw new QmpException("Parameter 'fdset-id' expects a non-negative value");
        }
        long set = descriptors.addToSet(arguments.fdsetId(), descriptor, arguments.opaque());
        return Json.object().put("fdset-id", set).put("fd", descriptor.number());
    }
}
