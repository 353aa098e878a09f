package io.godwit.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.godwit.engine.incoming.IncomingMigration;
import io.godwit.protocol.qapi.MigrationCapability;
import io.godwit.protocol.qapi.MigrationStatus;
import io.godwit.protocol.qapi.RunState;
import io.godwit.protocol.stream.MultifdPacket;
import io.godwit.protocol.stream.StreamCommand;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.UUID;
import java.util.zip.DeflaterOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A source that lies on its multifd channels, or loses some: the destination, which expects two of them, says what is wrong,
 * never runs the guest, and leaves nothing behind. Mostly the source does not even go away.
 */
@Timeout(60)
final class HostileMultifdTest extends EngineTest {
    private static final int PAGES = 8;
    private static final byte[] NOTHING = {};

    private final List<SocketChannel> connections = new ArrayList<>();

    @AfterEach
    void hangUp() throws IOException {
        for (SocketChannel connection : connections) {
            connection.close();
        }
    }

    private static Side target() throws Exception {
        return Side.waiting(PAGES).with(MigrationCapability.MULTIFD).set("multifd-channels", 2);
    }

    private IncomingMigration await(End<?, ?> target) throws Exception {
        return target.await(socket());
    }

    private SocketChannel connect(byte[] bytes) throws IOException {
        SocketChannel connection = SocketChannel.open(UnixDomainSocketAddress.of(socket().path()));
        connections.add(connection);
        send(connection, bytes);
        return connection;
    }

    private static void send(SocketChannel connection, byte[] bytes) throws IOException {
        ByteBuffer left = ByteBuffer.wrap(bytes);
        while (left.hasRemaining()) {
            connection.write(left);
        }
    }

    private static void assertFailed(IncomingMigration in, End<?, ?> target, String reason) {
        Eventually.status(in.state(), MigrationStatus.FAILED);
        assertThat(in.state().errorDesc()).contains(reason);
        assertThat(target.run.state()).isEqualTo(RunState.INMIGRATE);
        assertThat(target.told).doesNotContain("RESUME");
    }

    /** Each on a connection of its own, in this order; none is closed. */
    private void assertRefused(String reason, byte[]... sent) throws Exception {
        try (Side target = target()) {
            IncomingMigration in = await(target);
            for (byte[] each : sent) {
                connect(each);
            }
            assertFailed(in, target, "load of migration failed: " + reason);
        }
    }

    private static HandmadeStream stream() throws IOException {
        return HandmadeStream.of("godwit-test-1");
    }

    /** A main channel that waits in START for what the others have. */
    private static byte[] started() throws IOException {
        return stream().list(PAGES).flush().take();
    }

    private static byte[] idle(int channel) throws IOException {
        return HandmadeChannel.of(channel).take();
    }

    /** Two rounds: one of START without pages, one of END. */
    private byte[] wholeMain() throws Exception {
        return stream().list(PAGES).flush().eos().end().flush().eos().bytes(devices()).take();
    }

    private byte[] devices() throws Exception {
        return HandmadeStream.devices(dir, 7);
    }

    private static byte[] wholeChannel(int channel, long page, long value) throws IOException {
        return HandmadeChannel.of(channel).sync().page("pc.ram", page, value).sync().take();
    }

