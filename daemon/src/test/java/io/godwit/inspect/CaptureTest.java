package io.godwit.inspect;

import static org.assertj.core.api.Assertions.assertThat;

import io.godwit.protocol.stream.Configuration;
import io.godwit.protocol.stream.RamBlockEntry;
import io.godwit.protocol.stream.RamRecord;
import io.godwit.protocol.stream.SectionHeader;
import io.godwit.protocol.stream.StreamHeader;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What was recorded from sockets: multifd channels and postcopy. */
class CaptureTest {
    private static final int HEADER_BYTES = 1344;

    @Test
    void tellsWhatCameOverAMultifdChannel() throws IOException {
        byte[] bytes = channel().toByteArray();

        assertThat(text(bytes)).isEqualTo("""
                it: multifd channel 3
                  uuid         00112233-4455-6677-8899-aabbccddeeff
                  packets      3, 1 of them SYNC, 0 with device state; 8192 bytes of data, plain
                  block        pc.ram: 2 normal, 1 zero came
                  block        rom: 0 normal, 1 zero came
                  accounted    every byte: yes, 0 to 12288
                  whole        yes
                """);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            0    | 3  | 45       | not a migration stream: it begins with 0x11223345
            0    | 7  | 02       | version of a packet: got 0x00000002, expected 0x00000001
            64   | 0  | 51       | magic of a packet: got 0x51223344, expected 0x11223344
            64   | 10 | 01       | flags of a packet: got 0x00000100
            64   | 11 | 06       | flags of a packet: got 0x00000006
            64   | 12 | 00000081 | pages per packet of a packet: got 129, expected at most 128
            64   | 12 | 00000002 | packet: got 2 normal and 1 zero pages, expected at most the 2 it has room for
            64   | 16 | ffffffff | normal pages of a packet: got 4294967295, expected at most 128
            64   | 20 | 00001fff | page data of a packet: got 8191 bytes, expected 8192
            64   | 20 | 7fffffff | bytes of page data of a packet: got 2147483647, expected at most
            64   | 32 | 0000007f | zero pages of a packet: got 127, expected at most 126
            64   | 64 | 00       | RAM block of a packet: got '', expected 1 to 255 printable characters
            64   | 64 | 1b       | RAM block of a packet: got '?c.ram'
            64   | 327 | 01      | offset of a page: got 1, expected a multiple of 4096
            """)
    void tellsWhereAChannelIsDamaged(int packet, int offset, String hex, String told) throws IOException {
        byte[] bytes = channel().toByteArray();
        byte[] change = HexFormat.of().parseHex(hex);
        System.arraycopy(change, 0, bytes, packet + offset, change.length);

        Report report = inspect(bytes);

        assertThat(report.findings()).singleElement().satisfies(finding -> {
            assertThat(finding.sentence()).startsWith(told);
            assertThat(finding.offset()).isBetween((long) packet, (long) packet + HEADER_BYTES);
        });
    }

    @ParameterizedTest
    @CsvSource({"4, the initial packet", "63, the initial packet", "65, a packet", "1500, a packet", "12287, a packet"})
    void tellsWhereAChannelWasCutOff(int length, String within) throws IOException {
        assertThat(inspect(Arrays.copyOf(channel().toByteArray(), length)).findings()).singleElement()
                .isInstanceOfSatisfying(Finding.Truncated.class, cut -> {
                    assertThat(cut.offset()).isEqualTo(length);
                    assertThat(cut.within()).isEqualTo(within);
                });
    }

    @Test
    void tellsWhatCameInPostcopy() throws IOException {
        assertThat(text(postcopy(0x201000).toByteArray())).isEqualTo("""
                it: postcopy capture
                  machine      pc-small
                  capabilities none in the stream
                  order        CONFIGURATION, COMMAND OPEN_RETURN_PATH, COMMAND PING 0x1, COMMAND POSTCOPY_ADVISE, \
                START ram, COMMAND POSTCOPY_RAM_DISCARD, COMMAND PACKAGED, COMMAND POSTCOPY_LISTEN, device sections, \
                COMMAND POSTCOPY_RUN, PART ram, EOF
                  block        pc.ram: 16384 bytes, 4 pages: 1 normal, 0 zero, 0 xbzrle came
                  block        rom: 4096 bytes, 1 pages: 0 normal, 0 zero, 0 xbzrle came
                  package      40 bytes; no VM description comes with it to tell its device sections apart
                  accounted    every byte: yes, 0 to 4338
                  whole        yes
                """);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            ADVISE   | 4 | 0f | length of COMMAND POSTCOPY_ADVISE: got 15 bytes, expected 0 or 16
            DISCARD  | 4 | 14 | length of COMMAND POSTCOPY_RAM_DISCARD: got 20 bytes, expected 3 + 6 and ranges of 16 bytes
            DISCARD  | 2 | 08 | command: got 8 of 25 bytes, expected 1 to 7 or 11
            PACKAGED | 8 | 05 | postcopy package: got 5 bytes, expected room for
            PACKAGED | 11 | 0b | section of the postcopy package: got COMMAND SWITCHOVER_START
            """)
    void tellsWhatIsWrongInPostcopy(String mark, int offset, String hex, String told) throws IOException {
        var recording = postcopy(0x201000);
        byte[] bytes = recording.toByteArray();
        bytes[recording.at(mark) + offset] = (byte) Integer.parseInt(hex, 16);

        assertThat(inspect(bytes).findings()).first().extracting(Finding::sentence).asString().startsWith(told);
    }

