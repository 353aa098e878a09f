package io.godwit.engine.tls;

import io.godwit.engine.linux.SelfSignedCertificate;
import io.godwit.engine.linux.TlsKeys;
import java.io.IOException;

/**
 * Who this end is for one migration: a key that was made for it, which never leaves this process' memory, and a certificate that
 * only its fingerprint makes trustworthy. Owns both; connections that use it outlive it.
 */
public final class TlsIdentity implements AutoCloseable {
    private final TlsKeys keys;
    private final Fingerprint fingerprint;

    private TlsIdentity(TlsKeys keys, Fingerprint fingerprint) {
        this.keys = keys;
        this.fingerprint = fingerprint;
    }

    /**
     * A new one. Takes about a millisecond.
     *
     * @throws IOException when this host has no libgnutls
     */
    public static TlsIdentity create() throws IOException {
        var keys = new TlsKeys();
        try (var certificate = new SelfSignedCertificate()) {
            keys.show(certificate);
            return new TlsIdentity(keys, Fingerprint.of(certificate.encoded()));
        } catch (IOException | RuntimeException e) {
            keys.close();
            throw e;
        }
    }

    /** By what the other end is to know it. */
    public Fingerprint fingerprint() {
        return fingerprint;
    }

    TlsKeys keys() {
        return keys;
    }

    @Override
    public void close() {
        keys.close();
    }
}
