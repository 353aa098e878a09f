package io.godwit.engine.tls;

import io.godwit.engine.linux.Fd;
import io.godwit.engine.linux.TlsConnection;
import io.godwit.protocol.qapi.QCryptoTLSCredsEndpoint;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.Optional;
import java.util.function.Predicate;
import javax.security.auth.x500.X500Principal;

/**
 * How connections are to be secured. Immutable.
 *
 * @param credentials lent for as long as connections are made
 * @param hostname what a server's certificate has to be for; a server has no use for it
 * @param authorized whom a server lets in, by the distinguished name of the client's certificate (RFC 4514); all when empty
 */
public record TlsPolicy(TlsCredentials credentials, Optional<String> hostname,
        Optional<Predicate<String>> authorized) {

    /** Whether it is for the end that listens. */
    public boolean isServer() {
        return credentials.endpoint() == QCryptoTLSCredsEndpoint.SERVER;
    }

    /** A connection whose handshake has not begun. */
    @SuppressWarnings("exports") // For the channel, which lies within the engine.
    public TlsConnection connection(Fd socket) throws IOException {
        return new TlsConnection(socket, credentials.keys(), isServer(), credentials.priority(),
                credentials.verifyPeer(), hostname);
    }

    /**
     * Judges whoever has come through the handshake.
     *
     * @throws IOException with QEMU's words; the other end has been told
     */
    @SuppressWarnings("exports") // As above.
    public void admit(TlsConnection connection) throws IOException {
        if (!isServer() || authorized.isEmpty() || !credentials.verifyPeer()) {
            return;
        }
        String name = distinguishedName(connection.peerCertificate().orElse(new byte[0]));
        if (!authorized.get().test(name)) {
            connection.deny();
            throw new IOException("TLS x509 authz check for " + name + " is denied");
        }
    }

    private static String distinguishedName(byte[] der) throws IOException {
        try {
            var certificate = (X509Certificate) CertificateFactory.getInstance("X.509")
                    .generateCertificate(new ByteArrayInputStream(der));
            return certificate.getSubjectX500Principal().getName(X500Principal.RFC2253);
        } catch (CertificateException e) {
            throw new IOException("Cannot get client distinguished name: " + e.getMessage(), e);
        }
    }
}
