package io.godwit.engine.tls;

import io.godwit.engine.linux.TlsKeys;
import io.godwit.protocol.qapi.QCryptoTLSCredsEndpoint;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Optional;

/**
 * One end's certificates and key: QEMU's {@code tls-creds-x509}. The files are read once. Owns what was read; connections that use
 * it outlive it.
 */
public final class TlsCredentials implements AutoCloseable {
    private final QCryptoTLSCredsEndpoint endpoint;
    private final boolean verifyPeer;
    private final Optional<String> priority;
    private final TlsKeys keys;

    private TlsCredentials(Options options, TlsKeys keys) {
        endpoint = options.endpoint;
        verifyPeer = options.verifyPeer;
        priority = options.priority;
        this.keys = keys;
    }

    /**
     * What is asked of them.
     *
     * @param verifyPeer whether the other end has to show a certificate of one of the authorities
     * @param sanityCheck whether to look whether the certificates can do what they are for
     * @param priority GnuTLS's priority string; of the versions, TLS 1.3 is left in any case
     * @param password with which the key is encrypted
     */
    public record Options(QCryptoTLSCredsEndpoint endpoint, boolean verifyPeer, boolean sanityCheck,
            Optional<String> priority, Optional<String> password) {}

    /**
     * Reads them from a directory of QEMU's layout: {@code ca-cert.pem}, {@code ca-crl.pem} (a server's, optional),
     * {@code server-cert.pem} and {@code server-key.pem}, or {@code client-cert.pem} and {@code client-key.pem} (both optional:
     * a client without them shows no certificate).
     *
     * @throws IOException with QEMU's text
     */
    public static TlsCredentials load(Path directory, Options options) throws IOException {
        boolean server = options.endpoint == QCryptoTLSCredsEndpoint.SERVER;
        Path authorities = directory.resolve("ca-cert.pem");
        Path certificate = directory.resolve(options.endpoint.qapiName() + "-cert.pem");
        Path key = directory.resolve(options.endpoint.qapiName() + "-key.pem");
        Path revoked = directory.resolve("ca-crl.pem");
        checkReadable(authorities);
        boolean shown = server || (Files.exists(certificate) && Files.exists(key));
        if (shown) {
            checkReadable(certificate);
            checkReadable(key);
        }
        if (options.sanityCheck) {
            check(authorities, shown ? Optional.of(certificate) : Optional.empty(), options.endpoint);
        }
        var keys = new TlsKeys();
        try {
            keys.trust(authorities);
            if (shown) {
                keys.show(certificate, key, options.password);
            }
            if (server && Files.exists(revoked)) {
                keys.revoke(revoked);
            }
        } catch (IOException | RuntimeException e) {
            keys.close();
            throw e;
        }
        return new TlsCredentials(options, keys);
    }

    /** GnuTLS reads the file itself; what it says of one that is not there is less than QEMU does. */
    private static void checkReadable(Path file) throws IOException {
        PemFile.read(file);
    }

    private static void check(Path authorityFile, Optional<Path> certificateFile, QCryptoTLSCredsEndpoint endpoint)
            throws IOException {
        var sanity = new CertificateSanity(endpoint);
        Optional<X509Certificate> own = Optional.empty();
        if (certificateFile.isPresent()) {
            own = Optional.of(own(certificateFile.get(), endpoint));
        }
        List<X509Certificate> authorities = authorities(authorityFile);
        if (own.isPresent()) {
            sanity.checkOwn(own.get(), certificateFile.get());
        }
        for (X509Certificate authority : authorities) {
            sanity.checkAuthority(authority, authorityFile);
        }
        if (own.isPresent()) {
            CertificateSanity.checkPair(PemFile.read(certificateFile.get()), authorities, authorityFile);
        }
    }

    private static X509Certificate own(Path file, QCryptoTLSCredsEndpoint endpoint) throws IOException {
        try {
            List<X509Certificate> chain = PemFile.read(file).certificates();
            if (!chain.isEmpty()) {
                return chain.getFirst();
            }
            throw new GeneralSecurityException("Base64 unexpected header error.");
        } catch (GeneralSecurityException e) {
            throw new IOException("Unable to import " + endpoint.qapiName() + " certificate " + file + ": "
                    + e.getMessage(), e);
        }
    }

    private static List<X509Certificate> authorities(Path file) throws IOException {
        try {
            List<X509Certificate> authorities = PemFile.read(file).certificates();
            if (!authorities.isEmpty()) {
                return authorities;
            }
            throw new GeneralSecurityException("there is none");
        } catch (GeneralSecurityException e) {
            throw new IOException("Unable to import CA certificate list " + file, e);
        }
    }

    /** Which end they are for. */
    public QCryptoTLSCredsEndpoint endpoint() {
        return endpoint;
    }

    /** Whether the other end is looked at. */
    public boolean verifyPeer() {
        return verifyPeer;
    }

    Optional<String> priority() {
        return priority;
    }

    TlsKeys keys() {
        return keys;
    }

    @Override
    public void close() {
        keys.close();
    }
}
