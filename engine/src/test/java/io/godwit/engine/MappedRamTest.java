package io.godwit.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.godwit.engine.incoming.IncomingMigration;
import io.godwit.engine.linux.Fd;
import io.godwit.engine.linux.OpenFlag;
import io.godwit.engine.linux.Pipe;
import io.godwit.engine.migration.Endpoint;
import io.godwit.engine.outgoing.OutgoingMigration;
import io.godwit.engine.ram.RamBlock;
import io.godwit.protocol.qapi.MigrateSetParametersArguments;
import io.godwit.protocol.qapi.MigrationCapability;
import io.godwit.protocol.qapi.MigrationParameters;
import io.godwit.protocol.qapi.MigrationStatus;
import io.godwit.protocol.qapi.RunState;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongConsumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.node.JsonNodeFactory;

/** A guest is saved to a mapped-ram file and loaded from it. */
@Timeout(60)
final class MappedRamTest extends EngineTest {
    private static final HexFormat HEX = HexFormat.of();
    private static final long PAGE = RamBlock.PAGE_SIZE;
    /** Three words of bitmap, of the last only two bits. */
    private static final int PAGES = 130;
    private static final long RAM_BYTES = PAGES * PAGE;
    private static final int FIRST_PAGE = 0x100000;
    private static final int AFTER_PAGES = FIRST_PAGE + PAGES * RamBlock.PAGE_SIZE;
    /** Header, configuration, START, and the entry of the only block: what stands before the bitmap. */
    private static final int BITMAP = 0x8d;
    private static final String EOS = "0000000000000010";
    private static final String FOOTER = "7e00000001";

    private static String hex(String text) {
        return HEX.formatHex(text.getBytes(StandardCharsets.US_ASCII));
    }

    private Path image() {
        return dir.resolve("guest.img");
    }

    private static Side source(int... pages) throws Exception {
        return Side.running(pages).with(MigrationCapability.MAPPED_RAM);
    }

    private static Side target(int... pages) throws IOException {
        return Side.waiting(pages).with(MigrationCapability.MAPPED_RAM);
    }

    private static OutgoingMigration save(Side source, Endpoint endpoint) throws Exception {
        OutgoingMigration out = source.migrate(endpoint);
        Eventually.status(out.state(), MigrationStatus.COMPLETED);
        return out;
    }

    private OutgoingMigration save(Side source) throws Exception {
        return save(source, new Endpoint.File(image(), 0));
    }

    private static IncomingMigration load(Side target, Endpoint endpoint) throws Exception {
        IncomingMigration in = target.await(endpoint);
        Eventually.status(in.state(), MigrationStatus.COMPLETED);
        return in;
    }

    private IncomingMigration load(Side target) throws Exception {
        return load(target, new Endpoint.File(image(), 0));
    }

    private static void assertArrived(Side source, Side target) {
        for (long page = 0; page < source.guest.pages(); page++) {
            assertThat(target.guest.read(page)).as("page %d", page).isEqualTo(source.guest.read(page));
        }
        assertThat(target.guest.device().counter).isEqualTo(source.guest.device().counter);
        assertThat(target.guest.isRunning()).isTrue();
        assertThat(source.guest.isRunning()).isFalse();
        assertThat(source.guest.isLogging()).isFalse();
        assertThat(source.run.state()).isEqualTo(RunState.POSTMIGRATE);
    }

    private Fd open() throws IOException {
        return Fd.open(image(), Set.of(OpenFlag.READ), 0);
    }

    /** Pages 5 and 64 to 69 are zero. */
    @Test
    void theFileIsLaidOutAsQemuLaysItOut() throws Exception {
        try (Side source = source(PAGES)) {
            source.run.stop();
            source.guest.write(5, 0);
            for (int page = 64; page < 70; page++) {
                source.guest.write(page, 0);
            }
            save(source);
        }
        byte[] file = Files.readAllBytes(image());
        assertThat(HEX.formatHex(file, 0, BITMAP + 24)).isEqualTo("5145564d00000003"
                + "070000000d" + hex("godwit-test-1")
                + "051a" + hex("configuration/capabilities") + "00000001" + "00000001" + "0a" + hex("mapped-ram")
                + "01" + "00000001" + "03" + hex("ram") + "00000000" + "00000004"
                + "0000000000082004" + "06" + hex("pc.ram") + "0000000000082000"
                + "00000001" + "0000000000001000" + "000000000000008d" + "0000000000100000"
                + "dfffffffffffffff" + "c0ffffffffffffff" + "0300000000000000");
        assertThat(HEX.formatHex(file, FIRST_PAGE + 4 * RamBlock.PAGE_SIZE, FIRST_PAGE + 4 * RamBlock.PAGE_SIZE + 8))
                .isEqualTo("0500000000000000");
        assertThat(HEX.formatHex(file, AFTER_PAGES, file.length)).startsWith(EOS + FOOTER
                + "02" + "00000001" + EOS + FOOTER
                + "03" + "00000001" + EOS + FOOTER
                + "04" + "00000002" + "0b" + hex("globalstate"));
        assertThat(new String(file, StandardCharsets.ISO_8859_1)).endsWith("}]}]}");
    }

