package io.godwit.daemon.command;

import io.godwit.daemon.qmp.CommandContext;
import io.godwit.engine.linux.Fd;
import io.godwit.protocol.qapi.FdNameArguments;
import io.godwit.protocol.qapi.ObjectType;
import io.godwit.protocol.qmp.QmpException;
import tools.jackson.databind.node.ObjectNode;

/** Keeps the descriptor that came with the request under a name. */
record GetFd(DescriptorTable descriptors) implements Command<FdNameArguments> {

    @Override
    public String name() {
        return "getfd";
    }

    @Override
    public ObjectType<FdNameArguments> arguments() {
        return FdNameArguments.TYPE;
    }

    @Override
    public boolean takesDescriptor() {
        return true;
    }

    @Override
    public ObjectNode execute(FdNameArguments arguments, CommandContext context) throws QmpException {
        Fd descriptor = context.takeDescriptor()
                .orElseThrow(() -> new QmpException("No file descriptor supplied via SCM_RIGHTS"));
        String name = arguments.fdname();
        if (!name.isEmpty() && name.charAt(0) >= '0' && name.charAt(0) <= '9') {
            descriptor.close();
            throw new QmpException("Parameter 'fdname' expects a name not starting with a digit");
        }
        descriptors.name(name, descriptor);
        return Json.object();
    }
}