    private static void assertArrived(IncomingMigration in, Side target, long... expected) {
        Eventually.status(in.state(), MigrationStatus.COMPLETED);
        for (int page = 0; page < PAGES; page++) {
            assertThat(target.guest.read(page)).as("page %d", page)
                    .isEqualTo(page < expected.length ? expected[page] : 0);
        }
        assertThat(target.guest.device().counter).isEqualTo(7);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2})
    void connectionsComeInAnyOrder(int mainAt) throws Exception {
        try (Side target = target()) {
            List<byte[]> sent = new ArrayList<>(List.of(wholeChannel(1, 0, 11), wholeChannel(0, 1, 22)));
            sent.add(mainAt, wholeMain());
            IncomingMigration in = await(target);
            for (byte[] each : sent) {
                connect(each);
            }
            assertArrived(in, target, 11, 22);
        }
    }

    /** What tells a connection from another may come byte by byte. */
    @Test
    void connectionsMayBeSlowToSayWhatTheyAre() throws Exception {
        try (Side target = target()) {
            byte[] main = wholeMain();
            IncomingMigration in = await(target);
            SocketChannel first = connect(Arrays.copyOf(main, 1));
            connect(wholeChannel(0, 0, 11));
            SocketChannel last = connect(NOTHING);
            send(first, Arrays.copyOfRange(main, 1, 3));
            send(first, Arrays.copyOfRange(main, 3, main.length));
            send(last, wholeChannel(1, 1, 22));
            assertArrived(in, target, 11, 22);
        }
    }

    @Test
    void pagesThatComeBeforeTheListOfBlocksWait() throws Exception {
        try (Side target = target()) {
            byte[] main = wholeMain();
            int listed = stream().take().length;
            IncomingMigration in = await(target);
            SocketChannel first = connect(Arrays.copyOf(main, listed));
            connect(HandmadeChannel.of(0).page("pc.ram", 0, 11).sync().sync().take());
            connect(HandmadeChannel.of(1).page("pc.ram", 1, 22).sync().sync().take());
            Eventually.status(in.state(), MigrationStatus.ACTIVE);
            assertThat(in.counters().normalPages()).isZero();
            send(first, Arrays.copyOfRange(main, listed, main.length));
            assertArrived(in, target, 11, 22);
        }
    }

    /** The same page in each of three rounds, by turns on both channels and the main one. */
    @Test
    void noRoundOvertakesTheOneBefore() throws Exception {
        try (Side target = target()) {
            IncomingMigration in = await(target);
            connect(HandmadeChannel.of(0).page("pc.ram", 0, 1).sync().sync().page("pc.ram", 0, 3).page("pc.ram", 1, 3)
                    .sync().sync().take());
            connect(HandmadeChannel.of(1).sync().page("pc.ram", 0, 2).page("pc.ram", 1, 2).sync().sync()
                    .zero("pc.ram", 1).sync().take());
            connect(stream().list(PAGES).flush().eos().part().flush().eos().part().flush().eos().end()
                    .page("pc.ram", 2, 4).flush().eos().bytes(devices()).take());
            assertArrived(in, target, 3, 0, 4);
        }
    }

    /** Up to machines of version 8.0 there is no other mark, and other vendors' machines are called otherwise. */
    @Test
    void whereStartHasNoFlushEverySectionEndsARound() throws Exception {
        try (Side target = target()) {
            IncomingMigration in = await(target);
            connect(HandmadeChannel.of(0).sync().page("pc.ram", 0, 1).sync().page("pc.ram", 1, 3).sync().take());
            connect(HandmadeChannel.of(1).sync().page("pc.ram", 1, 2).sync().page("pc.ram", 0, 4).sync().take());
            connect(stream().list(PAGES).eos().part().eos().end().eos().bytes(devices()).take());
            assertArrived(in, target, 4, 3);
        }
    }

    /** QEMU before 9.0 sends such. */
    @Test
    void pagesInASyncPacketBelongToTheRoundThatItEnds() throws Exception {
        try (Side target = target()) {
            IncomingMigration in = await(target);
            connect(HandmadeChannel.of(0).sync().header(1, 1, 4096, 1, "pc.ram", 0, 4096).data(11).take());
            connect(HandmadeChannel.of(1).sync().sync().take());
            connect(wholeMain());
            assertArrived(in, target, 11);
        }
    }

    @Test
    void refusesAnEndWithoutAMarkBecausePagesWouldBeMissing() throws Exception {
        byte[] main = stream().list(PAGES).flush().eos().end().eos().bytes(devices()).take();
        int end = stream().list(PAGES).flush().eos().end().eos().take().length;
        assertRefused("device state at byte " + (end + 1)
                + ", but the last RAM section has no MULTIFD_FLUSH: pages may still be on their way", main,
                HandmadeChannel.of(0).sync().page("pc.ram", 0, 1).sync().take(),
                HandmadeChannel.of(1).sync().sync().take());
    }

    @Test
    void refusesTwoMainConnections() throws Exception {
        assertRefused("two of 3 connections are no multifd channels, expected one", started(), idle(0), started());
    }

    @Test
    void refusesThatThereIsNoMainConnection() throws Exception {
        assertRefused("all 3 connections are multifd channels, expected all but one", idle(0), idle(1), idle(2));
    }

    /** It has no channels, or not as many; or it has died. */
    @ParameterizedTest
    @CsvSource({"1, 0", "2, 0", "2, 1"})
    void refusesASourceThatGoesAwayBeforeAllConnectionsHaveCome(int came, int lost) throws Exception {
        try (Side target = target()) {
            IncomingMigration in = await(target);
            connect(started());
            if (came == 2) {
                connect(idle(0));
            }
            connections.get(lost).close();
            assertFailed(in, target, "load of migration failed: the source ended a connection after " + came
                    + " of 3: set multifd and the same multifd-channels at both sides");
        }
    }

    @Test
    void refusesAConnectionThatEndsWithoutAWord() throws Exception {
        try (Side target = target()) {
            IncomingMigration in = await(target);
            connect(idle(0));
            connect(idle(1));
            connect(NOTHING).close();
            assertFailed(in, target,
                    "load of migration failed: the stream ends at byte 0, in the middle of a value of 4 bytes");
        }
    }

    @Test
    void refusesAnotherUuid() throws Exception {
        var wrong = new UUID(1, 2);
        assertRefused("multifd: received uuid '%s' and expected uuid '%s' for channel 1".formatted(wrong,
                new UUID(0, 0)), started(), idle(0), HandmadeChannel.of(1, wrong).take());
    }

    @Test
    void refusesAChannelThatComesTwice() throws Exception {
        assertRefused("multifd channel 1 comes twice", started(), idle(1), idle(1));
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 255})
    void refusesAChannelBeyondTheNumberOfChannels(int channel) throws Exception {
        assertRefused("multifd channel " + channel + ", expected 0 to 1: set the same multifd-channels", started(),
                idle(0), idle(channel));
    }

    /** The others stay silent: what is wrong on one channel is said without waiting for them. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            0 |   1 |    4096 |   0 | rom1   |      0 | multifd packet 7: unknown RAM block 'rom1'
            0 |   0 |       0 |   1 | pc.ra  |      0 | multifd packet 7: unknown RAM block 'pc.ra'
            0 |   1 |    4096 |   0 | pc.ram |  32768 | multifd packet 7: page at 0x8000 of block 'pc.ram', expected a page below 0x8000
            0 |   0 |       0 |   1 | pc.ram |  32768 | multifd packet 7: page at 0x8000 of block 'pc.ram', expected a page below 0x8000
            0 |   1 |    4096 |   0 | pc.ram |   4095 | multifd packet 7: page at 0xfff of block 'pc.ram', expected a page below 0x8000
            0 |   1 |    4096 |   0 | pc.ram |  -4096 | multifd packet 7: page at 0xfffffffffffff000 of block 'pc.ram', expected a page below 0x8000
            0 |   1 |    4096 |   0 | pc.ram | 9223372036854771712 | multifd packet 7: page at 0x7ffffffffffff000 of block 'pc.ram', expected a page below 0x8000
            1 |   1 |    4096 |   0 | pc.ram |  32768 | multifd packet 7: page at 0x8000 of block 'pc.ram', expected a page below 0x8000
            0 | 129 |  528384 |   0 | pc.ram |      0 | multifd packet at byte 64: 129 normal and 0 zero pages of 128, at most 128 expected
            0 |   1 |    4096 | 128 | pc.ram |      0 | multifd packet at byte 64: 1 normal and 128 zero pages of 128, at most 128 expected
            0 |  -1 |   -4096 |   0 | pc.ram |      0 | multifd packet at byte 64: 4294967295 normal and 0 zero pages of 128, at most 128 expected
            """)
    void refusesAPacketThatLies(int flags, int normal, int bytes, int zero, String block, long offset, String reason)
            throws Exception {
        assertRefused(reason, started(), idle(0),
                HandmadeChannel.of(1).header(flags, normal, bytes, zero, block, offset).data(1).take());
    }

    /** The first page of a packet is as it should be, and the last is not: nothing of it is written. */
    @Test
    void refusesAPacketOfWhichOnePageLies() throws Exception {
        try (Side target = target()) {
            IncomingMigration in = await(target);
            connect(started());
            connect(idle(0));
            connect(HandmadeChannel.of(1).header(0, 2, 8192, 1, "pc.ram", 0, 4096, 32768).data(1).data(2).take());
            assertFailed(in, target,
                    "load of migration failed: multifd packet 7: page at 0x8000 of block 'pc.ram', expected a page below 0x8000");
            assertThat(target.guest.read(0)).isZero();
        }
    }

    @Test
    void refusesAPacketThatIsNone() throws Exception {
        byte[] whole = HandmadeChannel.of(1).sync().take();
        whole[64] = 0x12;
        assertRefused("multifd channel has 0x12223344, version 1 at byte 64, expected 0x11223344, version 1", started(),
                idle(0), whole);
    }

    @Test
    void refusesAChannelThatEndsBeforeItsSync() throws Exception {
        try (Side target = target()) {
            IncomingMigration in = await(target);
            connect(started());
            connect(HandmadeChannel.of(0).sync().take());
            connect(HandmadeChannel.of(1).page("pc.ram", 0, 1).take()).close();
            assertFailed(in, target, "load of migration failed: 1 of 2 multifd channels ended before their SYNC");
        }
    }

    /** In its hello, in a header, in the data; the main channel has nothing to say meanwhile. */
    @ParameterizedTest
    @ValueSource(ints = {4, 63, 65, 72, 200, 1407, 1408, 1409, 5503})
    void refusesAChannelThatDiesInMidPacket(int after) throws Exception {
        byte[] whole = HandmadeChannel.of(1).page("pc.ram", 0, 1).take();
        assertThat(whole).hasSize(64 + 1344 + 4096);
        try (Side target = target()) {
            IncomingMigration in = await(target);
            connect(stream().list(PAGES).take());
            connect(idle(0));
            connect(Arrays.copyOf(whole, after)).close();
            Eventually.status(in.state(), MigrationStatus.FAILED);
            assertThat(in.state().errorDesc().orElseThrow()).startsWith("load of migration failed: ")
                    .contains("the stream ends at byte " + after + ", in the middle of a value of ");
            assertThat(target.guest.isRunning()).isFalse();
            assertThat(target.run.state()).isEqualTo(RunState.INMIGRATE);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3})
    void givesUpOnConnectionsThatStaySilent(int talk) throws Exception {
        byte[][] sent = {stream().list(PAGES).take(), idle(0), idle(1)};
        try (Side target = target()) {
            IncomingMigration in = await(target);
            for (int i = 0; i < 3; i++) {
                connect(i < talk ? sent[i] : NOTHING);
            }
            Eventually.status(in.state(), talk == 3 ? MigrationStatus.ACTIVE : MigrationStatus.SETUP);
            in.breakOff();
            assertFailed(in, target, "the incoming migration was broken off");
        }
    }

    /** Both channels wait for a mark, or the main one for them. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void givesUpOnARoundThatDoesNotEnd(boolean marked) throws Exception {
        try (Side target = target()) {
            IncomingMigration in = await(target);
            connect(marked ? started() : stream().list(PAGES).take());
            connect(HandmadeChannel.of(0).page("pc.ram", 0, 1).sync().take());
            connect(marked ? idle(1) : HandmadeChannel.of(1).sync().take());
            Eventually.until("a page", () -> in.counters().normalPages() == 1);
            in.breakOff();
            assertFailed(in, target, "the incoming migration was broken off");
        }
    }

    /** The guest has come whole: what its source does with the channels then is nothing to us. */
    @Test
    void whatComesOnAChannelAfterTheLastRoundDoesNoHarm() throws Exception {
        byte[] devices = devices();
        int eof = HandmadeStream.eofOf(devices);
        try (Side target = target()) {
            IncomingMigration in = await(target);
            SocketChannel main = connect(stream().command(1).list(PAGES).flush().eos().end().flush().eos()
                    .bytes(Arrays.copyOf(devices, eof)).command(2, StreamCommand.Ping.LOADED).take());
            SocketChannel lost = connect(wholeChannel(0, 0, 11));
            SocketChannel channel = connect(wholeChannel(1, 1, 22));
            lost.close();
            ByteBuffer pong = ByteBuffer.allocate(8);
            while (pong.hasRemaining()) {
                assertThat(main.read(pong)).isPositive();
            }
            send(channel, "HTTP/1.1 400 Bad Request".getBytes(StandardCharsets.US_ASCII));
            send(main, Arrays.copyOfRange(devices, eof, devices.length));
            assertArrived(in, target, 11, 22);
        }
    }

    private static byte[] compressed(String method, byte[] pages) throws Exception {
        var out = new ByteArrayOutputStream();
        if (method.equals("zlib")) {
            try (var deflater = new DeflaterOutputStream(out, true)) {
                deflater.write(pages);
            }
            return out.toByteArray();
        }
        for (int at = 0; at < pages.length; at += 4096) { // a frame of raw blocks of at most 128 KiB each
            int length = Math.min(4096, pages.length - at);
            int header = length << 3;
            out.write(new byte[]{(byte) header, (byte) (header >> 8), (byte) (header >> 16)});
            out.write(pages, at, length);
        }
        return concat(HexFormat.of().parseHex("28b52ffd" + "0058"), out.toByteArray());
    }

    private static byte[] concat(byte[] first, byte[] second) {
        byte[] both = Arrays.copyOf(first, first.length + second.length);
        System.arraycopy(second, 0, both, first.length, second.length);
        return both;
    }

    private static int flag(String method) {
        return MultifdPacket.Method.of(method).flag();
    }

    /** What comes out is one page more, or less, than was said, or a byte. */
    @ParameterizedTest
    @CsvSource({"zlib, 1, 8192", "zlib, 2, 4096", "zlib, 1, 4095", "zlib, 1, 4097", "zlib, 1, 0", "zlib, 128, 528384",
            "zstd, 1, 8192", "zstd, 2, 4096", "zstd, 1, 4095", "zstd, 1, 4097", "zstd, 1, 0", "zstd, 128, 528384"})
    void refusesDataFromWhichSomethingElseComesOut(String method, int pages, int bytes) throws Exception {
        byte[] data = compressed(method, new byte[bytes]);
        try (Side target = target().set("multifd-compression", method)) {
            IncomingMigration in = await(target);
            connect(started());
            connect(idle(0));
            connect(HandmadeChannel.of(1).header(flag(method), pages, data.length, 0, "pc.ram").bytes(data).take());
            assertFailed(in, target,
                    "load of migration failed: multifd packet 7: %d bytes come out of its %d, expected %d pages of 4096"
                            .formatted(bytes, data.length, pages));
        }
    }

    /** A few bytes that would be gigabytes: no more is made of them than fits. */
    @Test
    void refusesDataFromWhichFarTooMuchWouldComeOut() throws Exception {
        byte[] data = compressed("zlib", new byte[256 << 20]);
        assertThat(data).hasSizeLessThan(MultifdPacket.MAX_DATA_BYTES);
        try (Side target = target().set("multifd-compression", "zlib")) {
            IncomingMigration in = await(target);
            connect(started());
            connect(idle(0));
            connect(HandmadeChannel.of(1).header(2, 8, data.length, 0, "pc.ram").bytes(data).take());
            Eventually.status(in.state(), MigrationStatus.FAILED);
            assertThat(in.state().errorDesc().orElseThrow()).contains("bytes are left after 528384 have come out");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"zlib", "zstd"})
    void refusesDataThatAreNotCompressedAtAll(String method) throws Exception {
        try (Side target = target().set("multifd-compression", method)) {
            IncomingMigration in = await(target);
            connect(started());
            connect(idle(0));
            connect(HandmadeChannel.of(1).header(flag(method), 1, 4096, 0, "pc.ram").data(-1).take());
            Eventually.status(in.state(), MigrationStatus.FAILED);
            assertThat(in.state().errorDesc().orElseThrow()).startsWith("load of migration failed: " + method + ": ");
            assertThat(target.guest.isRunning()).isFalse();
        }
    }

    @Test
    void refusesAChannelThatIsCompressedInAnotherWay() throws Exception {
        try (Side target = target().set("multifd-compression", "zlib")) {
            IncomingMigration in = await(target);
            connect(started());
            connect(idle(0));
            connect(HandmadeChannel.of(1).page("pc.ram", 0, 1).take());
            assertFailed(in, target,
                    "load of migration failed: multifd packet at byte 64 has the compression flags 0x0, expected 0x2 (zlib): set the same multifd-compression at both sides");
        }
    }

    /** A held guest that there is already stays what it is. */
    @Test
    void aGuestThatIsHeldOutlivesTheLiesOfTheNext() throws Exception {
        try (HeldSide held = HeldSide.inMemory(1 << 20).with(MigrationCapability.MULTIFD).set("multifd-channels",
                2)) {
            IncomingMigration first = await(held);
            connect(wholeMain());
            connect(wholeChannel(0, 0, 11));
            connect(wholeChannel(1, 1, 22));
            Eventually.status(first.state(), MigrationStatus.COMPLETED);
            IncomingMigration second = await(held);
            connect(started());
            connect(HandmadeChannel.of(0).page("pc.ram", 0, 99).page("rom1", 0, 1).take());
            connect(idle(1));
            Eventually.status(second.state(), MigrationStatus.FAILED);
            assertThat(second.state().errorDesc())
                    .contains("load of migration failed: multifd packet 7: unknown RAM block 'rom1'");
            assertThat(held.read(0)).isEqualTo(11);
            assertThat(held.read(1)).isEqualTo(22);
        }
    }
}
