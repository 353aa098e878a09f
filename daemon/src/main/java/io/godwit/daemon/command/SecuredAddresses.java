package io.godwit.daemon.command;

import io.godwit.engine.MigrationEngine;
import io.godwit.engine.migration.Endpoint;
import io.godwit.protocol.qapi.MigrationAddress;
import io.godwit.protocol.qapi.MigrationParameters;
import io.godwit.protocol.qapi.QCryptoTLSCredsEndpoint;
import io.godwit.protocol.qmp.QmpException;
import java.util.Optional;

/** Endpoints of migrations: by TLS, when a pinned certificate or the parameter {@code tls-creds} says so. */
record SecuredAddresses(MigrationAddresses plain, UserObjects objects, PinnedTls pinned, MigrationEngine engine) {

    /**
     * As {@link MigrationAddresses#outgoing}, for a migration that begins.
     *
     * @param peer the fingerprint of the one certificate that the destination may have; parameters say how it is when empty
     */
    Endpoint outgoing(MigrationAddress address, Optional<String> peer) throws QmpException {
        Endpoint endpoint = plain.outgoing(address);
        return peer.isPresent()
                ? pinned(endpoint, QCryptoTLSCredsEndpoint.CLIENT, peer.get())
                : objects.outgoing(endpoint, parametersOfNext());
    }

    /** As {@link #outgoing}, for the end that listens. */
    Endpoint incoming(MigrationAddress address, Optional<String> peer) throws QmpException {
        Endpoint endpoint = plain.incoming(address);
        return peer.isPresent()
                ? pinned(endpoint, QCryptoTLSCredsEndpoint.SERVER, peer.get())
                : objects.incoming(endpoint, parametersOfNext());
    }

    private Endpoint pinned(Endpoint endpoint, QCryptoTLSCredsEndpoint end, String peer) throws QmpException {
        if (isBusy()) { // what that one is secured by must stay as it is
            throw new QmpException("There's a migration process in progress");
        }
        return new Endpoint.Secured(UserObjects.socket(endpoint), pinned.agree(end, peer));
    }

    /** A migration that is not pinned has no use for what was made for one. */
    private MigrationParameters parametersOfNext() {
        if (!isBusy()) {
            pinned.forget();
        }
        return engine.parameters();
    }

    private boolean isBusy() {
        return engine.migrationRunning() || engine.migrationArriving();
    }

    /** For a migration that goes on: by pins if it has begun by them, whatever the parameters say by now. */
    Endpoint outgoingAgain(MigrationAddress address) throws QmpException {
        Endpoint endpoint = plain.outgoing(address);
        var policy = pinned.agreed();
        return policy.isPresent()
                ? new Endpoint.Secured(UserObjects.socket(endpoint), policy.get())
                : objects.outgoing(endpoint, engine.parameters());
    }

    /** As {@link #outgoingAgain}, for the end that listens. */
    Endpoint incomingAgain(MigrationAddress address) throws QmpException {
        Endpoint endpoint = plain.incoming(address);
        var policy = pinned.agreed();
        return policy.isPresent()
                ? new Endpoint.Secured(UserObjects.socket(endpoint), policy.get())
                : objects.incoming(endpoint, engine.parameters());
    }
}