    @Test
    void movesMemoryAndDevicesThroughAFile() throws Exception {
        try (Side source = source(PAGES); Side target = target(PAGES)) {
            source.guest.device().counter = 42;
            OutgoingMigration out = save(source);
            IncomingMigration in = load(target);
            assertArrived(source, target);
            assertThat(out.counters().normalPages()).isEqualTo(PAGES);
            assertThat(out.counters().zeroPages()).isZero();
            assertThat(out.counters().remainingPages()).isZero();
            assertThat(in.counters().normalPages()).isEqualTo(PAGES);
            assertThat(in.counters().zeroPages()).isZero();
            assertThat(source.told).containsExactly("setup", "PASS 1", "active", "PASS 2", "STOP", "device", "PASS 3",
                    "completed");
            assertThat(target.told).containsExactly("setup", "active", "RESUME", "completed");
        }
    }

    /** The bitmap and the gaps are not counted, on neither side: what counts is what a stream would carry, and the pages. */
    @ParameterizedTest
    @ValueSource(longs = {0, 8})
    void transferredIsTheStreamAndThePages(long offset) throws Exception {
        try (Side source = source(PAGES, 3); Side target = target(PAGES, 3)) {
            source.guest.write(0, 0);
            var file = new Endpoint.File(image(), offset);
            OutgoingMigration out = save(source, file);
            IncomingMigration in = load(target, file);
            int secondEntry = 1 + "rom1".length() + 8 + 28;
            long tail = Files.size(image()) - 0x200000 - 3 * PAGE;
            assertThat(out.counters().transferredBytes())
                    .isEqualTo(BITMAP + secondEntry + tail + (PAGES + 2) * PAGE);
            assertThat(in.counters().transferredBytes()).isEqualTo(out.counters().transferredBytes());
        }
    }

    @Test
    void zeroPagesAndThoseNeverTouchedAreHoles() throws Exception {
        int untouched = 1 << 18; // 1 GiB
        try (Side source = Side.untouched(untouched).with(MigrationCapability.MAPPED_RAM);
                Side target = target(untouched)) {
            source.guest.write(7, 8);
            source.guest.write(9, 10);
            source.guest.write(8, 0);
            OutgoingMigration out = save(source);
            try (Fd file = open()) {
                long zero = FIRST_PAGE + 8 * PAGE;
                assertThat(file.nextData(FIRST_PAGE)).isEqualTo(zero - PAGE);
                assertThat(file.nextHole(FIRST_PAGE + 7 * PAGE)).isEqualTo(zero);
                assertThat(file.nextData(zero)).isEqualTo(zero + PAGE);
                assertThat(file.nextHole(zero + PAGE)).isEqualTo(zero + 2 * PAGE);
                assertThat(file.size()).isGreaterThan(untouched * PAGE);
                assertThat(file.allocatedBytes()).isLessThan(256 << 10); // the bitmap has 32 KiB
            }
            IncomingMigration in = load(target);
            assertThat(out.counters().normalPages()).isEqualTo(2);
            assertThat(out.counters().zeroPages() + out.counters().untouchedPages()).isEqualTo(untouched - 2);
            assertThat(in.counters().normalPages()).isEqualTo(2);
            assertThat(in.counters().zeroPages()).isEqualTo(untouched - 2);
            assertThat(target.guest.read(7)).isEqualTo(8);
            assertThat(target.guest.read(8)).isZero();
            assertThat(target.guest.read(9)).isEqualTo(10);
            assertThat(target.guest.touched()).isLessThanOrEqualTo(512); // one huge page
        }
    }

