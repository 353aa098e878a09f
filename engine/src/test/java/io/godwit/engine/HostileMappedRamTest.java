package io.godwit.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.godwit.engine.incoming.IncomingMigration;
import io.godwit.engine.linux.ProcessResources;
import io.godwit.engine.migration.Endpoint;
import io.godwit.engine.ram.RamBlock;
import io.godwit.protocol.qapi.MigrationCapability;
import io.godwit.protocol.qapi.MigrationStatus;
import io.godwit.protocol.qapi.RunState;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Mapped-ram files that lie: whoever loads them says what is wrong, never runs the guest, and leaves nothing behind. The good
 * one has two blocks and no gap larger than it must be:
 *
 * <pre>
 *    0 magic      4 version    8 CONFIGURATION, with its capabilities from 1a on
 *   49 START     5a MEM_SIZE
 *   62 "pc.ram"  69 length    71 version   75 page size   7d bitmap at   85 pages at   8d bitmap   1000 pages, up to 4000
 * 4000 "rom1"  4005 length  400d version 4011 page size 4019 bitmap at 4021 pages at 4029 bitmap   5000 pages, up to 7000
 * 7000 EOS     7008 footer  700d PART    7012 EOS       701f END       7031 device sections, EOF, VMDESCRIPTION
 * </pre>
 */
@Timeout(120)
final class HostileMappedRamTest extends EngineTest {
    private static final HexFormat HEX = HexFormat.of();
    private static final int[] PAGES = {3, 2};
    private static final int PAGE = RamBlock.PAGE_SIZE;
    private static final int MEM_SIZE = 0x5a;
    private static final int HEAD_END = 0x95;
    private static final int SECOND_ENTRY = 0x4000;
    private static final int SECOND_END = 0x4031;
    private static final int AFTER_PAGES = 0x7000;
    private static final int DEVICES = 0x7031;
    private static final String EOS = "0000000000000010";
    private static final String FOOTER = "7e00000001";
    private static final String HEAD = "5145564d00000003" + "070000000d" + hex("godwit-test-1")
            + "051a" + hex("configuration/capabilities") + "00000001" + "00000001" + "0a" + hex("mapped-ram")
            + "01" + "00000001" + "03" + hex("ram") + "00000000" + "00000004" + "0000000000005004";
    private static final String FIRST = "06" + hex("pc.ram") + "0000000000003000" + "00000001" + "0000000000001000"
            + "000000000000008d" + "0000000000001000" + "0700000000000000";
    private static final String SECOND = "04" + hex("rom1") + "0000000000002000" + "00000001" + "0000000000001000"
            + "0000000000004029" + "0000000000005000" + "0300000000000000";
    private static final String SECTIONS = EOS + FOOTER + "0200000001" + EOS + FOOTER + "0300000001" + EOS + FOOTER;

    private byte[] good = {};

    private static String hex(String text) {
        return HEX.formatHex(text.getBytes(StandardCharsets.US_ASCII));
    }

    @BeforeEach
    void makeAGoodFile() throws Exception {
        byte[] devices = deviceTail();
        ByteBuffer file = ByteBuffer.allocate(DEVICES + devices.length).order(ByteOrder.LITTLE_ENDIAN);
        file.put(0, HEX.parseHex(HEAD + FIRST));
        file.put(SECOND_ENTRY, HEX.parseHex(SECOND));
        for (int at = PAGE; at < AFTER_PAGES; at += Long.BYTES) {
            if (at < SECOND_ENTRY || at >= SECOND_ENTRY + PAGE) {
                int page = at / PAGE;
                file.putLong(at, page < 5 ? page : page - 1);
            }
        }
        file.put(AFTER_PAGES, HEX.parseHex(SECTIONS));
        file.put(DEVICES, devices);
        good = file.array();
    }

    private byte[] deviceTail() throws Exception {
        Path file = dir.resolve("recorded");
        try (Side source = Side.running(PAGES).with(MigrationCapability.MAPPED_RAM)) {
            source.guest.device().counter = 42;
            source.run.stop();
            var out = source.migrate(new Endpoint.File(file, 0));
            Eventually.status(out.state(), MigrationStatus.COMPLETED);
        }
        byte[] recorded = Files.readAllBytes(file);
        int afterPages = 0x200000 + PAGES[1] * PAGE;
        assertThat(HEX.formatHex(recorded, afterPages, recorded.length)).startsWith(SECTIONS);
        return Arrays.copyOfRange(recorded, afterPages + DEVICES - AFTER_PAGES, recorded.length);
    }

