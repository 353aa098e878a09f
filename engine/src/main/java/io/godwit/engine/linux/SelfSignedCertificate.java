package io.godwit.engine.linux;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.godwit.engine.linux.ffi.Gnutls;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.time.Instant;

/**
 * A new key (ECDSA, P-256) and a certificate that it has signed itself. Owns both, in libgnutls' memory, which is wiped when they
 * are freed. One thread at a time.
 */
public final class SelfSignedCertificate implements AutoCloseable {
    private static final int X509_VERSION = 3;
    /** Each has a key of its own, so that its number need not tell it from others. */
    private static final byte[] SERIAL = {1};
    private static final String NAME = "CN=godwit";
    /** A certificate has to have some: who knows it by its fingerprint does not look at them. */
    private static final Duration VALIDITY = Duration.ofDays(365);
    /** It takes about 300 bytes. */
    private static final long MOST_BYTES = 4096;

    private long key;
    private long certificate;

    /** @throws IOException when libgnutls cannot, or there is none */
    public SelfSignedCertificate() throws IOException {
        if (!Gnutls.isPresent()) {
            throw TlsKeys.noLibrary();
        }
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment out = arena.allocate(JAVA_LONG);
            check(Gnutls.gnutls_x509_privkey_init(out));
            key = out.get(JAVA_LONG, 0);
            check(Gnutls.gnutls_x509_privkey_generate(key, Gnutls.GNUTLS_PK_ECDSA, Gnutls.BITS_OF_SECP256R1, 0));
            check(Gnutls.gnutls_x509_crt_init(out));
            certificate = out.get(JAVA_LONG, 0);
            sign(arena);
        } catch (IOException | RuntimeException e) {
            close();
            throw e;
        }
    }

    private void sign(Arena arena) throws IOException {
        Instant now = Instant.now();
        check(Gnutls.gnutls_x509_crt_set_version(certificate, X509_VERSION));
        check(Gnutls.gnutls_x509_crt_set_serial(certificate, arena.allocateFrom(JAVA_BYTE, SERIAL), SERIAL.length));
        check(Gnutls.gnutls_x509_crt_set_dn(certificate, arena.allocateFrom(NAME), MemorySegment.NULL));
        check(Gnutls.gnutls_x509_crt_set_activation_time(certificate, now.minus(VALIDITY).getEpochSecond()));
        check(Gnutls.gnutls_x509_crt_set_expiration_time(certificate, now.plus(VALIDITY).getEpochSecond()));
        check(Gnutls.gnutls_x509_crt_set_key(certificate, key));
        check(Gnutls.gnutls_x509_crt_sign2(certificate, certificate, key, Gnutls.GNUTLS_DIG_SHA256, 0));
    }

    private static void check(int result) throws IOException {
        if (result < 0) {
            throw new IOException("Cannot make a certificate: " + Gnutls.gnutls_strerror(result));
        }
    }

    /** The certificate as it goes over the wire, in DER. */
    public byte[] encoded() throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment out = arena.allocate(MOST_BYTES);
            MemorySegment size = arena.allocateFrom(JAVA_LONG, MOST_BYTES);
            check(Gnutls.gnutls_x509_crt_export(certificate, Gnutls.GNUTLS_X509_FMT_DER, out, size));
            return out.asSlice(0, size.get(JAVA_LONG, 0)).toArray(JAVA_BYTE);
        }
    }

    long address() {
        return certificate;
    }

    long key() {
        return key;
    }

    /** Idempotent. */
    @Override
    public void close() {
        if (certificate != 0) {
            Gnutls.gnutls_x509_crt_deinit(certificate);
            certificate = 0;
        }
        if (key != 0) {
            Gnutls.gnutls_x509_privkey_deinit(key);
            key = 0;
        }
    }
}
