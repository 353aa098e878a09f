package io.godwit.daemon.command;

import io.godwit.daemon.qmp.CommandContext;
import io.godwit.engine.MigrationEngine;
import io.godwit.protocol.qapi.CapabilityRules;
import io.godwit.protocol.qapi.MigrateSetParametersArguments;
import io.godwit.protocol.qapi.MigrationParameters;
import io.godwit.protocol.qapi.ObjectType;
import io.godwit.protocol.qmp.QmpException;
import tools.jackson.databind.node.ObjectNode;

/** Changes parameters, all or none of those named, also while a migration runs. */
record MigrateSetParameters(MigrationEngine engine) implements Command<MigrateSetParametersArguments> {

    @Override
    public String name() {
        return "migrate-set-parameters";
    }

    @Override
    public ObjectType<MigrateSetParametersArguments> arguments() {
        return MigrateSetParametersArguments.TYPE;
    }

    @Override
    public ObjectNode execute(MigrateSetParametersArguments arguments, CommandContext context) throws QmpException {
        MigrationParameters wanted = engine.parameters().with(arguments);
        CapabilityRules.checkParameters(wanted, engine.capabilities());
        engine.setParameters(wanted);
        return Json.object();
    }
}