    private Path write(byte[] file) throws IOException {
        return Files.write(dir.resolve("image"), file);
    }

    /** Loads a file and returns why that failed, or "" when it did not. */
    private static String load(Path file, MigrationCapability... others) throws Exception {
        try (Side target = Side.waiting(PAGES).with(MigrationCapability.MAPPED_RAM, others)) {
            IncomingMigration in = target.await(new Endpoint.File(file, 0));
            in.join();
            if (in.state().status() == MigrationStatus.COMPLETED) {
                assertThat(target.run.state()).isEqualTo(RunState.PAUSED); // as it was when it was saved
                return "";
            }
            assertThat(in.state().status()).isEqualTo(MigrationStatus.FAILED);
            assertThat(target.run.state()).isEqualTo(RunState.INMIGRATE);
            assertThat(target.guest.isRunning()).isFalse();
            assertThat(target.told).doesNotContain("RESUME");
            return reason(in);
        }
    }

    /** The same into a guest that is only held, which stays empty. */
    private static String hold(Path file) throws Exception {
        try (HeldSide target = HeldSide.inMemory(1 << 20).with(MigrationCapability.MAPPED_RAM)) {
            IncomingMigration in = target.await(new Endpoint.File(file, 0));
            in.join();
            if (in.state().status() == MigrationStatus.COMPLETED) {
                assertThat(target.guest.info()).isPresent();
                return "";
            }
            assertThat(in.state().status()).isEqualTo(MigrationStatus.FAILED);
            assertThat(target.guest.info()).isEmpty();
            return reason(in);
        }
    }

    private static String reason(IncomingMigration in) {
        String prefix = "load of migration failed: ";
        String reason = in.state().errorDesc().orElseThrow();
        assertThat(reason).startsWith(prefix);
        return reason.substring(prefix.length());
    }

    private byte[] patched(int at, String bytes) {
        byte[] patch = HEX.parseHex(bytes.replace(" ", ""));
        byte[] file = good.clone();
        System.arraycopy(patch, 0, file, at, patch.length);
        return file;
    }

    @Test
    void theFileThatTheOthersAreMadeFromIsGood() throws Exception {
        Path file = write(good);
        assertThat(hold(file)).isEmpty();
        try (Side target = Side.waiting(PAGES).with(MigrationCapability.MAPPED_RAM)) {
            IncomingMigration in = target.await(new Endpoint.File(file, 0));
            Eventually.status(in.state(), MigrationStatus.COMPLETED);
            for (int page = 0; page < 5; page++) {
                assertThat(target.guest.read(page)).isEqualTo(page + 1);
            }
            assertThat(target.guest.device().counter).isEqualTo(42);
        }
    }

