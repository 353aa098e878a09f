package io.godwit.protocol.stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.godwit.protocol.stream.MultifdPacket.Method;
import java.io.EOFException;
import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The header of a multifd packet as the bytes that QEMU 10 writes and reads (qemu-stream.md, section 9). */
final class MultifdPacketTest {
    private static final String NO_OFFSETS = "00".repeat(128 * 8);

    /** Flags, pages a packet can hold, normal pages, bytes, number, zero pages: as a good packet of three pages has them. */
    private static final String[] GOOD = {"00000000", "00000080", "00000002", "00002000", "0000000000000007",
            "00000001"};

    private final long[] offsets = new long[MultifdPacket.MAX_PAGES];

    private MultifdPacket read(String hex) throws IOException {
        return MultifdPacket.read(Bytes.of(hex), Method.NONE, offsets);
    }

    /** A header up to its offsets. */
    private static String header(String flags, String capacity, String normal, String data, String number, String zero,
            String name) {
        return "11223344" + "00000001" + flags + capacity + normal + data + number + zero + "00".repeat(28) + name;
    }

    private static String name(String text) {
        return Bytes.hex(text) + "00".repeat(256 - text.length());
    }

    @Test
    void isThirteenHundredAndFortyFourBytesWithRoomForTheOffsets() throws Exception {
        var packet = new MultifdPacket(0, 2, 1, 8192, 7, "pc.ram");
        String bytes = Bytes.written(packet::write);
        assertThat(bytes).hasSize(2 * MultifdPacket.HEADER_BYTES).isEqualTo(
                "11223344" + "00000001" // 0: magic, version
                        + "00000000" + "00000080" // 8: flags, 128 pages at most
                        + "00000002" + "00002000" + "0000000000000007" + "00000001" // 16: normal, bytes, number, zero
                        + "00".repeat(28) + "70632e72616d" + "00".repeat(250) // 36: padding, 64: name
                        + NO_OFFSETS); // 320
    }

    @Test
    void theOffsetsStandWhereTheyAreSaidTo() throws Exception {
        String bytes = Bytes.written(new MultifdPacket(0, 2, 1, 8192, 7, "pc.ram")::write);
        String given = "0000000000003000" + "0000000000005000" + "0000000000001000";
        MultifdPacket packet = read(bytes.substring(0, 2 * MultifdPacket.OFFSETS_AT) + given
                + "ff".repeat(125 * Long.BYTES));
        assertThat(packet).isEqualTo(new MultifdPacket(0, 2, 1, 8192, 7, "pc.ram"));
        assertThat(offsets).startsWith(0x3000, 0x5000, 0x1000, -1).endsWith(-1);
    }

    @Test
    void aSyncHasNoPagesNoRoomForAnyAndNoName() throws Exception {
        var sync = new MultifdPacket(MultifdPacket.SYNC, 0, 0, 0, -1, "");
        String bytes = header("00000001", "00000000", "00000000", "00000000", "ffffffffffffffff", "00000000", name(""))
                + NO_OFFSETS;
        assertThat(Bytes.written(sync::write)).isEqualTo(bytes);
        assertThat(read(bytes)).isEqualTo(sync);
    }

    /** As QEMU before 9.0 writes it. */
    @Test
    void aSyncMayCarryPages() throws Exception {
        var packet = read(header("00000001", GOOD[1], GOOD[2], GOOD[3], GOOD[4], GOOD[5], name("rom")) + NO_OFFSETS);
        assertThat(packet).isEqualTo(new MultifdPacket(MultifdPacket.SYNC, 2, 1, 8192, 7, "rom"));
    }

    @ParameterizedTest
    @CsvSource({"128, 0, 524288", "0, 128, 0", "127, 1, 520192"})
    void mayBeFull(int normal, int zero, int data) throws Exception {
        var packet = new MultifdPacket(0, normal, zero, data, 1, "a".repeat(255));
        assertThat(read(Bytes.written(packet::write))).isEqualTo(packet);
    }

