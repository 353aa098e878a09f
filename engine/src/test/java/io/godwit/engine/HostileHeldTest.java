package io.godwit.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.godwit.engine.incoming.IncomingMigration;
import io.godwit.engine.linux.ProcessResources;
import io.godwit.engine.migration.Endpoint;
import io.godwit.engine.outgoing.OutgoingMigration;
import io.godwit.engine.ram.RamBlock;
import io.godwit.protocol.qapi.MigrationCapability;
import io.godwit.protocol.qapi.MigrationStatus;
import io.godwit.protocol.qapi.RunState;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Streams that lie or end too early: a held guest keeps what it had before, or is empty; it never has half of something. */
@Timeout(120)
final class HostileHeldTest extends EngineTest {
    private static final long MOST_BYTES = 1 << 20;

    private byte[] devices = {};
    private byte[] oldDevices = {};
    private byte[] good = {};

    @BeforeEach
    void makeAGoodStream() throws Exception {
        devices = HandmadeStream.devices(dir, 42);
        oldDevices = HandmadeStream.devices(dir, 7);
        good = stream().bytes(devices).take();
    }

    private static HandmadeStream stream() throws IOException {
        return HandmadeStream.of("godwit-test-1").start(4, 2).part().page("pc.ram", 0, 1001).page("rom1", 1, 1002)
                .delta("rom1", 1, 1003).zero("pc.ram", 2).eos().end().page("pc.ram", 3, 1004).eos();
    }

    /** Where the RAM is, and whether something has been there before. */
    enum Start {
        MEMORY_EMPTY,
        MEMORY_HELD,
        FILE_EMPTY,
        FILE_HELD;

        boolean isInFile() {
            return this == FILE_EMPTY || this == FILE_HELD;
        }

        boolean isHeld() {
            return this == MEMORY_HELD || this == FILE_HELD;
        }
    }

    private Path image() {
        return dir.resolve("ram.img");
    }

    private Endpoint.File write(byte[] stream) throws IOException {
        return new Endpoint.File(Files.write(dir.resolve("stream"), stream), 0);
    }

    /** What failed arrivals are tried on: four pages, filled with 1 to 4, and a counter of 7, or nothing. */
    private HeldSide start(Start start) throws Exception {
        HeldSide held = start.isInFile()
                ? HeldSide.inFile(image(), MOST_BYTES)
                : HeldSide.inMemory(MOST_BYTES);
        if (start.isHeld()) {
            HandmadeStream stream = HandmadeStream.of("godwit-test-1").start(4).part();
            for (int page = 0; page < 4; page++) {
                stream.page("pc.ram", page, page + 1);
            }
            IncomingMigration in = held
                    .await(write(stream.eos().bytes(oldDevices).take()));
            Eventually.status(in.state(), MigrationStatus.COMPLETED);
        }
        return held;
    }

    /** Lets a stream arrive that must not, and returns why. */
    private String refused(HeldSide held, byte[] stream) throws Exception {
        RunState was = held.run.state();
        IncomingMigration in = held.await(write(stream));
        in.join();
        assertThat(in.state().status()).isEqualTo(MigrationStatus.FAILED);
        assertThat(held.run.state()).isEqualTo(was);
        try (var files = Files.list(dir)) {
            assertThat(files)
                    .allMatch(path -> path.equals(image()) || path.endsWith("ram.img.seal") || path.endsWith("stream"));
        }
        String prefix = "load of migration failed: ";
        String reason = in.state().errorDesc().orElseThrow();
        assertThat(reason).startsWith(prefix);
        return reason.substring(prefix.length());
    }

    /** What was there before can be sent on; where there was nothing, there still is nothing, under no name. */
    private void assertAsBefore(HeldSide held, Start start) throws Exception {
        if (!start.isHeld()) {
            assertThat(held.guest.info()).isEmpty();
            assertThat(held.guest.ram()).isEmpty();
            assertThat(image()).doesNotExist();
            return;
        }
        try (Side target = Side.waiting(4)) {
            var file = new Endpoint.File(dir.resolve("sent"), 0);
            OutgoingMigration out = held.migrate(file);
            Eventually.status(out.state(), MigrationStatus.COMPLETED);
            IncomingMigration in = target.await(file);
            Eventually.status(in.state(), MigrationStatus.COMPLETED);
            for (int page = 0; page < 4; page++) {
                assertThat(target.guest.read(page)).isEqualTo(page + 1);
            }
            assertThat(target.guest.device().counter).isEqualTo(7);
        }
    }