    /** What is wrong with the file's structure is the same whoever loads it. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '"', textBlock = """
            0000 | 5145564e                   | not a migration stream: it begins with 0x5145564e, expected 0x5145564d
            0004 | 00000002                   | stream version 2, expected 3
            0008 | 01                         | the stream's first section is START, expected CONFIGURATION
            0009 | 00000000                   | machine type of 0 bytes, expected 1 to 255
            0009 | ffffffff                   | machine type of 4294967295 bytes, expected 1 to 255
            001a | 06                         | Capability mapped-ram is on, but received capability is off
            001b | 19                         | "subsection 'configuration/capabilitie' has version 1929379840, expected 1"
            001c | 58                         | unknown subsection 'Xonfiguration/capabilities' of the configuration
            0036 | 00000002                   | subsection 'configuration/capabilities' has version 2, expected 1
            003a | 00000000                   | unknown section type 0x0a at byte 62
            003a | 00000002                   | "unknown capability '\0' in the configuration"
            003a | ffffffff                   | 4294967295 capabilities in the configuration, at most 64 expected
            003e | 0b                         | "unknown capability 'mapped-ram\1' in the configuration"
            003f | 58                         | unknown capability 'Xapped-ram' in the configuration
            0049 | 02                         | PART of section 1 at byte 78, which is not open
            0049 | 04                         | device state at byte 74, before the RAM is complete
            004a | ffffffff                   | RAM section has the id 4294967295
            004f | 78                         | section 'xam' is started, expected 'ram', once
            0052 | 00000001                   | section 'ram' is started, expected 'ram', once
            0056 | 00000003                   | RAM section of version 3, expected 4
            005a | 0000000000000008           | RAM record PAGE at byte 90 of a mapped-ram file, expected the block list or EOS
            005a | 0000000000004004           | RAM block 'rom1' of 8192 bytes, expected pages of 4096 bytes, at most 4096 of the total of 16384
            005a | 0000000000006004           | RAM block 2 of the list has no name
            005a | 7ffffffffffff004           | RAM block 2 of the list has no name
            0062 | 00                         | RAM block 0 of the list has no name
            0063 | 1b                         | RAM block 0 of the list has a name that is not printable ASCII
            0063 | ff                         | RAM block 0 of the list has a name that is not printable ASCII
            4000 | 06 70632e72616d            | RAM block 'pc.ram' is listed twice
            0069 | 0000000000000000           | RAM block 'pc.ram' of 0 bytes, expected pages of 4096 bytes, at most 20480 of the total of 20480
            0069 | 0000000000002fff           | RAM block 'pc.ram' of 12287 bytes, expected pages of 4096 bytes, at most 20480 of the total of 20480
            0069 | 0000000000006000           | RAM block 'pc.ram' of 24576 bytes, expected pages of 4096 bytes, at most 20480 of the total of 20480
            0069 | 8000000000000000           | RAM block 'pc.ram' of 9223372036854775808 bytes, expected pages of 4096 bytes, at most 20480 of the total of 20480
            005a | 7ffffffffffff004 06 70632e72616d 7ffffffffffff000 | bitmap of RAM block 'pc.ram': 281474976710656 bytes at byte 141 of the file, which has {size}
            005a | 0000000000007004 06 70632e72616d 0000000000007000 | pages of RAM block 'pc.ram': 28672 bytes at byte 4096 of the file, which has {size}
            0071 | 00000000                   | mapped-ram header of RAM block 'pc.ram' has version 0, expected 1
            0071 | 00000002                   | mapped-ram header of RAM block 'pc.ram' has version 2, expected 1
            0075 | 0000000000000000           | RAM block 'pc.ram' has pages of 0 bytes, expected 4096
            0075 | 0000000000002000           | RAM block 'pc.ram' has pages of 8192 bytes, expected 4096
            0075 | 8000000000000000           | RAM block 'pc.ram' has pages of 9223372036854775808 bytes, expected 4096
            007d | 0000000000000000           | bitmap of RAM block 'pc.ram' at byte 0 of the file, expected 141 or later
            007d | 000000000000008c           | bitmap of RAM block 'pc.ram' at byte 140 of the file, expected 141 or later
            007d | 0000000000000ff9           | bitmap of RAM block 'pc.ram' at byte 4089 of the file overlaps its pages at byte 4096
            007d | 0000000000003fff           | bitmap of RAM block 'pc.ram' at byte 16383 of the file overlaps its pages at byte 4096
            007d | 0000000000004000           | entry of RAM block 'rom1' at byte 16384 of the file, expected 16392 or later
            007d | 7ffffffffffffff8           | bitmap of RAM block 'pc.ram': 8 bytes at byte 9223372036854775800 of the file, which has {size}
            007d | ffffffffffffffff           | bitmap of RAM block 'pc.ram': 8 bytes at byte 18446744073709551615 of the file, which has {size}
            0085 | 0000000000000000           | bitmap of RAM block 'pc.ram' at byte 141 of the file overlaps its pages at byte 0
            0085 | 0000000000000800           | pages of RAM block 'pc.ram' at byte 2048 of the file, expected a multiple of 4096
            0085 | 0000000000001001           | pages of RAM block 'pc.ram' at byte 4097 of the file, expected a multiple of 4096
            0085 | 0000000000002000           | RAM block 1 of the list has a name that is not printable ASCII
            0085 | 0000000000005000           | pages of RAM block 'pc.ram': 12288 bytes at byte 20480 of the file, which has {size}
            0085 | 7ffffffffffff000           | pages of RAM block 'pc.ram': 12288 bytes at byte 9223372036854771712 of the file, which has {size}
            0085 | fffffffffffff000           | pages of RAM block 'pc.ram': 12288 bytes at byte 18446744073709547520 of the file, which has {size}
            008d | 0f                         | bitmap of RAM block 'pc.ram' has bits set beyond its 3 pages
            0094 | 80                         | bitmap of RAM block 'pc.ram' has bits set beyond its 3 pages
            4019 | 0000000000000ff0           | bitmap of RAM block 'rom1' at byte 4080 of the file, expected 16425 or later
            4021 | 0000000000001000           | pages of RAM block 'rom1' at byte 4096 of the file, expected 16425 or later
            4021 | 0000000000004000           | bitmap of RAM block 'rom1' at byte 16425 of the file overlaps its pages at byte 16384
            4029 | 04                         | bitmap of RAM block 'rom1' has bits set beyond its 2 pages
            7000 | 0000000000005004           | RAM record MEM_SIZE at byte 28672 of a mapped-ram file, expected EOS
            7000 | 0000000000000002           | RAM record ZERO at byte 28672 of a mapped-ram file, expected EOS
            7008 | 7f                         | "section 'ram' does not end where it should: 0x7f at byte 28680, expected 0x7e"
            7009 | 00000002                   | "footer of section 'ram' at byte 28680 names section 2, expected 1"
            700d | 01 00000002 03 72616d 00000000 00000004 | section 'ram' is started, expected 'ram', once
            700d | 04                         | device state at byte 28686, before the RAM is complete
            700d | 05                         | section SUBSECTION at byte 28686 is out of place
            700d | 00                         | the stream ends at byte 28686, before its RAM and device state are complete
            700d | 08 0002 0004 00000001      | the source sends a PING before it has opened a return path
            700d | 08 0001 0000               | the source opens a return path on a channel that leads one way only
            700e | 00000002                   | PART of section 2 at byte 28690, which is not open
            7012 | 0000000000000008           | RAM record PAGE at byte 28690 of a mapped-ram file, expected EOS
            7012 | 0000000000000040           | RAM record XBZRLE at byte 28690 of a mapped-ram file, expected EOS
            7012 | 0000000000005004           | RAM record MEM_SIZE at byte 28690 of a mapped-ram file, expected EOS
            701f | 7f                         | unknown section type 0x7f at byte 28703
            """)
    void refusesAFileOneFieldOfWhichLies(String at, String bytes, String reason) throws Exception {
        Path file = write(patched(Integer.parseInt(at, 16), bytes));
        String expected = reason.replace("{size}", String.valueOf(good.length)).replace("\\0", "\0").replace("\\1",
                "\1");
        assertThat(load(file)).isEqualTo(expected);
        assertThat(load(file, MigrationCapability.MULTIFD)).isEqualTo(expected);
        assertThat(hold(file)).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            000d | 58                         | Machine type received is 'Xodwit-test-1' and local is 'godwit-test-1'
            005a | 0000000000000004           | the source has no RAM block [pc.ram, rom1]
            005a | fffffffffffff004           | the source has no RAM block [pc.ram, rom1]
            005a | 0000000000003004           | the source has no RAM block [rom1]
            0063 | 50                         | unknown RAM block 'Pc.ram'
            005a | 0000000000004004 06 70632e72616d 0000000000002000 | Size mismatch: pc.ram: the source has 0x2000 bytes, this guest 0x3000: start both with the same -m
            """)
    void refusesAnotherMachine(String at, String bytes, String reason) throws Exception {
        byte[] file = patched(Integer.parseInt(at, 16), bytes);
        System.arraycopy(file, SECOND_ENTRY, file, 0x3000, SECOND_END - SECOND_ENTRY); // where two pages end
        assertThat(load(write(file))).isEqualTo(reason);
    }

    @Test
    void refusesARamSectionWithoutABlockList() throws Exception {
        byte[] devices = Arrays.copyOfRange(good, DEVICES, good.length);
        Path file = write(HEX.parseHex(HEAD.substring(0, 2 * MEM_SIZE) + SECTIONS + HEX.formatHex(devices)));
        assertThat(load(file)).isEqualTo("START of ram ends at byte 103 without a list of the RAM blocks");
        assertThat(hold(file)).isEqualTo("START of ram ends at byte 103 without a list of the RAM blocks");
    }

    @Test
    void aHeldGuestOfNoRamIsNone() throws Exception {
        byte[] devices = Arrays.copyOfRange(good, DEVICES, good.length);
        for (String total : new String[]{"0000000000000004", "fffffffffffff004"}) {
            Path file = write(
                    HEX.parseHex(HEAD.substring(0, 2 * MEM_SIZE) + total + SECTIONS + HEX.formatHex(devices)));
            assertThat(hold(file)).isEqualTo("the stream lists no RAM block");
        }
    }

    /** Sparse files can be far larger than any memory: what they list is refused before anything is made for it. */
    @Test
    void refusesMoreRamThanMayCome() throws Exception {
        long ram = 1L << 43;
        Path file = write(patched(MEM_SIZE, "0000080000000004" + "06" + hex("pc.ram") + "0000080000000000"));
        try (var sparse = new RandomAccessFile(file.toFile(), "rw")) {
            sparse.seek(0x7d);
            sparse.writeLong(1L << 30);
            sparse.writeLong(1L << 31);
            sparse.setLength((1L << 31) + ram);
        }
        assertThat(load(file)).isEqualTo("Size mismatch: pc.ram: the source has 0x%x bytes, this guest 0x3000: "
                .formatted(ram) + "start both with the same -m");
        assertThat(hold(file)).isEqualTo("the stream brings %d bytes of RAM, at most %d may come (-m); "
                .formatted(ram, 1 << 20) + "nothing was allocated");
    }