    @Test
    void whatFollowsIsNotTouched() throws Exception {
        WireInput in = Bytes.of(Bytes.written(new MultifdPacket(0, 1, 0, 4096, 1, "rom")::write) + "2a");
        MultifdPacket.read(in, Method.NONE, offsets);
        assertThat(in.u8()).isEqualTo(0x2a);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            0 | 5145564d | multifd channel has 0x5145564d, version 1 at byte 0, expected 0x11223344, version 1
            4 | 00000002 | multifd channel has 0x11223344, version 2 at byte 0, expected 0x11223344, version 1
            """)
    void refusesAnotherBeginning(int at, String bytes, String message) throws Exception {
        String good = Bytes.written(new MultifdPacket(0, 1, 0, 4096, 1, "rom")::write);
        String changed = good.substring(0, 2 * at) + bytes + good.substring(2 * at + bytes.length());
        assertThatThrownBy(() -> read(changed)).isInstanceOf(MalformedStreamException.class).hasMessage(message);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            1 | 00000081         | multifd packet at byte 0: 2 normal and 1 zero pages of 129, at most 128 expected
            1 | ffffffff         | multifd packet at byte 0: 2 normal and 1 zero pages of 4294967295, at most 128 expected
            1 | 00000000         | multifd packet at byte 0: 2 normal and 1 zero pages of 0, at most 128 expected
            1 | 00000002         | multifd packet at byte 0: 2 normal and 1 zero pages of 2, at most 128 expected
            2 | 00000081         | multifd packet at byte 0: 129 normal and 1 zero pages of 128, at most 128 expected
            2 | 00000080         | multifd packet at byte 0: 128 normal and 1 zero pages of 128, at most 128 expected
            2 | ffffffff         | multifd packet at byte 0: 4294967295 normal and 1 zero pages of 128, at most 128 expected
            2 | 00100002         | multifd packet at byte 0: 1048578 normal and 1 zero pages of 128, at most 128 expected
            2 | 00000001         | multifd packet at byte 0: 8192 bytes of 1 pages, expected 4096
            2 | 00000000         | multifd packet at byte 0: 8192 bytes of 0 pages, expected 0
            3 | 00000000         | multifd packet at byte 0: 0 bytes of 2 pages, expected 8192
            3 | 00001fff         | multifd packet at byte 0: 8191 bytes of 2 pages, expected 8192
            3 | 00003000         | multifd packet at byte 0: 12288 bytes of 2 pages, expected 8192
            3 | ffffffff         | multifd packet at byte 0: 4294967295 bytes of 2 pages, expected 8192
            5 | 0000007f         | multifd packet at byte 0: 2 normal and 127 zero pages of 128, at most 128 expected
            5 | ffffffff         | multifd packet at byte 0: 2 normal and 4294967295 zero pages of 128, at most 128 expected
            5 | 7fffffff         | multifd packet at byte 0: 2 normal and 2147483647 zero pages of 128, at most 128 expected
            """)
    void refusesCountsThatDoNotAddUp(int field, String lie, String message) {
        String[] fields = GOOD.clone();
        fields[field] = lie;
        String bytes = header(fields[0], fields[1], fields[2], fields[3], fields[4], fields[5], name("rom"));
        assertThatThrownBy(() -> read(bytes + NO_OFFSETS)).isInstanceOf(MalformedStreamException.class)
                .hasMessage(message);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            00     | multifd packet at byte 0 names a block by 0 characters, expected 1 to 255
            ff     | multifd packet at byte 0 names a block by more than 255 characters, expected 1 to 255
            """)
    void refusesANameThatIsNone(String each, String message) {
        String bytes = header(GOOD[0], GOOD[1], GOOD[2], GOOD[3], GOOD[4], GOOD[5], each.repeat(256));
        assertThatThrownBy(() -> read(bytes + NO_OFFSETS)).isInstanceOf(MalformedStreamException.class)
                .hasMessage(message);
    }

    @Test
    void aNameWithoutEndIsRefusedInASyncToo() {
        String bytes = header("00000001", "00000000", "00000000", "00000000", GOOD[4], "00000000", "41".repeat(256));
        assertThatThrownBy(() -> read(bytes + NO_OFFSETS)).isInstanceOf(MalformedStreamException.class)
                .hasMessageContaining("more than 255 characters");
    }

    @ParameterizedTest
    @CsvSource({"NONE, none, 00000000", "ZLIB, zlib, 00000002", "ZSTD, zstd, 00000004"})
    void theMethodOfCompressionIsAFlag(Method method, String name, String flag) throws Exception {
        assertThat(Method.of(name)).isEqualTo(method);
        var packet = new MultifdPacket(method.flag(), 2, 1, 8192, 7, "pc.ram");
        String bytes = Bytes.written(packet::write);
        assertThat(bytes.substring(16, 24)).isEqualTo(flag);
        assertThat(MultifdPacket.read(Bytes.of(bytes), method, offsets)).isEqualTo(packet);
    }

    /** QEMU sets it in these too; without, nothing is ambiguous. */
    @ParameterizedTest
    @CsvSource({"ZLIB, 0, 1", "ZLIB, 1, 0", "ZLIB, 3, 0", "ZSTD, 0, 1", "ZSTD, 5, 0"})
    void aPacketWithoutDataMayLeaveTheMethodOut(Method method, int flags, int zero) throws Exception {
        var packet = new MultifdPacket(flags, 0, zero, 0, 7, zero == 0 ? "" : "rom");
        assertThat(MultifdPacket.read(Bytes.of(Bytes.written(packet::write)), method, offsets)).isEqualTo(packet);
    }

    @ParameterizedTest
    @CsvSource({"ZLIB, 2, 128, 1", "ZSTD, 4, 128, 540672", "ZLIB, 2, 1, 540672", "ZSTD, 5, 1, 13"})
    void compressedDataAreOfAnyLengthUpToALimit(Method method, int flags, int normal, int data) throws Exception {
        var packet = new MultifdPacket(flags, normal, 0, data, 7, "rom");
        assertThat(MultifdPacket.read(Bytes.of(Bytes.written(packet::write)), method, offsets)).isEqualTo(packet);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            ZLIB | 2 | 1 | 0      | 0 bytes of 1 pages, expected 1 to 540672
            ZSTD | 4 | 1 | 540673 | 540673 bytes of 1 pages, expected 1 to 540672
            ZSTD | 4 | 1 | -1     | 4294967295 bytes of 1 pages, expected 1 to 540672
            ZLIB | 2 | 0 | 1      | 1 bytes of 0 pages, expected 0
            ZSTD | 0 | 0 | 4096   | 4096 bytes of 0 pages, expected 0
            """)
    void refusesCompressedDataOfAnImpossibleLength(Method method, int flags, int normal, int data, String message)
            throws Exception {
        String bytes = Bytes.written(new MultifdPacket(flags, normal, 1, data, 7, "rom")::write);
        assertThatThrownBy(() -> MultifdPacket.read(Bytes.of(bytes), method, offsets))
                .isInstanceOf(MalformedStreamException.class).hasMessage("multifd packet at byte 0: " + message);
    }