    @Test
    void theStreamThatTheOthersAreMadeFromIsGood() throws Exception {
        try (HeldSide held = start(Start.MEMORY_EMPTY)) {
            IncomingMigration in = held.await(write(good));
            Eventually.status(in.state(), MigrationStatus.COMPLETED);
            assertThat(held.read(5)).isEqualTo(1003);
        }
    }

    @ParameterizedTest
    @EnumSource
    void aStreamCutAnywhereLeavesWhatWasThere(Start start) throws Exception {
        int pagesEnd = good.length - devices.length;
        try (HeldSide held = start(start)) {
            byte[] old = start == Start.FILE_HELD ? Files.readAllBytes(image()) : good;
            long anonymous = 0;
            for (int length = 0; length < good.length; length += length < 200 || length > pagesEnd - 20 ? 1 : 173) {
                assertThat(refused(held, Arrays.copyOf(good, length))).as("cut at %d", length)
                        .contains("the stream ends at byte " + length);
                if (length == 100) {
                    anonymous = ProcessResources.anonymousBytes();
                }
            }
            // Each arrival has buffers of 1 MiB or more: had they stayed, there would be some 700 MiB by now.
            assertThat(ProcessResources.anonymousBytes() - anonymous).isLessThan(400 << 20);
            if (start == Start.FILE_HELD) {
                assertThat(Files.readAllBytes(image())).isEqualTo(old);
            }
            assertAsBefore(held, start);
        }
    }

    @ParameterizedTest
    @EnumSource
    void aStreamWithOneByteChangedIsHeldWholeOrNotAtAll(Start start) throws Exception {
        var random = new Random(42);
        int refused = 0;
        for (int i = 0; i < 50; i++) {
            try (HeldSide held = start(start)) {
                byte[] changed = good.clone();
                int at = random.nextInt(2) == 0
                        ? random.nextInt(200)
                        : changed.length - 1 - random.nextInt(devices.length);
                changed[at] ^= (byte) (1 + random.nextInt(255));
                IncomingMigration in = held.await(write(changed));
                in.join();
                if (in.state().status() == MigrationStatus.FAILED) {
                    refused++;
                    assertAsBefore(held, start);
                } else {
                    assertThat(held.guest.info()).isPresent();
                }
            }
            Files.deleteIfExists(image());
        }
        assertThat(refused).isGreaterThan(10);
    }

    private byte[] withDevices(byte[] others) {
        return ByteBuffer.allocate(good.length - devices.length + others.length)
                .put(good, 0, good.length - devices.length).put(others).array();
    }