    /** At every byte of what is not pages. Once the state's EOF is there a native guest is whole; a held one needs it all. */
    @Test
    void refusesAFileCutAnywhere() throws Exception {
        String text = new String(good, StandardCharsets.ISO_8859_1);
        int eof = text.lastIndexOf("{\"page_size\"") - 6;
        assertThat(HEX.formatHex(good, eof, eof + 2)).isEqualTo("0006");
        long anonymous = 0;
        int loads = 0;
        for (int length = 0; length < good.length; length += step(length)) {
            Path file = write(Arrays.copyOf(good, length));
            String reason = load(file);
            if (length <= eof) {
                assertThat(reason).as("cut at %d", length)
                        .containsPattern("the stream ends at byte|the file, which has " + length);
            } else {
                assertThat(reason).as("cut at %d", length).isEmpty();
            }
            if (length > HEAD_END && length < AFTER_PAGES) {
                assertThat(load(file, MigrationCapability.MULTIFD)).as("cut at %d", length).isEqualTo(reason);
            }
            assertThat(hold(file)).as("cut at %d", length)
                    .containsPattern("the stream ends at byte|the file, which has " + length);
            if (++loads == 100) {
                anonymous = ProcessResources.anonymousBytes();
            }
        }
        // Each load has buffers of more than 1 MiB: had they stayed, there would be more than 1 GiB by now.
        assertThat(loads).isGreaterThan(700);
        assertThat(ProcessResources.anonymousBytes() - anonymous).isLessThan(512 << 20);
    }

    private static int step(int length) {
        if (length >= AFTER_PAGES || length < HEAD_END || (length >= SECOND_ENTRY && length < SECOND_END)) {
            return 1;
        }
        return Math.min(509, (length < SECOND_ENTRY ? SECOND_ENTRY : AFTER_PAGES) - length);
    }

    @Test
    void aFileWithOneByteChangedIsLoadedOrRefusedButNeverMore() throws Exception {
        var random = new Random(42);
        int refused = 0;
        for (int i = 0; i < 400; i++) {
            int at = switch (random.nextInt(3)) {
                case 0 -> random.nextInt(HEAD_END);
                case 1 -> SECOND_ENTRY + random.nextInt(SECOND_END - SECOND_ENTRY);
                default -> AFTER_PAGES + random.nextInt(good.length - AFTER_PAGES);
            };
            Path file = write(patched(at, "%02x".formatted((good[at] ^ (1 + random.nextInt(255))) & 0xff)));
            if (!load(file).isEmpty()) {
                refused++;
            }
            hold(file);
        }
        assertThat(refused).isGreaterThan(100);
    }
}
