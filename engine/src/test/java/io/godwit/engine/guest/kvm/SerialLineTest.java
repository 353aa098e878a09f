package io.godwit.engine.guest.kvm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.godwit.engine.GuestSpec;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class SerialLineTest {

    @TempDir
    Path directory;

    @SuppressWarnings("NullAway.Init")
    SerialLineTest() {}

    private static void say(SerialLine line, String text) {
        text.chars().forEach(line::send);
    }

    private static String read(SocketChannel client, int bytes) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(bytes);
        while (buffer.hasRemaining() && client.read(buffer) >= 0) {
            // More is to come.
        }
        return new String(buffer.array(), 0, buffer.position(), StandardCharsets.US_ASCII);
    }

    /** The server has taken the client in once a byte makes it through. */
    private static SocketChannel connect(Path path, SerialLine line, BlockingQueue<Integer> input) throws Exception {
        SocketChannel client = SocketChannel.open(UnixDomainSocketAddress.of(path));
        line.onInput(input::add);
        client.write(ByteBuffer.wrap(new byte[]{'!'}));
        assertThat(input.poll(30, TimeUnit.SECONDS)).isEqualTo('!');
        return client;
    }

    @Test
    void fileIsAppendedTo() throws Exception {
        Path file = directory.resolve("serial");
        Files.writeString(file, "before ");
        try (SerialLine line = SerialLine.open(new GuestSpec.Serial.ToFile(file))) {
            say(line, "after");
        }
        assertThat(file).hasContent("before after");
    }

    @Test
    void lastClientOfASocketHasTheLine() throws Exception {
        Path path = directory.resolve("serial");
        var input = new LinkedBlockingQueue<Integer>();
        try (SerialLine line = SerialLine.open(new GuestSpec.Serial.UnixSocket(path))) {
            say(line, "to nobody");
            try (SocketChannel first = connect(path, line, input)) {
                say(line, "one");
                assertThat(read(first, 3)).isEqualTo("one");
                try (SocketChannel second = connect(path, line, input)) {
                    say(line, "two");
                    assertThat(read(second, 3)).isEqualTo("two");
                    assertThat(read(first, 1)).as("the first is closed").isEmpty();
                }
            }
        }
        assertThat(path).doesNotExist();
    }

    @Test
    void socketIsForItsOwnerAndLeavesNothingBehind() throws Exception {
        Path path = directory.resolve("serial");
        try (SerialLine line = SerialLine.open(new GuestSpec.Serial.UnixSocket(path))) {
            line.send('x');
            assertThat(Files.getPosixFilePermissions(path)).isEqualTo(PosixFilePermissions.fromString("rw-------"));
        }
        try (var left = Files.list(directory)) {
            assertThat(left).isEmpty();
        }
    }

    @Test
    void staleSocketIsReplacedAndALiveOneOrAFileIsNot() throws Exception {
        Path path = directory.resolve("serial");
        try (var dead = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            dead.bind(UnixDomainSocketAddress.of(path));
        }
        var serial = new GuestSpec.Serial.UnixSocket(path);
        try (SerialLine line = SerialLine.open(serial)) {
            line.send('x');
            assertThatThrownBy(() -> SerialLine.open(serial)).isInstanceOf(IOException.class)
                    .hasMessageContaining("somebody listens there already");
        }
        Files.writeString(path, "precious");
        assertThatThrownBy(() -> SerialLine.open(serial)).isInstanceOf(IOException.class)
                .hasMessageContaining("is no socket");
        assertThat(path).hasContent("precious");
    }

    @Test
    void clientThatDoesNotReadNeverHoldsUpTheGuest() throws Exception {
        Path path = directory.resolve("serial");
        try (SerialLine line = SerialLine.open(new GuestSpec.Serial.UnixSocket(path));
                SocketChannel lazy = connect(path, line, new LinkedBlockingQueue<>())) {
            for (int i = 0; i < 1_000_000; i++) {
                line.send('x');
            }
            assertThat(lazy.isConnected()).isTrue();
        }
    }
}
