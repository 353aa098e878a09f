package io.godwit.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.godwit.engine.incoming.IncomingMigration;
import io.godwit.engine.migration.Endpoint;
import io.godwit.engine.outgoing.OutgoingMigration;
import io.godwit.protocol.qapi.MigrationStatus;
import io.godwit.protocol.qapi.RunState;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Streams that lie: the destination says what is wrong, never runs the guest, and leaves nothing behind. */
final class HostileIncomingTest extends EngineTest {
    private static final int PAGES = 4;
    private static final HexFormat HEX = HexFormat.of();
    /** Header and configuration of the test's machine, then START of ram with its block list. */
    private static final String HEAD = "5145564d00000003" + "070000000d" + hex("godwit-test-1");
    private static final String START = "01" + "00000001" + "03" + hex("ram") + "00000000" + "00000004";
    private static final String BLOCKS = "0000000000004004" + "06" + hex("pc.ram") + "0000000000004000";
    private static final String EOS = "0000000000000010";
    private static final String FOOTER = "7e00000001";
    private static final String STARTED = HEAD + START + BLOCKS + EOS + FOOTER;

    private byte[] good = {};

    @BeforeEach
    void recordAGoodStream() throws Exception {
        Path file = dir.resolve("good");
        try (Side source = Side.running(PAGES)) {
            OutgoingMigration out = source.migrate(new Endpoint.File(file, 0));
            Eventually.status(out.state(), MigrationStatus.COMPLETED);
        }
        good = Files.readAllBytes(file);
    }

    private static String hex(String text) {
        return HEX.formatHex(text.getBytes(StandardCharsets.US_ASCII));
    }

    /** Loads a stream and returns why that failed, or "" when it did not. */
    private String load(byte[] stream) throws Exception {
        Path file = dir.resolve("stream");
        Files.write(file, stream);
        try (Side target = Side.waiting(PAGES)) {
            IncomingMigration in = target.await(new Endpoint.File(file, 0));
            in.join();
            if (in.state().status() == MigrationStatus.COMPLETED) {
                assertThat(target.run.state()).isEqualTo(RunState.RUNNING);
                return "";
            }
            assertThat(in.state().status()).isEqualTo(MigrationStatus.FAILED);
            assertThat(target.run.state()).isEqualTo(RunState.INMIGRATE);
            assertThat(target.guest.isRunning()).isFalse();
            return in.state().errorDesc().orElseThrow();
        }
    }

    @Test
    void theStreamThatTheOthersAreMadeFromIsGood() throws Exception {
        assertThat(load(good)).isEmpty();
        assertThat(HEX.formatHex(good)).startsWith(STARTED);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            02 00000001 0000000000000080               | RAM record HOOK at byte 84 is not understood here
            02 00000001 0000000000000040 06 70632e72616d 02 0001 00   | delta of encoding 2 with 1 bytes at byte 84, expected 1 with at most 4096
            02 00000001 0000000000000040 06 70632e72616d 01 1001      | delta of encoding 1 with 4097 bytes at byte 84, expected 1 with at most 4096
            02 00000001 0000000000000040 06 70632e72616d 01 0000      | XBZRLE data of 0 bytes, expected 1 to 4096
            02 00000001 0000000000000040 06 70632e72616d 01 0003 000000 | XBZRLE run of no changed byte at offset 0
            02 00000001 0000000000000040 06 70632e72616d 01 0003 0005aa | XBZRLE run of 5 changed bytes, of which 1 came
            02 00000001 0000000000000040 06 70632e72616d 01 0002 8120 | XBZRLE run of 4097 bytes at offset 0, expected at most 4096
            02 00000001 0000000000004040 06 70632e72616d 01 0001 00   | page at offset 0x4000 of block 'pc.ram' (byte 84), expected below 0x4000
            02 00000001 0000000000000060               | RAM record at byte 84 continues a block, but none has been named
            02 00000001 0000000000000200               | MULTIFD_FLUSH at byte 84, but multifd is off here: switch it on at both sides
            02 00000001 0000000000000001               | RAM record flags 0x001 at byte 84 is not understood here
            02 00000001 0000000000004004               | block list at byte 84, expected in the first RAM section only
            02 00000001 0000000000000028               | RAM record at byte 84 continues a block, but none has been named
            02 00000001 0000000000004008 06 70632e72616d | page at offset 0x4000 of block 'pc.ram' (byte 84), expected below 0x4000
            02 00000001 fffffffffffff008 06 70632e72616d | page at offset 0xfffffffffffff000 of block 'pc.ram' (byte 84), expected below 0x4000
            02 00000001 0000000000000002 03 726f6d     | unknown RAM block 'rom' at byte 84
            02 00000001 0000000000000002 06 70632e72616d 01 | page filled with 0x01 at byte 84, expected 0x00
            02 00000007                                | PART of section 7 at byte 84, which is not open
            01 00000002 03 72616d 00000000 00000004    | section 'ram' is started, expected 'ram', once
            01 00000002 03 786d6c 00000000 00000001    | section 'xml' is started, expected 'ram', once
            04 00000002                                | device state at byte 80, before the RAM is complete
            00                                         | the stream ends at byte 80, before its RAM and device state are complete
            08 0002 0004 00000001                      | the source sends a PING before it has opened a return path
            08 0001 0000                               | the source opens a return path on a channel that leads one way only
            06 00000002                                | section VMDESCRIPTION at byte 80 is out of place
            7f                                         | unknown section type 0x7f at byte 79
            """)
    void refusesWhatFollowsAGoodStart(String bytes, String reason) throws Exception {
        assertThat(load(HEX.parseHex(STARTED + bytes.replace(" ", ""))))
                .isEqualTo("load of migration failed: " + reason);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            0000000000008004 06 70632e72616d 0000000000008000 | Size mismatch: pc.ram: the source has 0x8000 bytes, this guest 0x4000: start both with the same -m
            0000000000004004 06 766964656f30 0000000000004000 | unknown RAM block 'video0'
            fffffffffffff004 06 70632e72616d 0000000000004000 | the source has no RAM block [pc.ram]
            """)
    void refusesOtherRam(String blocks, String reason) throws Exception {
        assertThat(load(HEX.parseHex(HEAD + START + blocks.replace(" ", "") + EOS + FOOTER)))
                .isEqualTo("load of migration failed: " + reason);
    }

