package io.godwit.daemon.command;

import io.godwit.daemon.qmp.CommandContext;
import io.godwit.engine.linux.Fd;
import io.godwit.protocol.qapi.FdNameArguments;
import io.godwit.protocol.qapi.ObjectType;
import io.godwit.protocol.qmp.QmpException;
import tools.jackson.databind.node.ObjectNode;

/** Closes a named descriptor. */
record CloseFd(DescriptorTable descriptors) implements Command<FdNameArguments> {

    @Override
    public String name() {
        return "closefd";
    }

    @Override
    public ObjectType<FdNameArguments> arguments() {
        return FdNameArguments.TYPE;
    }

    @Override
    public ObjectNode execute(FdNameArguments arguments, CommandContext context) throws QmpException {
        Fd descriptor = descriptors.takeNamed(arguments.fdname()).orElseThrow(
                () -> new QmpException("File descriptor named '" + arguments.fdname() + "' not found"));
        descriptor.close();
        return Json.object();
    }
}
