package io.godwit.daemon.command;

import io.godwit.engine.MigrationEngine;
import io.godwit.engine.migration.Endpoint;
import io.godwit.protocol.qapi.MigrationAddress;
import io.godwit.protocol.qmp.QmpException;

/** Endpoints of migrations: by TLS, when the parameter {@code tls-creds} says so. */
record SecuredAddresses(MigrationAddresses plain, UserObjects objects, MigrationEngine engine) {

    /** As {@link MigrationAddresses#outgoing}. */
    Endpoint outgoing(MigrationAddress address) throws QmpException {
        return objects.outgoing(plain.outgoing(address), engine.parameters());
    }

    /** As {@link MigrationAddresses#incoming}. */
    Endpoint incoming(MigrationAddress address) throws QmpException {
        return objects.incoming(plain.incoming(address), engine.parameters());
    }
}
