package io.godwit.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.godwit.engine.incoming.IncomingMigration;
import io.godwit.protocol.localhost.Greeting;
import io.godwit.protocol.localhost.LocalhostMessage;
import io.godwit.protocol.localhost.Way;
import io.godwit.protocol.qapi.MigrationStatus;
import io.godwit.protocol.qapi.RunState;
import io.godwit.protocol.stream.PackageOutput;
import io.godwit.protocol.stream.RamBlockEntry;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Sources of a move that lie: the guest that waits stays what it was, and the source is told why. */
final class HostileLocalhostTest extends EngineTest {
    private static final int PAGES = 10;
    private static final LocalhostMessage.Hello HELLO = hello("godwit-test-1", "pc.ram");

    private static LocalhostMessage.Hello hello(String machine, String block) {
        return new LocalhostMessage.Hello(Way.HANDOVER, machine, List.of(new RamBlockEntry(block, PAGES * 4096L)));
    }

    private static byte[] greetingAnd(LocalhostMessage... messages) throws IOException {
        var out = new PackageOutput();
        Greeting.write(out);
        for (LocalhostMessage message : messages) {
            message.write(out);
        }
        return out.toByteArray();
    }

    /** Sends all of it at once; gives the reason of the refusal. */
    private String refusalOf(byte[] sent) throws Exception {
        try (Side target = Side.waiting(PAGES)) {
            IncomingMigration in = target.await(socket());
            String reason;
            try (SocketChannel socket = SocketChannel.open(UnixDomainSocketAddress.of(socket().path()))) {
                socket.write(ByteBuffer.wrap(sent));
                socket.shutdownOutput();
                reason = lastWords(new DataInputStream(Channels.newInputStream(socket)));
            }
            Eventually.status(in.state(), MigrationStatus.FAILED);
            in.join();
            assertThat(in.state().errorDesc().orElseThrow()).endsWith(reason);
            assertThat(target.run.state()).isEqualTo(RunState.INMIGRATE);
            assertThat(target.guest.touched()).isZero();
            return reason;
        }
    }

    private static String lastWords(DataInputStream in) throws IOException {
        assertThat(in.readInt()).isEqualTo(Greeting.MAGIC);
        assertThat(in.readInt()).isEqualTo(Greeting.VERSION);
        while (true) {
            byte[] header = in.readNBytes(LocalhostMessage.HEADER_BYTES);
            byte[] payload = in.readNBytes(LocalhostMessage.payloadBytes(header));
            if (LocalhostMessage.read(header, payload) instanceof LocalhostMessage.Refused(String reason)) {
                return reason;
            }
        }
    }

    @Test
    void anotherVersionIsTold() throws Exception {
        byte[] greeting = greetingAnd(HELLO);
        greeting[7] = 2;
        assertThat(refusalOf(greeting)).isEqualTo(
                "the other side speaks version 2 of localhost-migrate, expected 1");
    }

    @Test
    void anotherMachineIsTold() throws Exception {
        assertThat(refusalOf(greetingAnd(hello("godwit-kvm-1", "pc.ram"))))
                .isEqualTo("Machine type received is 'godwit-kvm-1' and local is 'godwit-test-1'");
    }

    @Test
    void anotherBlockIsTold() throws Exception {
        assertThat(refusalOf(greetingAnd(hello("godwit-test-1", "vga")))).isEqualTo("unknown RAM block 'vga'");
    }

    @Test
    void descriptorsThatDidNotComeAreMissed() throws Exception {
        assertThat(refusalOf(greetingAnd(HELLO, new LocalhostMessage.Descriptors(1))))
                .isEqualTo("0 descriptors came, 1 were announced");
    }

    @Test
    void wordsOutOfTurnAreRefused() throws Exception {
        assertThat(refusalOf(greetingAnd(HELLO, new LocalhostMessage.Go()))).isEqualTo(
                "message Go, expected Descriptors");
    }

    @Test
    void anEndAmidAMessageIsSaid() throws Exception {
        assertThat(refusalOf(greetingAnd())).isEqualTo("the other side has gone after 0 of 8 bytes of a message");
    }
}
