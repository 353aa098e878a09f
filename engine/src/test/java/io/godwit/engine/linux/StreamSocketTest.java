package io.godwit.engine.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedSet;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StreamSocketTest {
    private final SortedSet<String> descriptors = ProcessResources.descriptors();
    private final EventFd abort = new EventFd();
    private final Poll poll = new Poll(abort);
    private final NativeBuffer buffer = new NativeBuffer(1 << 16);

    @TempDir
    private Path directory;

    StreamSocketTest() throws IOException {}

    @AfterEach
    void leavesNoDescriptorBehind() throws IOException {
        buffer.close();
        poll.close();
        abort.close();
        assertThat(ProcessResources.descriptors()).isEqualTo(descriptors);
    }

    private StreamAddress.Unix unix(String name) {
        return new StreamAddress.Unix(directory.resolve(name));
    }

    private static StreamAddress.Tcp tcp(String host, int port) throws IOException {
        return new StreamAddress.Tcp(InetAddress.getByName(host), port);
    }

    private void exchange(StreamAddress address) throws IOException {
        try (Fd listener = StreamSocket.listen(address, 1, StreamSocket.OWNER_ONLY)) {
            assertThat(StreamSocket.isListening(listener)).isTrue();
            StreamAddress real = StreamSocket.localAddress(listener);
            try (Fd client = StreamSocket.connect(real, poll); Fd server = StreamSocket.accept(listener, poll)) {
                assertThat(client.isNonBlocking()).isFalse();
                assertThat(server.isNonBlocking()).isFalse();
                assertThat(client.kind()).isEqualTo(FileKind.SOCKET);
                assertThat(StreamSocket.isListening(client)).isFalse();
                assertThat(StreamSocket.peerAddress(client)).isEqualTo(real);
                buffer.segment().setString(0, "godwit");
                client.write(buffer.segment(), 0, 6);
                StreamSocket.shutdown(client, StreamSocket.Half.WRITE);
                assertThat(server.read(buffer.segment(), 100, 10)).isEqualTo(6);
                assertThat(server.read(buffer.segment(), 100, 10)).isZero();
            }
        }
    }

    @Test
    void connectsOverUnix() throws IOException {
        exchange(unix("s"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"127.0.0.1", "::1"})
    void connectsOverTcp(String host) throws IOException {
        exchange(tcp(host, 0));
    }

    @Test
    void tellsThePortThatTheKernelChose() throws IOException {
        try (Fd listener = StreamSocket.listen(tcp("127.0.0.1", 0), 1, 0)) {
            assertThat(((StreamAddress.Tcp) StreamSocket.localAddress(listener)).port()).isPositive();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"rw-------", "rw-rw----", "rwxrwxrwx"})
    void socketFileHasThePermissionsAskedFor(String permissions) throws IOException {
        int mode = 0;
        for (int i = 0; i < permissions.length(); i++) {
            mode = mode << 1 | (permissions.charAt(i) == '-' ? 0 : 1);
        }
        try (Fd listener = StreamSocket.listen(unix("s"), 1, mode)) {
            assertThat(StreamSocket.localAddress(listener)).isEqualTo(unix("s"));
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(unix("s").path())))
                    .isEqualTo(permissions);
        }
    }

    @Test
    void refusesAPathInUse() throws IOException {
        try (Fd listener = StreamSocket.listen(unix("s"), 1, StreamSocket.OWNER_ONLY)) {
            assertThat(listener.isOpen()).isTrue();
            assertThatExceptionOfType(ErrnoException.class)
                    .isThrownBy(() -> StreamSocket.listen(unix("s"), 1, StreamSocket.OWNER_ONLY))
                    .withMessage("bind to '%s': Address already in use", unix("s").path())
                    .satisfies(e -> assertThat(e.errno()).isEqualTo(Errno.EADDRINUSE));
        }
    }

    @Test
    void removesASocketFileOnlyWhenNobodyListens() throws IOException {
        assertThat(StreamSocket.removeStale(unix("s"))).as("no file").isFalse();
        try (Fd listener = StreamSocket.listen(unix("s"), 1, StreamSocket.OWNER_ONLY)) {
            assertThat(listener.isOpen()).isTrue();
            assertThat(StreamSocket.removeStale(unix("s"))).as("alive").isFalse();
        }
        assertThat(StreamSocket.removeStale(unix("s"))).as("dead").isTrue();
        assertThat(unix("s").path()).doesNotExist();
        Files.writeString(unix("s").path(), "precious");
        assertThat(StreamSocket.removeStale(unix("s"))).as("another file").isFalse();
        assertThat(unix("s").path()).exists();
    }

    @Test
    void saysWhyItCannotConnect() throws IOException {
        assertThatExceptionOfType(ErrnoException.class).isThrownBy(() -> StreamSocket.connect(unix("none"), poll))
                .satisfies(e -> assertThat(e.errno()).isEqualTo(Errno.ENOENT));
        int dead;
        try (Fd listener = StreamSocket.listen(tcp("127.0.0.1", 0), 1, 0)) {
            dead = ((StreamAddress.Tcp) StreamSocket.localAddress(listener)).port();
        }
        assertThatExceptionOfType(ErrnoException.class)
                .isThrownBy(() -> StreamSocket.connect(tcp("127.0.0.1", dead), poll))
                .withMessage("connect to 127.0.0.1:%d: Connection refused", dead);
    }

    @Test
    void refusesAPathThatIsTooLong() {
        assertThatThrownBy(() -> StreamSocket.connect(unix("x".repeat(108)), poll)).isInstanceOf(IOException.class)
                .hasMessageContaining("1 to 107 expected");
    }

    @Test
    void connectStopsWhenAborted() throws Exception {
        List<Fd> queued = new ArrayList<>();
        try (Fd listener = StreamSocket.listen(unix("s"), 0, StreamSocket.OWNER_ONLY)) {
            assertThat(listener.isOpen()).isTrue();
            queued.add(StreamSocket.connect(unix("s"), poll)); // one more than the backlog fits; the next must wait
            assertCanceled(() -> StreamSocket.connect(unix("s"), poll));
        } finally {
            queued.forEach(Fd::close);
        }
    }

    @Test
    void acceptStopsWhenAborted() throws Exception {
        try (Fd listener = StreamSocket.listen(unix("s"), 1, StreamSocket.OWNER_ONLY)) {
            assertThat(StreamSocket.acceptNow(listener)).isEmpty();
            assertCanceled(() -> StreamSocket.accept(listener, poll));
        }
    }

    private void assertCanceled(Callable<Fd> waits) throws Exception {
        var waiting = CompletableFuture.supplyAsync(() -> {
            try (Fd unexpected = waits.call()) {
                throw new AssertionError("got " + unexpected);
            } catch (ErrnoException e) {
                return e.errno();
            } catch (Exception e) {
                throw new AssertionError(e);
            }
        });
        assertThat(waiting).isNotDone();
        abort.signal();
        assertThat(waiting.get(10, TimeUnit.SECONDS)).isEqualTo(Errno.ECANCELED);
    }

    @Test
    void shutdownWakesABlockedReader() throws Exception {
        List<Fd> pair = StreamSocket.pair();
        try (Fd one = pair.get(0); Fd other = pair.get(1)) {
            var reading = CompletableFuture.supplyAsync(() -> {
                try {
                    return one.read(buffer.segment(), 0, 1);
                } catch (IOException e) {
                    throw new AssertionError(e);
                }
            });
            StreamSocket.shutdown(one, StreamSocket.Half.BOTH);
            assertThat(reading.get(10, TimeUnit.SECONDS)).isZero();
            assertThat(StreamSocket.localAddress(other)).isEqualTo(new StreamAddress.UnnamedUnix());
        }
    }

    @Test
    void writingToAPeerThatHasGoneIsAnErrorAndNoSignal() throws IOException {
        List<Fd> pair = StreamSocket.pair();
        try (Fd one = pair.get(0)) {
            pair.get(1).close();
            assertThatExceptionOfType(ErrnoException.class).isThrownBy(() -> one.write(buffer.segment(), 0, 1))
                    .satisfies(e -> assertThat(e.errno()).isEqualTo(Errno.EPIPE));
        }
    }

    @Test
    void nonBlockingDescriptorsSayWhenTheyWouldBlock() throws IOException {
        List<Fd> pair = StreamSocket.pair();
        try (Fd one = pair.get(0); Fd other = pair.get(1)) {
            one.setNonBlocking(true);
            assertThat(one.read(buffer.segment(), 0, 1)).isEqualTo(Fd.WOULD_BLOCK);
            long taken = 0;
            for (long count = 0; count != Fd.WOULD_BLOCK; taken += Math.max(count, 0)) {
                count = one.write(buffer.segment(), 0, buffer.byteSize());
            }
            assertThat(taken).isPositive();
            assertThat(other.read(buffer.segment(), 0, 1)).isEqualTo(1);
        }
    }

    @Test
    void tellsWhoThePeerIs() throws IOException {
        List<Fd> pair = StreamSocket.pair();
        try (Fd one = pair.get(0); Fd other = pair.get(1)) {
            assertThat(StreamSocket.peerCredentials(one).pid()).isEqualTo((int) ProcessHandle.current().pid());
            assertThat(StreamSocket.peerCredentials(other).uid())
                    .isEqualTo((int) (Integer) Files.getAttribute(Path.of("/proc/self"), "unix:uid"));
        }
    }

    @Test
    void setsBuffersAndDelay() throws IOException {
        List<Fd> pair = StreamSocket.pair();
        try (Fd one = pair.get(0); Fd other = pair.get(1)) {
            StreamSocket.setSendBuffer(one, 100_000);
            StreamSocket.setReceiveBuffer(other, 50_000);
            assertThat(StreamSocket.sendBuffer(one)).isEqualTo(200_000);
            assertThat(StreamSocket.receiveBuffer(other)).isEqualTo(100_000);
            assertThatExceptionOfType(ErrnoException.class).isThrownBy(() -> StreamSocket.setNoDelay(one, true))
                    .satisfies(e -> assertThat(e.errno()).isEqualTo(Errno.EOPNOTSUPP));
        }
        try (Fd listener = StreamSocket.listen(tcp("127.0.0.1", 0), 1, 0)) {
            StreamSocket.setNoDelay(listener, true);
        }
    }

    @Test
    void refusesWhatIsNoSocket() throws IOException {
        try (Pipe pipe = Pipe.open()) {
            assertThatExceptionOfType(ErrnoException.class).isThrownBy(() -> StreamSocket.localAddress(pipe.reader()))
                    .satisfies(e -> assertThat(e.errno()).isEqualTo(Errno.ENOTSOCK));
        }
    }
}
