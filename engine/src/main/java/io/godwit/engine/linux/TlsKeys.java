package io.godwit.engine.linux;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.godwit.engine.linux.ffi.Gnutls;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Whom one trusts and what one shows of oneself: owns credentials of the host's libgnutls. Any number of connections may use
 * them, and any thread; they are freed when the last one and the owner have closed them.
 */
public final class TlsKeys implements AutoCloseable {
    private final long credentials;
    private int users = 1;

    /** Trusts nobody and shows nothing. */
    public TlsKeys() throws IOException {
        if (!Gnutls.isPresent()) {
            throw noLibrary();
        }
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment out = arena.allocate(JAVA_LONG);
            int result = Gnutls.gnutls_certificate_allocate_credentials(out);
            check(result, "Cannot allocate credentials: ");
            credentials = out.get(JAVA_LONG, 0);
        }
    }

    static IOException noLibrary() {
        return new IOException("TLS: there is no libgnutls.so.30 on this host (install libgnutls30)");
    }

    /** Trusts who has a certificate of one of these authorities. The texts here and below are QEMU's. */
    public void trust(Path authorities) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            check(Gnutls.gnutls_certificate_set_x509_trust_file(credentials,
                    arena.allocateFrom(authorities.toString()), Gnutls.GNUTLS_X509_FMT_PEM),
                    "Cannot load CA certificate '" + authorities + "': ");
        }
    }

    /** Shows the certificate to others, which has to be that of the key. */
    public void show(Path certificate, Path key, Optional<String> password) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment secret = password.isPresent() ? arena.allocateFrom(password.get()) : MemorySegment.NULL;
            check(Gnutls.gnutls_certificate_set_x509_key_file2(credentials,
                    arena.allocateFrom(certificate.toString()), arena.allocateFrom(key.toString()),
                    Gnutls.GNUTLS_X509_FMT_PEM, secret, 0),
                    "Cannot load certificate '" + certificate + "' & key '" + key + "': ");
        }
    }

    /** Shows the certificate to others; copies it and its key. */
    public void show(SelfSignedCertificate certificate) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            check(Gnutls.gnutls_certificate_set_x509_key(credentials,
                    arena.allocateFrom(JAVA_LONG, certificate.address()), 1, certificate.key()),
                    "Cannot use a new certificate: ");
        }
    }

    /** Does not trust those any more. */
    public void revoke(Path list) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            check(Gnutls.gnutls_certificate_set_x509_crl_file(credentials, arena.allocateFrom(list.toString()),
                    Gnutls.GNUTLS_X509_FMT_PEM), "Cannot load CRL '" + list + "': ");
        }
    }

    private static void check(int result, String attempt) throws IOException {
        if (result < 0) {
            throw new IOException(attempt + Gnutls.gnutls_strerror(result));
        }
    }

    /** One more has to close them; false when they have been freed already. */
    synchronized boolean use() {
        if (users == 0) {
            return false;
        }
        users++;
        return true;
    }

    long address() {
        return credentials;
    }

    /** Once for the owner, and once for each use. */
    @Override
    public synchronized void close() {
        if (users > 0) {
            users--;
            if (users == 0) {
                Gnutls.gnutls_certificate_free_credentials(credentials);
            }
        }
    }
}