    @Test
    void tellsWhatWasAskedForInPostcopy() throws IOException {
        assertThat(text(preempt().toByteArray())).isEqualTo("""
                it: postcopy-preempt channel, pages that were asked for
                  block        pc.ram: 2 normal, 1 zero came
                  block        rom: 1 normal, 0 zero came
                  accounted    every byte: yes, 0 to 12332
                  whole        yes
                """);
    }

    /** As machines up to 7.2 do it. */
    @Test
    void takesAnEndOfTheSectionForTheEndOfAPreemptChannel() throws IOException {
        var ended = preempt();
        ended.u64(RamRecord.EOS);
        assertThat(inspect(ended.toByteArray()).isWhole()).isTrue();

        ended.u64(RamRecord.EOS);
        assertThat(inspect(ended.toByteArray()).findings()).containsExactly(new Finding.LeftOver(12340, 8));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            SECOND | 7 | 20 | record: got flags 0x020, expected PAGE, ZERO or EOS
            SECOND | 0 | 80 | offset of a page: got 9223372036854784000, expected one below 4503599627370496
            ZERO   | 8 | 07 | byte that a page is filled with: got 0x07, expected 0x00
            OTHER  | 9 | 1b | RAM block of a record: got '?om', expected 1 to 255 printable characters
            OTHER  | 8 | 00 | RAM block of a record: got '', expected 1 to 255 printable characters
            """)
    void tellsWhereAPreemptChannelIsDamaged(String mark, int offset, String hex, String told) throws IOException {
        var recording = preempt();
        byte[] bytes = recording.toByteArray();
        bytes[recording.at(mark) + offset] = (byte) Integer.parseInt(hex, 16);

        assertThat(inspect(bytes).findings()).first().extracting(Finding::sentence).asString().startsWith(told);
    }

    @Test
    void tellsWhereAPreemptChannelWasCutOff() throws IOException {
        assertThat(inspect(Arrays.copyOf(preempt().toByteArray(), 5000)).findings())
                .containsExactly(new Finding.Truncated(5000, "a record", 4111));
    }

    private static Recording preempt() throws IOException {
        var out = new Recording();
        out.u64(4096 | RamRecord.PAGE);
        out.str8("pc.ram");
        out.bytes(Recording.page(1));
        out.mark("SECOND");
        out.u64(8192 | RamRecord.PAGE | RamRecord.CONTINUE);
        out.bytes(Recording.page(2));
        out.mark("ZERO");
        out.u64(0 | RamRecord.ZERO | RamRecord.CONTINUE);
        out.u8(0);
        out.mark("OTHER");
        out.u64(RamRecord.PAGE);
        out.str8("rom");
        out.bytes(Recording.page(3));
        return out;
    }

    private static Recording channel() throws IOException {
        var out = new Recording();
        out.u32(0x11223344);
        out.u32(1);
        out.bytes(HexFormat.of().parseHex("00112233445566778899aabbccddeeff"));
        out.u8(3);
        out.fillTo(64);
        packet(out, 0, "pc.ram", new long[]{0, 8192}, new long[]{4096});
        packet(out, 0, "rom", new long[]{}, new long[]{0});
        packet(out, 1, "", new long[]{}, new long[]{});
        return out;
    }

    private static void packet(Recording out, int flags, String block, long[] normal, long[] zero) throws IOException {
        int at = out.position();
        out.u32(0x11223344);
        out.u32(1);
        out.u32(flags);
        out.u32(flags == 0 ? 128 : 0);
        out.u32(normal.length);
        out.u32(normal.length * 4096);
        out.u64(1);
        out.u32(zero.length);
        out.fillTo(at + 64);
        out.bytes(SmallMachine.ascii(block));
        out.fillTo(at + 320);
        for (long offset : normal) {
            out.u64(offset);
        }
        for (long offset : zero) {
            out.u64(offset);
        }
        out.fillTo(at + HEADER_BYTES);
        for (long offset : normal) {
            out.bytes(Recording.page((int) (offset / 4096)));
        }
    }

    /** The first block of huge pages, which its entry says when the page sizes that are advised do. */
    private static Recording postcopy(long pageSizes) throws IOException {
        var out = new Recording();
        StreamHeader.write(out);
        new Configuration("pc-small", Optional.empty()).write(out);
        command(out, "RETURN PATH", 1, 0);
        command(out, "PING", 2, 4);
        out.u32(1);
        command(out, "ADVISE", 3, 16);
        out.u64(pageSizes);
        out.u64(4096);
        out.u8(1);
        new SectionHeader(2, "ram", 0, 4).write(out);
        RamBlockEntry.writeTotal(out, List.of(SmallMachine.RAM, SmallMachine.ROM));
        SmallMachine.RAM.write(out);
        out.u64(2 << 20);
        SmallMachine.ROM.write(out);
        end(out);
        command(out, "DISCARD", 6, 3 + 6 + 16);
        out.u8(0);
        out.str8("pc.ram");
        out.u8(0);
        out.u64(0);
        out.u64(16384);
        command(out, "PACKAGED", 7, 4);
        out.u32(5 + 30 + 5);
        command(out, "LISTEN", 4, 0);
        out.bytes(new byte[30]);
        command(out, "RUN", 5, 0);
        out.u8(2);
        out.u32(2);
        out.u64(RamRecord.PAGE);
        out.str8("pc.ram");
        out.bytes(Recording.page(7));
        end(out);
        out.u8(0);
        return out;
    }

    private static void command(Recording out, String mark, int code, int length) {
        out.mark(mark);
        out.u8(8);
        out.u16(code);
        out.u16(length);
    }

    private static void end(Recording out) throws IOException {
        out.u64(RamRecord.EOS);
        SectionHeader.writeFooter(out, 2);
    }

    private static String text(byte[] bytes) throws IOException {
        return String.join("\n", ReportText.of("it", inspect(bytes), Optional.empty())) + "\n";
    }

    private static Report inspect(byte[] bytes) throws IOException {
        try (var in = FileInput.of(new ByteArrayInputStream(bytes), ReadingProgress.UNSEEN)) {
            return Inspector.inspect(in, false);
        }
    }
}
