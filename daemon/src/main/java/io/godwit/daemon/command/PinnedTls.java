package io.godwit.daemon.command;

import io.godwit.engine.tls.Fingerprint;
import io.godwit.engine.tls.PinPolicy;
import io.godwit.engine.tls.TlsIdentity;
import io.godwit.engine.tls.TlsPolicy;
import io.godwit.protocol.qapi.MigrationStatus;
import io.godwit.protocol.qapi.QCryptoTLSCredsEndpoint;
import io.godwit.protocol.qmp.QmpException;
import java.io.IOException;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Owns what secures one migration of a guest by pins: a key and a certificate that were made for it, and by what the other end is
 * known. A client carries the fingerprints from one monitor to the other:
 *
 * <pre>
 * nothing --x-godwit-tls-identity--> made --migrate or migrate-incoming with x-godwit-tls-peer--> agreed
 *    ^                                |                                                             |
 *    +---- x-godwit-tls-forget -------+--------- the migration's end, or another one begins --------+
 * </pre>
 *
 * <p>A postcopy that is resumed or recovered goes on by what was agreed. Any thread: {@code migrate-recover} is out of band, and a
 * migration's end is told from its own.
 */
public final class PinnedTls implements AutoCloseable {
    private final Consumer<Consumer<MigrationStatus>> watchNextMigration;
    private @Nullable TlsIdentity own;
    private @Nullable TlsPolicy agreed;

    /**
     * Knows nothing.
     *
     * @param watchNextMigration has each status of the next migration told to what it is given
     */
    public PinnedTls(Consumer<Consumer<MigrationStatus>> watchNextMigration) {
        this.watchNextMigration = watchNextMigration;
    }

    /** Makes a key and a certificate, in place of what there was; by what they are known. */
    synchronized Fingerprint renew() throws QmpException {
        forget();
        try {
            TlsIdentity made = TlsIdentity.create();
            own = made;
            return made.fingerprint();
        } catch (IOException e) {
            throw new QmpException(String.valueOf(e.getMessage()));
        }
    }

    /**
     * What secures the migration that begins next, until it has ended.
     *
     * @param peer the fingerprint that a client has brought from the other end
     * @throws QmpException when it is none, or this end has nothing to show
     */
    synchronized TlsPolicy agree(QCryptoTLSCredsEndpoint endpoint, String peer) throws QmpException {
        Fingerprint pinned = Fingerprint.parse(peer).orElseThrow(() -> new QmpException(
                "Parameter 'x-godwit-tls-peer' expects the SHA-256 of a certificate, 64 lower case hexadecimal digits"));
        if (own == null) {
            throw new QmpException(
                    "This end has no certificate to show: x-godwit-tls-identity makes one, for one migration");
        }
        TlsPolicy policy = new PinPolicy(endpoint, own, pinned);
        agreed = policy;
        watchNextMigration.accept(this::follow);
        return policy;
    }

    private void follow(MigrationStatus status) {
        if (!status.isRunning()) {
            forget();
        }
    }

    /** What the migration under way is secured by; empty when it is not by pins. */
    synchronized Optional<TlsPolicy> agreed() {
        return Optional.ofNullable(agreed);
    }

    /** Frees the key: connections that are made by it go on, no new ones can be made. Idempotent. */
    synchronized void forget() {
        agreed = null;
        if (own != null) {
            own.close();
            own = null;
        }
    }

    @Override
    public void close() {
        forget();
    }
}
