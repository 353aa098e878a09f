package io.godwit.daemon.command;

import io.godwit.daemon.qmp.GuestMonitors;
import io.godwit.daemon.qmp.ShutdownCause;
import io.godwit.engine.MigrationEngine;
import io.godwit.engine.migration.MigrationException;
import tools.jackson.databind.node.ObjectNode;

/** Ends the guest and, through {@code quit}, its process: SHUTDOWN, then {@code cancelling} if need be, then the reply. */
record Quit(MigrationEngine engine, GuestMonitors monitors, Runnable quit) implements BareCommand {

    @Override
    public String name() {
        return "quit";
    }

    @Override
    public ObjectNode execute() throws MigrationException {
        monitors.shutdown(ShutdownCause.HOST_QMP_QUIT);
        try {
            engine.cancelIfPossible();
        } finally {
            quit.run();
        }
        return Json.object();
    }
}
