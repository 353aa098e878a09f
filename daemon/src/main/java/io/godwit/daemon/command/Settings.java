package io.godwit.daemon.command;

import io.godwit.daemon.qmp.GuestMonitors;
import io.godwit.daemon.qmp.NoSession;
import io.godwit.daemon.upgrade.Holding;
import io.godwit.daemon.upgrade.Part;
import io.godwit.engine.MigrationEngine;
import io.godwit.engine.migration.MigrationException;
import io.godwit.protocol.qapi.MigrateSetCapabilitiesArguments;
import io.godwit.protocol.qapi.MigrateSetParametersArguments;
import io.godwit.protocol.qapi.MigrationCapabilities;
import io.godwit.protocol.qmp.QmpException;
import java.io.IOException;
import java.util.List;
import tools.jackson.databind.node.ObjectNode;

/** What clients have set: a guest's migration capabilities and parameters. They outlive the process. */
public record Settings(MigrationEngine engine, GuestMonitors monitors) implements Holding {
    /** Its name among a daemon's holdings. */
    public static final String NAME = "settings";

    private static final String CAPABILITIES = "capabilities";
    private static final String PARAMETERS = "parameters";

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public Part lend() {
        ObjectNode data = Json.object();
        data.set(CAPABILITIES, engine.capabilities().toJson());
        data.set(PARAMETERS, engine.parameters().toJson());
        return new Part(data, List.of());
    }

    /**
     * Sets what was set in another process, as its clients have.
     *
     * @throws IOException when something of it is unknown, or not allowed, here
     */
    public void take(Part part) throws IOException {
        try {
            ObjectNode parameters = Json.object();
            part.data().path(PARAMETERS).properties().forEach(each -> parameters.set(each.getKey(), each.getValue()));
            new MigrateSetParameters(engine).execute(MigrateSetParametersArguments.TYPE.parse(parameters),
                    new NoSession());
            ObjectNode capabilities = Json.object();
            capabilities.set(CAPABILITIES, part.data().path(CAPABILITIES));
            new MigrateSetCapabilities(engine, monitors)
                    .execute(MigrateSetCapabilitiesArguments.TYPE.parse(capabilities), new NoSession());
        } catch (QmpException | MigrationException e) {
            throw new IOException("the settings: " + e.getMessage(), e);
        }
    }

    /** Has no capability on for now, as is right for a guest that another process hands over; they are to be {@link #take taken} again. */
    public void suspend() throws IOException {
        try {
            engine.setCapabilities(MigrationCapabilities.NONE);
        } catch (MigrationException e) {
            throw new IOException("the capabilities: " + e.getMessage(), e);
        }
    }
}
