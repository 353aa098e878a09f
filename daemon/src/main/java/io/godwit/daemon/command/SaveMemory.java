package io.godwit.daemon.command;

import io.godwit.daemon.qmp.CommandContext;
import io.godwit.engine.MigrationEngine;
import io.godwit.engine.migration.MigrationException;
import io.godwit.protocol.qapi.ObjectType;
import io.godwit.protocol.qapi.PmemsaveArguments;
import java.nio.file.Path;
import tools.jackson.databind.node.ObjectNode;

/** Writes guest-physical memory to a file. */
record SaveMemory(MigrationEngine engine) implements Command<PmemsaveArguments> {

    @Override
    public String name() {
        return "pmemsave";
    }

    @Override
    public ObjectType<PmemsaveArguments> arguments() {
        return PmemsaveArguments.TYPE;
    }

    @Override
    public ObjectNode execute(PmemsaveArguments arguments, CommandContext context) throws MigrationException {
        engine.saveMemory(arguments.val(), arguments.size(), Path.of(arguments.filename()));
        return Json.object();
    }
}