    /** The description tells lies about the sections, which stand at bytes 0 and 134. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            "size":8        | "size":9        | section 'counter', instance 0, at byte 134 of the device state does not end where the VM description puts it
            "size":8        | "size":7        | section 'counter', instance 0, at byte 134 of the device state does not end where the VM description puts it
            "size":66       | "size":67       | section 'globalstate', instance 0, at byte 0 of the device state does not end where the VM description puts it
            "size":32       | "size":99       | section 'globalstate', instance 0, at byte 0 of the device state has 201 bytes by the VM description, expected at most 169
            "size":66       | "size":65       | section 'globalstate', instance 0, at byte 0 of the device state does not end where the VM description puts it
            "size":66       | "size":-6       | VM description has 'size' -6, expected 0 to 2147483647
            "size":66       | "size":6x       | VM description is not JSON we can read
            "instance_id":0,"vmsd_name":"counter" | "instance_id":1,"vmsd_name":"counter" | section 'counter', instance 1, at byte 134 of the device state does not begin where the VM description puts it
            "name":"counter","instance_id" | "name":"camera1","instance_id" | section 'camera1', instance 0, at byte 134 of the device state does not begin where the VM description puts it
            "name":"counter","instance_id" | "nome":"counter","instance_id" | VM description has a device without 'name' or 'instance_id'
            "devices"       | "device5"       | VM description has no 'devices'
            """)
    void refusesADescriptionThatDoesNotFit(String truth, String lie, String reason) throws Exception {
        String text = new String(devices, StandardCharsets.ISO_8859_1);
        assertThat(text).contains(truth);
        byte[] stream = withDevices(text.replace(truth, lie).getBytes(StandardCharsets.ISO_8859_1));
        try (HeldSide held = start(Start.FILE_HELD)) {
            assertThat(refused(held, stream)).startsWith(
                    "the stream ends at byte %d without a device state: %s".formatted(stream.length, reason));
            assertAsBefore(held, Start.FILE_HELD);
        }
    }

    /** Bytes of the device state, or with "eof" before them of what follows its sections, tell lies. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            0     | 00                | the stream ends at byte 12503, before its RAM and device state are complete
            0     | 05                | section SUBSECTION at byte 12503 is out of place
            25    | 00000000          | run state of 4294967295 characters, expected 1 to 31
            25    | 00000001          | run state of 0 characters, expected 1 to 31
            25    | 00000021          | run state of 32 characters, expected 1 to 31
            29    | 1b                | run state of 6 characters, expected letters a to z and '-'
            129   | 7f                | {end}: section 'globalstate', instance 0, at byte 0 of the device state does not end where the VM description puts it
            130   | 00000003          | {end}: section 'globalstate', instance 0, at byte 0 of the device state does not end where the VM description puts it
            134   | 05                | {end}: section 'counter', instance 0, at byte 134 of the device state does not begin where the VM description puts it
            139   | 06                | {end}: section 'counter', instance 0, at byte 134 of the device state does not begin where the VM description puts it
            eof 0 | 01                | {end} that ends with a description of it (a machine with suppress-vmdesc=on cannot be held)
            eof 1 | 07                | {end} that ends with a description of it (a machine with suppress-vmdesc=on cannot be held)
            eof 2 | 00000000          | {end} that ends with a description of it (a machine with suppress-vmdesc=on cannot be held)
            eof 2 | 01000001          | {end} that ends with a description of it (a machine with suppress-vmdesc=on cannot be held)
            eof 2 | ffffffff          | {end} that ends with a description of it (a machine with suppress-vmdesc=on cannot be held)
            eof 2 | 00001000          | {end} that ends with a description of it (a machine with suppress-vmdesc=on cannot be held)
            eof 2 | 00000010          | {end}: VM description is not JSON we can read
            eof 6 | 5b                | {end} that ends with a description of it (a machine with suppress-vmdesc=on cannot be held)
            """)
    void refusesADeviceStateThatDoesNotFit(String at, String bytes, String reason) throws Exception {
        byte[] patch = HexFormat.of().parseHex(bytes);
        byte[] lying = devices.clone();
        int from = at.startsWith("eof ")
                ? HandmadeStream.eofOf(devices) + Integer.parseInt(at.substring(4))
                : Integer.parseInt(at);
        System.arraycopy(patch, 0, lying, from, patch.length);
        try (HeldSide held = start(Start.MEMORY_HELD)) {
            assertThat(refused(held, withDevices(lying))).startsWith(
                    reason.replace("{end}", "the stream ends at byte " + good.length + " without a device state"));
            assertAsBefore(held, Start.MEMORY_HELD);
        }
    }

    @Test
    void refusesADeviceStateWithoutADescription() throws Exception {
        byte[] without = Arrays.copyOf(devices, HandmadeStream.eofOf(devices) + 1);
        try (HeldSide held = start(Start.MEMORY_HELD)) {
            assertThat(refused(held, withDevices(without)))
                    .endsWith("(a machine with suppress-vmdesc=on cannot be held)");
            assertAsBefore(held, Start.MEMORY_HELD);
        }
    }

    private static byte[] devicesOfFalseEnds(int count) {
        String end = "7e00000000" + "00" + "06" + "00000002" + "7b7d";
        return HexFormat.of().parseHex("04" + end.repeat(count));
    }

    @Test
    void aDeviceStateThatNeverEndsIsNotCollectedForever() throws Exception {
        byte[] endless = new byte[(24 << 20) + 1];
        endless[0] = 4;
        byte[] ends = devicesOfFalseEnds(300);
        try (HeldSide held = start(Start.MEMORY_HELD)) {
            assertThat(refused(held, withDevices(endless))).isEqualTo("no end of the device state in 25165824 bytes");
            assertThat(refused(held, withDevices(ends))).isEqualTo("256 places look like the end of the device state,"
                    + " and none is; the last: VM description has no 'devices'");
            assertAsBefore(held, Start.MEMORY_HELD);
        }
    }

    /** The limit is for all blocks together, and holds before there is any memory or file for them. */
    @ParameterizedTest
    @EnumSource
    void refusesMoreRamThanMayCome(Start start) throws Exception {
        long pages = MOST_BYTES / RamBlock.PAGE_SIZE;
        try (HeldSide held = start(start)) {
            byte[] stream = HandmadeStream.of("godwit-test-1").start(pages - 1, 2).part().eos().bytes(devices).take();
            assertThat(refused(held, stream)).isEqualTo(
                    "the stream brings %d bytes of RAM, at most %d may come (-m); nothing was allocated"
                            .formatted(MOST_BYTES + RamBlock.PAGE_SIZE, MOST_BYTES));
            assertAsBefore(held, start);
        }
    }