    /** Several threads write or read the same file, through descriptors of their own. */
    @ParameterizedTest
    @CsvSource({"true, false", "false, true", "true, true"})
    void itIsTheSameFileWithMultifd(boolean saving, boolean loading) throws Exception {
        try (Side source = source(5000, 1, PAGES);
                Side target = target(5000, 1, PAGES);
                Side alone = source(5000, 1, PAGES)) {
            for (Side side : List.of(source, alone)) {
                side.run.stop();
                side.guest.write(5, 0);
                side.guest.write(5000, 0);
            }
            save(alone, new Endpoint.File(dir.resolve("alone"), 0));
            if (saving) {
                source.with(MigrationCapability.MAPPED_RAM, MigrationCapability.MULTIFD);
            }
            if (loading) {
                target.with(MigrationCapability.MAPPED_RAM, MigrationCapability.MULTIFD);
            }
            OutgoingMigration out = save(source);
            assertThat(Files.mismatch(image(), dir.resolve("alone"))).isEqualTo(-1);
            IncomingMigration in = load(target);
            for (long page = 0; page < source.guest.pages(); page++) {
                assertThat(target.guest.read(page)).as("page %d", page).isEqualTo(source.guest.read(page));
            }
            assertThat(out.counters().normalPages()).isEqualTo(source.guest.pages() - 2);
            assertThat(in.counters().normalPages()).isEqualTo(source.guest.pages() - 2);
            assertThat(in.counters().transferredBytes()).isEqualTo(out.counters().transferredBytes());
        }
    }

    @Test
    void movesSeveralBlocks() throws Exception {
        try (Side source = source(PAGES, 1, 65); Side target = target(PAGES, 1, 65)) {
            source.guest.write(PAGES, 0);
            save(source);
            load(target);
            assertArrived(source, target);
        }
    }

    @Test
    void keepsWhatLiesBeforeItsOffset() throws Exception {
        Files.writeString(image(), "a header of the client's own, and more");
        try (Side source = source(PAGES); Side target = target(PAGES)) {
            save(source, new Endpoint.File(image(), 8));
            byte[] file = Files.readAllBytes(image()); // the pages' places are the file's, not the stream's
            assertThat(Arrays.copyOf(file, 12)).asString(StandardCharsets.ISO_8859_1).isEqualTo("a headerQEVM");
            assertThat(HEX.formatHex(file, FIRST_PAGE - 1, FIRST_PAGE + 8)).isEqualTo("00" + "0100000000000000");
            load(target, new Endpoint.File(image(), 8));
            assertArrived(source, target);
        }
    }

    /** A descriptor is used as it stands, one of a set from its offset on; what it led to before does not show. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void movesThroughPassedDescriptors(boolean ofASet) throws Exception {
        Files.write(image(), new byte[3 << 20]);
        OptionalLong offset = ofASet ? OptionalLong.of(8) : OptionalLong.empty();
        try (Side source = source(PAGES); Side target = target(PAGES)) {
            source.guest.write(5, 0);
            save(source, new Endpoint.Descriptor(_ -> Fd.open(image(), Set.of(OpenFlag.WRITE), 0), offset));
            load(target, new Endpoint.Descriptor(_ -> Fd.open(image(), Set.of(OpenFlag.READ), 0), offset));
            assertArrived(source, target);
        }
    }

    private static MigrationParameters noDowntime() throws Exception {
        return MigrationParameters.DEFAULTS.with(MigrateSetParametersArguments.TYPE
                .parse(JsonNodeFactory.instance.objectNode().put("downtime-limit", 0)));
    }

    /** With a downtime of nothing, passes go on for as long as something was written. */
    private static void writeInEachOfTheFirstPasses(Side source, int passes, LongConsumer write) {
        var pass = new AtomicLong();
        source.guest.beforeTakeDirty = () -> {
            if (pass.incrementAndGet() <= passes) {
                write.accept(pass.get());
            }
        };
    }

    @Test
    void aGuestThatKeepsWritingMakesNoLargerFileAndItsLastContentCounts() throws Exception {
        int passes = 5;
        try (Side source = source(PAGES).with(noDowntime()); Side target = target(PAGES)) {
            writeInEachOfTheFirstPasses(source, passes, pass -> {
                for (int page = 0; page < PAGES; page++) {
                    source.guest.write(page, 1000 * pass + page);
                }
            });
            OutgoingMigration out = save(source);
            assertThat(out.counters().normalPages()).isEqualTo((passes + 1L) * PAGES);
            assertThat(out.counters().transferredBytes()).isGreaterThan((passes + 1) * RAM_BYTES);
            assertThat(Files.size(image())).isBetween((long) AFTER_PAGES, AFTER_PAGES + PAGE);
            try (Fd file = open()) {
                assertThat(file.allocatedBytes()).isLessThan(RAM_BYTES + (64 << 10));
            }
            load(target);
            assertArrived(source, target);
            assertThat(target.guest.read(3)).isEqualTo(1000 * passes + 3);
        }
    }

