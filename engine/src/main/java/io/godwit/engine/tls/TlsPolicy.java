package io.godwit.engine.tls;

import io.godwit.engine.linux.Fd;
import io.godwit.engine.linux.TlsConnection;
import io.godwit.protocol.qapi.QCryptoTLSCredsEndpoint;
import java.io.IOException;

/** How connections are to be secured: by certificates of authorities, as QEMU does, or by pins. Immutable. */
public sealed interface TlsPolicy permits AuthorityPolicy, PinPolicy {

    /** For which end it is. */
    QCryptoTLSCredsEndpoint endpoint();

    /** Whether it is for the end that listens. */
    default boolean isServer() {
        return endpoint() == QCryptoTLSCredsEndpoint.SERVER;
    }

    /** A connection whose handshake has not begun. */
    @SuppressWarnings("exports") // For the channel, which lies within the engine.
    TlsConnection connection(Fd socket) throws IOException;

    /**
     * Judges whoever has come through the handshake.
     *
     * @throws IOException when it is not let in; the other end has been told
     */
    @SuppressWarnings("exports") // As above.
    void admit(TlsConnection connection) throws IOException;

    /**
     * Whether each end says so when it has let the other in, and waits to hear the same, before the first byte of what the
     * connection is for.
     */
    boolean isMutual();
}
