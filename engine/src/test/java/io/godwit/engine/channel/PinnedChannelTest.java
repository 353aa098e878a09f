package io.godwit.engine.channel;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.godwit.engine.linux.NativeBuffer;
import io.godwit.engine.migration.Endpoint;
import io.godwit.engine.tls.Fingerprint;
import io.godwit.engine.tls.PinPolicy;
import io.godwit.engine.tls.TlsIdentity;
import io.godwit.protocol.qapi.MigrationInfo.ListeningAddress;
import io.godwit.protocol.qapi.QCryptoTLSCredsEndpoint;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Two ends that know each other by their certificates' fingerprints let each other in, and nobody else. */
@Timeout(60)
class PinnedChannelTest {
    private static final Endpoint.Tcp ANY_PORT = new Endpoint.Tcp("127.0.0.1", 0);

    private TlsIdentity ours;
    private TlsIdentity theirs;
    private Abort abort;
    private Incoming listening;
    private FutureTask<Channel> accepting;

    @BeforeEach
    void listen() throws IOException {
        ours = TlsIdentity.create();
        theirs = TlsIdentity.create();
        abort = new Abort();
        listening = Incoming.open(new Endpoint.Secured(ANY_PORT,
                new PinPolicy(QCryptoTLSCredsEndpoint.SERVER, theirs, ours.fingerprint())));
        accepting = new FutureTask<>(() -> listening.accept(abort, 1).getFirst());
        Thread.ofPlatform().start(accepting);
    }

    @AfterEach
    void close() throws InterruptedException {
        abort.request();
        try {
            accepting.get().close();
        } catch (ExecutionException e) {
            assertThat(e).hasCauseInstanceOf(AbortedException.class); // nobody has come
        }
        listening.close();
        abort.close();
        ours.close();
        theirs.close();
    }

    private int port() {
        return ((ListeningAddress.Inet) listening.addresses().getFirst()).port();
    }

    private Channel connect(TlsIdentity as, Fingerprint to, int port) throws IOException {
        return Outgoing.open(new Endpoint.Secured(new Endpoint.Tcp("127.0.0.1", port),
                new PinPolicy(QCryptoTLSCredsEndpoint.CLIENT, as, to)), abort);
    }

    @Test
    void carriesBytesBothWays() throws Exception {
        try (Channel client = connect(ours, theirs.fingerprint(), port());
                var buffer = new NativeBuffer(4)) {
            Channel server = accepting.get();
            send(client, buffer, "ping");
            assertThat(receive(server, buffer)).isEqualTo("ping");
            send(server, buffer, "pong");
            assertThat(receive(client, buffer)).isEqualTo("pong");
        }
    }

    private static void send(Channel channel, NativeBuffer buffer, String text) throws IOException {
        buffer.segment().asByteBuffer().put(text.getBytes(StandardCharsets.US_ASCII));
        channel.write(buffer.segment(), 0, text.length());
    }

    private static String receive(Channel channel, NativeBuffer buffer) throws IOException {
        for (long got = 0; got < buffer.segment().byteSize();) {
            got += channel.read(buffer.segment(), got, buffer.segment().byteSize() - got);
        }
        return new String(buffer.segment().toArray(JAVA_BYTE), StandardCharsets.US_ASCII);
    }

    /** The server has nothing against this client, and yet hears of the refusal before it takes it for its source. */
    @Test
    void theClientRefusesAnotherServerThanThePinnedOne() throws Exception {
        assertThatThrownBy(() -> connect(ours, ours.fingerprint(), port())).isInstanceOf(IOException.class)
                .hasMessage("TLS: the other end's certificate is not the one that was pinned: got %s, expected %s",
                        theirs.fingerprint(), ours.fingerprint());

        comesAfterwards();
    }

    @Test
    void theServerRefusesAnotherClientThanThePinnedOneWhichHearsThatAtOnce() throws Exception {
        try (var stranger = TlsIdentity.create()) {
            assertThatThrownBy(() -> connect(stranger, theirs.fingerprint(), port())).isInstanceOf(IOException.class)
                    .hasMessageContaining("the other end says: Access was denied");
        }

        comesAfterwards();
    }

    @Test
    void theServerRefusesAClientThatShowsNothing() throws Exception {
        try (var stranger = (SSLSocket) trustingAnybody().getSocketFactory().createSocket("127.0.0.1", port())) {
            assertThatThrownBy(() -> {
                stranger.startHandshake();
                stranger.getInputStream().read();
            }).isInstanceOf(SSLException.class);
        }

        comesAfterwards();
    }

    private static SSLContext trustingAnybody() throws GeneralSecurityException {
        var context = SSLContext.getInstance("TLSv1.3");
        context.init(null, new TrustManager[]{new X509TrustManager() {
            @Override
            public void checkClientTrusted(X509Certificate[] chain, String algorithm) {}

            @Override
            public void checkServerTrusted(X509Certificate[] chain, String algorithm) {}

            @Override
            public X509Certificate[] getAcceptedIssuers() {
                return new X509Certificate[0];
            }
        }}, null);
        return context;
    }

    @Test
    void theServerRefusesPlainText() throws Exception {
        try (var stranger = new Socket(InetAddress.getLoopbackAddress(), port())) {
            stranger.getOutputStream().write("QEVM, and what follows it".getBytes(StandardCharsets.US_ASCII));
            assertThat(stranger.getInputStream().readAllBytes()).isNotNull(); // until the end
        } catch (SocketException e) {
            assertThat(e).hasMessage("Connection reset"); // some of what was said has not even been read
        }

        comesAfterwards();
    }

    @Test
    void theClientRefusesPlainText() throws Exception {
        try (var peer = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            var plain = Thread.ofPlatform().start(() -> {
                try (var client = peer.accept()) {
                    client.getOutputStream().write("no TLS here".getBytes(StandardCharsets.US_ASCII));
                    client.getInputStream().readAllBytes();
                } catch (IOException e) {
                    // The client has gone.
                }
            });
            assertThatThrownBy(() -> connect(ours, theirs.fingerprint(), peer.getLocalPort()))
                    .isInstanceOf(IOException.class).hasMessageStartingWith("TLS handshake failed");
            plain.join();
        }
    }

    @Test
    void makesNoConnectionsOnceItIsForgotten() {
        ours.close();

        assertThatThrownBy(() -> connect(ours, theirs.fingerprint(), port())).isInstanceOf(IOException.class)
                .hasMessage("the TLS credentials have been deleted");
    }

    /** Whoever was refused has cost nothing: the right one is still waited for. */
    private void comesAfterwards() throws Exception {
        connect(ours, theirs.fingerprint(), port()).close();
        assertThat(accepting.get()).isNotNull();
    }
}