    @Test
    void aPageThatBecomesZeroIsAHoleAgainAndReadsAsZero() throws Exception {
        try (Side source = source(PAGES).with(noDowntime()); Side target = target(PAGES)) {
            writeInEachOfTheFirstPasses(source, 3, pass -> {
                source.guest.write(6, 0);
                source.guest.write(7, pass == 2 ? 77 : 0); // zero, something, zero
                source.guest.write(64, pass == 2 ? 0 : 64); // something, zero, something
            });
            OutgoingMigration out = save(source);
            assertThat(out.counters().zeroPages()).isEqualTo(3 + 2 + 1);
            try (Fd file = open()) {
                long hole = FIRST_PAGE + 6 * PAGE;
                assertThat(file.nextHole(FIRST_PAGE)).isEqualTo(hole);
                assertThat(file.nextData(hole)).isEqualTo(hole + 2 * PAGE);
                assertThat(file.nextHole(hole + 2 * PAGE)).isGreaterThanOrEqualTo(AFTER_PAGES);
            }
            load(target);
            assertArrived(source, target);
            assertThat(target.guest.read(7)).isZero();
            assertThat(target.guest.read(64)).isEqualTo(64);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void bothSidesMustHaveTheCapability(boolean theSourceHasIt) throws Exception {
        try (Side source = Side.running(PAGES); Side target = Side.waiting(PAGES)) {
            (theSourceHasIt ? source : target).with(MigrationCapability.MAPPED_RAM);
            save(source);
            IncomingMigration in = target.await(new Endpoint.File(image(), 0));
            Eventually.status(in.state(), MigrationStatus.FAILED);
            assertThat(in.state().errorDesc()).contains(
                    "load of migration failed: Capability mapped-ram is %s, but received capability is %s".formatted(
                            theSourceHasIt ? "off" : "on", theSourceHasIt ? "on" : "off"));
            assertThat(target.guest.isRunning()).isFalse();
        }
    }

    private static void assertRefused(OutgoingMigration out, Side source, String what) {
        Eventually.status(out.state(), MigrationStatus.FAILED);
        assertThat(out.state().errorDesc()).contains("a mapped-ram stream needs a file, got a " + what);
        assertThat(source.guest.isRunning()).isTrue();
        assertThat(source.guest.isLogging()).isFalse();
    }

    @Test
    void aSourceNeedsAFile() throws Exception {
        var socket = socket();
        try (Side source = source(PAGES); Side target = target(PAGES)) {
            IncomingMigration in = target.await(socket);
            assertRefused(source.migrate(socket), source, "socket");
            Eventually.status(in.state(), MigrationStatus.FAILED);
            assertThat(target.guest.isRunning()).isFalse();
            assertRefused(source.migrate(new Endpoint.Exec(List.of("/bin/sh", "-c", "cat > /dev/null"))), source,
                    "command");
            Pipe pipe = Pipe.open();
            try (Fd _ = pipe.reader()) {
                assertRefused(source.migrate(new Endpoint.Descriptor(_ -> pipe.writer(), OptionalLong.empty())),
                        source, "pipe");
            }
        }
    }

    @Test
    void aDestinationNeedsAFile() throws Exception {
        try (Side source = source(PAGES); Side target = target(PAGES)) {
            save(source);
            IncomingMigration in = target.await(new Endpoint.Exec(List.of("cat", image().toString())));
            Eventually.status(in.state(), MigrationStatus.FAILED);
            assertThat(in.state().errorDesc())
                    .contains("load of migration failed: a mapped-ram stream needs a file, got a command");
            assertThat(target.guest.isRunning()).isFalse();
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void whatIsCancelledOrBrokenOffLeavesTheOldFileAndNoOther(boolean cancel) throws Exception {
        try (Side first = source(PAGES);
                Side source = source(PAGES, PAGES).with(MigrationCapability.MAPPED_RAM,
                        MigrationCapability.PAUSE_BEFORE_SWITCHOVER)) {
            save(first);
            byte[] old = Files.readAllBytes(image());
            OutgoingMigration out = source.migrate(new Endpoint.File(image(), 0));
            Eventually.status(out.state(), MigrationStatus.PRE_SWITCHOVER);
            assertThat(Files.size(dir.resolve(".guest.img.godwit-partial"))).isGreaterThan(old.length);
            if (cancel) {
                out.cancel();
            } else {
                out.breakOff();
            }
            Eventually.status(out.state(), cancel ? MigrationStatus.CANCELLED : MigrationStatus.FAILED);
            assertThat(Arrays.equals(Files.readAllBytes(image()), old)).isTrue();
            assertThat(source.guest.isRunning()).isTrue();
        }
    }

    @Test
    void theNextSaveReplacesTheFile() throws Exception {
        try (Side first = source(PAGES, PAGES); Side source = source(PAGES); Side target = target(PAGES)) {
            save(first);
            source.guest.write(5, 0); // where the old file has something
            save(source);
            load(target);
            assertArrived(source, target);
        }
    }
}
