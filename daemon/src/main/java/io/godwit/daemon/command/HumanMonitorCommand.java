package io.godwit.daemon.command;

import io.godwit.daemon.qmp.CommandContext;
import io.godwit.protocol.qapi.HumanMonitorCommandArguments;
import io.godwit.protocol.qapi.ObjectType;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.StringNode;

/** Runs a line of the monitor for people and returns what that prints. */
record HumanMonitorCommand(HumanMonitor monitor) implements Command<HumanMonitorCommandArguments> {

    @Override
    public String name() {
        return "human-monitor-command";
    }

    @Override
    public ObjectType<HumanMonitorCommandArguments> arguments() {
        return HumanMonitorCommandArguments.TYPE;
    }

    @Override
    public boolean hasResult() {
        return true;
    }

    @Override
    public StringNode execute(HumanMonitorCommandArguments arguments, CommandContext context) {
        return JsonNodeFactory.instance.stringNode(monitor.run(arguments.commandLine(), context));
    }
}
