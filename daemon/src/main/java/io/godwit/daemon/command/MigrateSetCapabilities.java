package io.godwit.daemon.command;

import io.godwit.daemon.qmp.CommandContext;
import io.godwit.daemon.qmp.GuestMonitors;
import io.godwit.engine.MigrationEngine;
import io.godwit.engine.migration.MigrationException;
import io.godwit.protocol.qapi.CapabilityRules;
import io.godwit.protocol.qapi.MigrateSetCapabilitiesArguments;
import io.godwit.protocol.qapi.MigrationCapabilities;
import io.godwit.protocol.qapi.MigrationCapability;
import io.godwit.protocol.qapi.ObjectType;
import io.godwit.protocol.qmp.QmpException;
import tools.jackson.databind.node.ObjectNode;

/** Switches capabilities on and off, all or none of those named. */
record MigrateSetCapabilities(MigrationEngine engine,
        GuestMonitors monitors) implements Command<MigrateSetCapabilitiesArguments> {

    @Override
    public String name() {
        return "migrate-set-capabilities";
    }

    @Override
    public ObjectType<MigrateSetCapabilitiesArguments> arguments() {
        return MigrateSetCapabilitiesArguments.TYPE;
    }

    @Override
    public ObjectNode execute(MigrateSetCapabilitiesArguments arguments, CommandContext context)
            throws QmpException, MigrationException {
        if (engine.migrationRunning()) {
            throw new QmpException("There's a migration process in progress");
        }
        MigrationCapabilities wanted = arguments.applyTo(engine.capabilities());
        CapabilityRules.check(wanted, engine.parameters(), engine.spec().incoming());
        engine.setCapabilities(wanted);
        monitors.sendMigrationEvents(wanted.has(MigrationCapability.EVENTS));
        return Json.object();
    }
}
