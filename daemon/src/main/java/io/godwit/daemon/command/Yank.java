package io.godwit.daemon.command;

import io.godwit.daemon.qmp.CommandContext;
import io.godwit.engine.MigrationEngine;
import io.godwit.engine.migration.MigrationException;
import io.godwit.protocol.qapi.ObjectType;
import io.godwit.protocol.qapi.YankInstanceType;
import io.godwit.protocol.qmp.QmpError;
import io.godwit.protocol.qmp.QmpErrorClass;
import io.godwit.protocol.qmp.QmpException;
import tools.jackson.databind.node.ObjectNode;

/** Breaks off a migration that hangs. All instances must be there, or none is touched. */
record Yank(MigrationEngine engine) implements Command<YankArguments> {

    @Override
    public String name() {
        return "yank";
    }

    @Override
    public ObjectType<YankArguments> arguments() {
        return YankArguments.TYPE;
    }

    @Override
    public boolean allowOob() {
        return true;
    }

    @Override
    public ObjectNode execute(YankArguments arguments, CommandContext context)
            throws QmpException, MigrationException {
        boolean migrating = engine.hasConnection();
        for (YankInstance instance : arguments.instances()) {
            if (instance.type() != YankInstanceType.MIGRATION || !migrating) {
                throw new QmpException(new QmpError(QmpErrorClass.DEVICE_NOT_FOUND, "Instance not found"));
            }
        }
        if (!arguments.instances().isEmpty()) {
            engine.yank();
        }
        return Json.object();
    }
}
