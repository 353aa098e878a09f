package io.godwit.engine.tls;

import io.godwit.engine.linux.Fd;
import io.godwit.engine.linux.TlsConnection;
import io.godwit.engine.linux.TlsConnection.Demand.Nothing;
import io.godwit.engine.linux.TlsConnection.Demand.TrustedCertificate;
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
 * The other end has a certificate of an authority that is trusted: QEMU's way.
 *
 * @param credentials lent for as long as connections are made
 * @param hostname what a server's certificate has to be for; a server has no use for it
 * @param authorized whom a server lets in, by the distinguished name of the client's certificate (RFC 4514); all when empty
 */
public record AuthorityPolicy(TlsCredentials credentials, Optional<String> hostname,
        Optional<Predicate<String>> authorized) implements TlsPolicy {

    @Override
    public QCryptoTLSCredsEndpoint endpoint() {
        return credentials.endpoint();
    }

    @Override
    @SuppressWarnings("exports") // As TlsPolicy says.
    public TlsConnection connection(Fd socket) throws IOException {
        return new TlsConnection(socket, credentials.keys(), isServer(), credentials.priority(),
                credentials.verifyPeer() ? new TrustedCertificate(hostname) : new Nothing());
    }

    @Override
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

    /** QEMU knows nothing of the kind. */
    @Override
    public boolean isMutual() {
        return false;
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
