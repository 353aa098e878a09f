package io.godwit.daemon.command;

import io.godwit.engine.MigrationEngine;
import io.godwit.protocol.qmp.QmpException;
import tools.jackson.databind.node.ObjectNode;

/**
 * Forgets what {@code x-godwit-tls-identity} has made, and has a destination that still waits for the source told anew where that
 * comes from. A migration's end does the same by itself.
 */
record ForgetTlsIdentity(MigrationEngine engine, PinnedTls pinned) implements BareCommand {

    @Override
    public String name() {
        return "x-godwit-tls-forget";
    }

    @Override
    public ObjectNode execute() throws QmpException {
        withdraw(engine, pinned);
        pinned.forget();
        return Json.object();
    }

    /**
     * Stops waiting for a source by pins.
     *
     * @throws QmpException when a migration is under way that this would disturb
     */
    static void withdraw(MigrationEngine engine, PinnedTls pinned) throws QmpException {
        if (engine.migrationArriving() && pinned.agreed().isPresent()) {
            engine.withdrawIncoming();
        }
        if (engine.migrationRunning()) {
            throw new QmpException("There's a migration process in progress");
        }
        if (engine.migrationArriving()) {
            throw new QmpException("Guest is waiting for an incoming migration");
        }
    }
}