    /** It would be a guest whose RAM is all zero. */
    @Test
    void refusesARamSectionWithoutABlockList() throws Exception {
        String pages = HEX.formatHex(good, STARTED.length() / 2, good.length);
        assertThat(load(HEX.parseHex(HEAD + START + EOS + FOOTER + pages)))
                .isEqualTo("load of migration failed: START of ram ends at byte 56 without a list of the RAM blocks");
    }

    @Test
    void refusesAnotherMachine() throws Exception {
        byte[] pc = HEX.parseHex("5145564d00000003" + "070000000e" + hex("pc-i440fx-10.0") + "01");
        assertThat(load(pc)).isEqualTo(
                "load of migration failed: Machine type received is 'pc-i440fx-10.0' and local is 'godwit-test-1'");
    }

    @Test
    void refusesOtherDevices() throws Exception {
        String text = new String(good, StandardCharsets.ISO_8859_1);
        byte[] other = text.replaceFirst("counter", "camera1").getBytes(StandardCharsets.ISO_8859_1);
        assertThat(load(other)).contains("device section 'camera1' 0, expected 'counter' 0");
    }

    /** Once the state's EOF is there, the source will never run the guest again: it runs here, whatever is missing. */
    @Test
    void aStreamCutAnywhereBeforeItsEofFailsAndAnywhereAfterItRuns() throws Exception {
        String text = new String(good, StandardCharsets.ISO_8859_1);
        int description = text.lastIndexOf("{\"page_size\"");
        int eof = description - 6;
        assertThat(good[eof]).isZero();
        assertThat(good[eof + 1]).isEqualTo((byte) 6);
        for (int length = 0; length < good.length; length += length < 200 || length > eof - 20 ? 1 : 997) {
            String reason = load(Arrays.copyOf(good, length));
            if (length <= eof) {
                assertThat(reason).as("cut at %d", length).contains("the stream ends at byte");
            } else {
                assertThat(reason).as("cut at %d", length).isEmpty();
            }
        }
    }

    @Test
    void aStreamWithOneByteChangedIsLoadedOrRefusedButNeverMore() throws Exception {
        var random = new Random(42);
        int refused = 0;
        for (int i = 0; i < 400; i++) {
            byte[] changed = good.clone();
            int at = random.nextInt(4) == 0 ? random.nextInt(changed.length) : random.nextInt(130);
            changed[at] ^= (byte) (1 + random.nextInt(255));
            if (!load(changed).isEmpty()) {
                refused++;
            }
        }
        assertThat(refused).isGreaterThan(100);
    }
}