    /** Where as much may come it is mapped, which shows that mapping shows. */
    @Test
    void nothingIsMappedForMoreRamThanMayCome() throws Exception {
        long ram = 64L << 30;
        byte[] stream = HandmadeStream.of("godwit-test-1").start(ram / RamBlock.PAGE_SIZE).take();
        try (HeldSide little = HeldSide.inMemory(ram - 1); HeldSide enough = HeldSide.inMemory(ram)) {
            long most = ProcessResources.mostMappedBytes();
            assertThat(refused(little, stream)).contains("nothing was allocated");
            assertThat(ProcessResources.mostMappedBytes() - most).isLessThan(ram / 2);
            assertThat(refused(enough, stream)).contains("the stream ends");
            assertThat(ProcessResources.mostMappedBytes() - most).isGreaterThan(ram / 2);
        }
    }

    /** It cannot be laid out in a file, which shows when the file has been begun. */
    @Test
    void aFileThatCannotBeLaidOutIsGivenUpWithAllItTook() throws Exception {
        byte[] stream = HandmadeStream.of("godwit-test-1").start(Long.MAX_VALUE >> 12).take();
        try (HeldSide held = HeldSide.inFile(image(), Long.MAX_VALUE)) {
            long anonymous = 0;
            for (int i = 0; i < 500; i++) {
                assertThat(refused(held, stream)).contains("more than a file can hold");
                if (i == 50) {
                    anonymous = ProcessResources.anonymousBytes();
                }
            }
            // 1 MiB of what is to be written for each, had it stayed
            assertThat(ProcessResources.anonymousBytes() - anonymous).isLessThan(300 << 20);
        }
    }

    @Test
    void aGuestOfManyBlocksTakesNoMoreThanItsRamToBeSentFromAFile() throws Exception {
        int blocks = 1000;
        long[] pages = new long[blocks];
        Arrays.fill(pages, 1);
        try (HeldSide held = HeldSide.inFile(image(), blocks * (long) RamBlock.PAGE_SIZE)
                .with(MigrationCapability.PAUSE_BEFORE_SWITCHOVER)) {
            byte[] stream = HandmadeStream.of("godwit-test-1").start(pages).part().eos().bytes(devices).take();
            IncomingMigration in = held.await(write(stream));
            Eventually.status(in.state(), MigrationStatus.COMPLETED);
            long anonymous = ProcessResources.anonymousBytes();
            OutgoingMigration out = held.migrate(new Endpoint.File(dir.resolve("sent"), 0));
            Eventually.status(out.state(), MigrationStatus.PRE_SWITCHOVER);
            assertThat(ProcessResources.anonymousBytes() - anonymous).isLessThan(200 << 20);
            out.continueFrom(MigrationStatus.PRE_SWITCHOVER);
            Eventually.status(out.state(), MigrationStatus.COMPLETED);
        }
    }

    @Test
    void refusesRamThatIsNotInTheStream() throws Exception {
        try (HeldSide held = start(Start.MEMORY_HELD)) {
            byte[] shared = HandmadeStream.of("pc-i440fx-10.0", "x-ignore-shared").start(1).take();
            assertThat(refused(held, shared))
                    .isEqualTo("the stream leaves shared RAM out (x-ignore-shared) and relies on a file"
                            + " of the source's host for it; switch x-ignore-shared off at the source");
            byte[] both = HandmadeStream.of("pc-i440fx-10.0", "x-ignore-shared", "mapped-ram").start(1).take();
            assertThat(refused(held.with(MigrationCapability.MAPPED_RAM), both)).contains("x-ignore-shared");
            assertAsBefore(held.without(), Start.MEMORY_HELD);
        }
    }

    /** It is shown to whoever asks. */
    @Test
    void refusesAMachineTypeThatIsNoWord() throws Exception {
        for (String machine : List.of("pc\033[2J", "two words", "\0")) {
            try (HeldSide held = start(Start.MEMORY_HELD)) {
                assertThat(refused(held, HandmadeStream.of(machine).start(1).take()))
                        .isEqualTo("the machine type is not printable ASCII");
            }
        }
    }

    @Test
    void aFileThatCannotBeMadeIsSaid() throws Exception {
        for (Path nowhere : List.of(dir.resolve("no/such/dir"), dir)) {
            try (HeldSide held = HeldSide.inFile(nowhere, MOST_BYTES)) {
                assertThat(refused(held, good)).startsWith("Could not create '" + nowhere + "': ");
                assertThat(held.guest.info()).isEmpty();
            }
        }
    }
}
