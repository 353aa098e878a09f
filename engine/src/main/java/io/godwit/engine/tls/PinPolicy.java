package io.godwit.engine.tls;

import io.godwit.engine.linux.Fd;
import io.godwit.engine.linux.TlsConnection;
import io.godwit.engine.linux.TlsConnection.Demand.AnyCertificate;
import io.godwit.protocol.qapi.QCryptoTLSCredsEndpoint;
import java.io.IOException;
import java.util.Optional;

/**
 * The other end is the one whose certificate somebody trustworthy has named, and nobody else; neither its name nor its times
 * nor who has signed it are looked at. Between Godwits alone, so that both ends can be sure of each other before anything else
 * is said: in plain TLS 1.3 a client does not hear whether it was let in.
 *
 * @param own what this end shows; lent for as long as connections are made
 * @param peer what the other one has to show
 */
public record PinPolicy(QCryptoTLSCredsEndpoint endpoint, TlsIdentity own, Fingerprint peer) implements TlsPolicy {

    @Override
    @SuppressWarnings("exports") // As TlsPolicy says.
    public TlsConnection connection(Fd socket) throws IOException {
        return new TlsConnection(socket, own.keys(), isServer(), Optional.empty(), new AnyCertificate());
    }

    @Override
    @SuppressWarnings("exports") // As above.
    public void admit(TlsConnection connection) throws IOException {
        Fingerprint shown = Fingerprint.of(connection.peerCertificate().orElse(new byte[0]));
        if (!shown.equals(peer)) {
            connection.deny();
            throw new IOException(
                    "TLS: the other end's certificate is not the one that was pinned: got %s, expected %s"
                            .formatted(shown, peer));
        }
    }

    @Override
    public boolean isMutual() {
        return true;
    }
}
