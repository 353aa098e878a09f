package io.godwit.engine.linux;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.godwit.engine.linux.ffi.Gnutls;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Optional;

/**
 * TLS 1.3 on a connected, non-blocking socket, by the host's libgnutls: pages go from native memory through it to the socket and
 * back. Owns the session, and a use of the keys, not the descriptor. Any thread; no call waits. libgnutls itself takes no two
 * threads at one session (a key update of one direction touches the other, its issue 1717), so each call is made under a lock,
 * held for one record.
 */
public final class TlsConnection implements AutoCloseable {
    /** What has to be waited for. */
    public enum Step {
        DONE,
        WANTS_READ,
        WANTS_WRITE
    }

    /** As {@link Fd#WOULD_BLOCK}. */
    public static final long WOULD_BLOCK = Fd.WOULD_BLOCK;

    private static final String DEFAULT_PRIORITY = "NORMAL";
    /** What came before is known to be weaker, and GnuTLS, so QEMU, has it since 2018. */
    private static final String ONLY_VERSION = ":-VERS-ALL:+VERS-TLS1.3";

    private final Arena arena = Arena.ofShared();
    private final TlsKeys keys;
    private final long session;
    private final String hostname;
    private boolean refused;
    private boolean closed;

    /** What the other end has to show in the handshake: a client always gets to see a certificate and that its key is there. */
    public sealed interface Demand {
        /** Nothing. */
        record Nothing() implements Demand {}

        /** Some certificate and that it has its key: who that is has to be judged afterwards. */
        record AnyCertificate() implements Demand {}

        /** One of somebody whom the keys trust, for this host unless that is empty. */
        record TrustedCertificate(Optional<String> hostname) implements Demand {}
    }

    /**
     * Nothing is said yet.
     *
     * @param server which end this is
     * @param priority GnuTLS's priority string; versions other than 1.3 are never used
     */
    public TlsConnection(Fd socket, TlsKeys keys, boolean server, Optional<String> priority, Demand demand)
            throws IOException {
        if (!keys.use()) {
            throw new IOException("the TLS credentials have been deleted");
        }
        this.keys = keys;
        hostname = demand instanceof Demand.TrustedCertificate(var wanted) ? wanted.orElse("") : "";
        long made = 0;
        try {
            MemorySegment out = arena.allocate(JAVA_LONG);
            check(Gnutls.gnutls_init(out, (server ? Gnutls.GNUTLS_SERVER : Gnutls.GNUTLS_CLIENT)
                    | Gnutls.GNUTLS_NONBLOCK | Gnutls.GNUTLS_NO_SIGNAL), "Cannot initialize TLS session: ");
            made = out.get(JAVA_LONG, 0);
            String priorities = priority.orElse(DEFAULT_PRIORITY);
            check(Gnutls.gnutls_priority_set_direct(made, arena.allocateFrom(priorities + ONLY_VERSION),
                    MemorySegment.NULL), "Cannot set default TLS session priority " + priorities + ": ");
            check(Gnutls.gnutls_credentials_set(made, Gnutls.GNUTLS_CRD_CERTIFICATE, keys.address()),
                    "Cannot set session credentials: ");
            if (server && !(demand instanceof Demand.Nothing)) {
                Gnutls.gnutls_certificate_server_set_request(made, Gnutls.GNUTLS_CERT_REQUIRE);
            }
            if (demand instanceof Demand.TrustedCertificate(var wanted)) {
                Gnutls.gnutls_session_set_verify_cert(made,
                        wanted.isPresent() ? arena.allocateFrom(wanted.get()) : MemorySegment.NULL, 0);
            }
            Gnutls.gnutls_transport_set_int2(made, socket.number(), socket.number());
            session = made;
        } catch (IOException | RuntimeException e) {
            if (made != 0) {
                Gnutls.gnutls_deinit(made);
            }
            keys.close();
            arena.close();
            throw e;
        }
    }

    private static void check(int result, String attempt) throws IOException {
        if (result < 0) {
            throw new IOException(attempt + Gnutls.gnutls_strerror(result));
        }
    }

    /**
     * Goes on with the handshake.
     *
     * @throws IOException with QEMU's words, when one end does not like the other; the other one has been told
     */
    public synchronized Step shakeHands() throws IOException {
        while (true) {
            int result = Gnutls.gnutls_handshake(session);
            switch (result) {
                case 0 -> {
                    return Step.DONE;
                }
                case Gnutls.GNUTLS_E_AGAIN -> {
                    return Gnutls.gnutls_record_get_direction(session) == 0 ? Step.WANTS_READ : Step.WANTS_WRITE;
                }
                case Gnutls.GNUTLS_E_INTERRUPTED, Gnutls.GNUTLS_E_WARNING_ALERT_RECEIVED -> {
                    continue;
                }
                case Gnutls.GNUTLS_E_CERTIFICATE_VERIFICATION_ERROR -> {
                    Gnutls.gnutls_alert_send_appropriate(session, result);
                    throw new IOException(untrusted(Gnutls.gnutls_session_get_verify_cert_status(session)));
                }
                case Gnutls.GNUTLS_E_NO_CERTIFICATE_FOUND, Gnutls.GNUTLS_E_CERTIFICATE_REQUIRED -> {
                    Gnutls.gnutls_alert_send_appropriate(session, result);
                    throw new IOException("Verify failed: No certificate was found.");
                }
                case Gnutls.GNUTLS_E_FATAL_ALERT_RECEIVED -> throw new IOException("TLS handshake failed: " + alert());
                default -> {
                    Gnutls.gnutls_alert_send_appropriate(session, result);
                    throw new IOException("TLS handshake failed: " + Gnutls.gnutls_strerror(result));
                }
            }
        }
    }