    /** Among them qpl, uadk, qatzip, and the state of devices. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            NONE | 2           | 0x2, expected 0x0 (none)
            NONE | 5           | 0x4, expected 0x0 (none)
            NONE | 8           | 0x8, expected 0x0 (none)
            NONE | 64          | 0x40, expected 0x0 (none)
            NONE | -2147483648 | 0x80000000, expected 0x0 (none)
            ZLIB | 0           | 0x0, expected 0x2 (zlib)
            ZLIB | 1           | 0x0, expected 0x2 (zlib)
            ZLIB | 4           | 0x4, expected 0x2 (zlib)
            ZLIB | 6           | 0x6, expected 0x2 (zlib)
            ZSTD | 2           | 0x2, expected 0x4 (zstd)
            ZSTD | 16          | 0x10, expected 0x4 (zstd)
            ZSTD | 36          | 0x24, expected 0x4 (zstd)
            """)
    void refusesAnotherMethod(Method method, int flags, String message) throws Exception {
        String bytes = Bytes.written(new MultifdPacket(flags, 1, 0, 4096, 7, "rom")::write);
        assertThatThrownBy(() -> MultifdPacket.read(Bytes.of(bytes), method, offsets))
                .isInstanceOf(MalformedStreamException.class)
                .hasMessage("multifd packet at byte 0 has the compression flags " + message
                        + ": set the same multifd-compression at both sides");
    }

    @Test
    void saysWhereInItsChannelItBegan() throws Exception {
        WireInput in = Bytes.of("00".repeat(64) + "ffffffff" + "00000001");
        in.bytes(64);
        assertThatThrownBy(() -> MultifdPacket.read(in, Method.NONE, offsets)).hasMessageContaining("at byte 64");
    }

    @Test
    void tellsAnEndInItsMiddleFromAStrangeValue() throws Exception {
        String whole = Bytes.written(new MultifdPacket(0, 2, 1, 8192, 7, "pc.ram")::write);
        for (int length = 0; length < MultifdPacket.HEADER_BYTES; length++) {
            String cut = whole.substring(0, 2 * length);
            assertThatThrownBy(() -> read(cut)).as("cut at %d", length).isInstanceOf(EOFException.class);
        }
    }
}