    private String untrusted(int status) {
        if ((status & Gnutls.GNUTLS_CERT_INSECURE_ALGORITHM) != 0) {
            return "The certificate uses an insecure algorithm";
        }
        if ((status & Gnutls.GNUTLS_CERT_REVOKED) != 0) {
            return "The certificate has been revoked";
        }
        if ((status & Gnutls.GNUTLS_CERT_SIGNER_NOT_FOUND) != 0) {
            return "The certificate hasn't got a known issuer";
        }
        if ((status & Gnutls.GNUTLS_CERT_EXPIRED) != 0) {
            return "The certificate has expired";
        }
        if ((status & Gnutls.GNUTLS_CERT_NOT_ACTIVATED) != 0) {
            return "The certificate is not yet activated";
        }
        return (status & Gnutls.GNUTLS_CERT_UNEXPECTED_OWNER) != 0
                ? "Certificate does not match the hostname " + hostname
                : "The certificate is not trusted";
    }

    private String alert() {
        return "the other end says: " + Gnutls.gnutls_alert_get_name(Gnutls.gnutls_alert_get(session));
    }

    /** The other end's own certificate, in DER; empty when it has shown none. After the handshake. */
    public synchronized Optional<byte[]> peerCertificate() {
        try (Arena call = Arena.ofConfined()) {
            MemorySegment chain = Gnutls.gnutls_certificate_get_peers(session, call.allocate(JAVA_INT));
            return chain.address() == 0 ? Optional.empty() : Optional.of(Gnutls.data(chain));
        }
    }

    /** Tells the other end that it is not let in. */
    public synchronized void deny() {
        Gnutls.gnutls_alert_send(session, Gnutls.GNUTLS_AL_FATAL, Gnutls.GNUTLS_A_ACCESS_DENIED);
    }

    /** Sends one record's worth: how many bytes of it, or {@link #WOULD_BLOCK}, after which the same has to be sent again. */
    public synchronized long send(MemorySegment buffer, long offset, long length) throws IOException {
        long address = NativeRange.address(buffer, offset, length);
        while (true) {
            long sent = Gnutls.gnutls_record_send(session, address, length);
            if (sent >= 0) {
                return sent;
            }
            switch ((int) sent) {
                case Gnutls.GNUTLS_E_AGAIN -> {
                    return WOULD_BLOCK;
                }
                case Gnutls.GNUTLS_E_INTERRUPTED -> {
                    continue;
                }
                case Gnutls.GNUTLS_E_PUSH_ERROR -> throw new IOException("Unable to write to socket: connection lost");
                default -> throw new IOException("Cannot write to TLS channel: " + Gnutls.gnutls_strerror((int) sent));
            }
        }
    }

    /**
     * Takes what one record has, as far as there is room: how many bytes, 0 at the end, or {@link #WOULD_BLOCK}. A connection
     * that ends without TLS's word for it ends all the same: the stream above knows whether it is whole.
     *
     * @throws IOException when the other end breaks it off, as {@link #isRefused} tells then, or the connection is lost
     */
    public synchronized long receive(MemorySegment buffer, long offset, long length) throws IOException {
        long address = NativeRange.address(buffer, offset, length);
        while (true) {
            long got = Gnutls.gnutls_record_recv(session, address, length);
            if (got >= 0) {
                return got;
            }
            switch ((int) got) {
                case Gnutls.GNUTLS_E_AGAIN -> {
                    return WOULD_BLOCK;
                }
                case Gnutls.GNUTLS_E_INTERRUPTED, Gnutls.GNUTLS_E_WARNING_ALERT_RECEIVED -> {
                    continue;
                }
                case Gnutls.GNUTLS_E_PREMATURE_TERMINATION -> {
                    return 0;
                }
                case Gnutls.GNUTLS_E_FATAL_ALERT_RECEIVED -> {
                    refused = true;
                    throw new IOException("The TLS connection was broken off: " + alert());
                }
                case Gnutls.GNUTLS_E_PULL_ERROR -> throw new IOException("Unable to read from socket: connection lost");
                default -> throw new IOException("Cannot read from TLS channel: " + Gnutls.gnutls_strerror((int) got));
            }
        }
    }

    /** Whether the other end has broken it off in words. */
    public synchronized boolean isRefused() {
        return refused;
    }

    /** Says that nothing more comes, if that can be said without waiting. */
    public synchronized void bye() {
        Gnutls.gnutls_bye(session, Gnutls.GNUTLS_SHUT_WR);
    }

    /** No thread may be using it any more. */
    @Override
    public synchronized void close() {
        if (!closed) {
            closed = true;
            Gnutls.gnutls_deinit(session);
            keys.close();
            arena.close();
        }
    }
}
