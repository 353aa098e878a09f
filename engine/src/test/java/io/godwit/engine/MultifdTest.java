package io.godwit.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.godwit.engine.incoming.IncomingMigration;
import io.godwit.engine.migration.Endpoint;
import io.godwit.engine.outgoing.OutgoingMigration;
import io.godwit.protocol.qapi.MigrationCapability;
import io.godwit.protocol.qapi.MigrationInfo.ListeningAddress.Inet;
import io.godwit.protocol.qapi.MigrationStatus;
import io.godwit.protocol.qapi.RunState;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongConsumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A guest moves over several connections at once, or by several threads to and from a file. */
@Timeout(60)
final class MultifdTest extends EngineTest {
    /** Several pieces for the channels to share, of which the last is no whole one; and more blocks than one. */
    private static final int[] PAGES = {5000, 3, 1030};
    private static final int ALL_PAGES = 6033;
    private static final long PAGE = 4096;

    private static <S extends End<?, S>> S multifd(S end, int channels) throws Exception {
        return end.with(MigrationCapability.MULTIFD).set("multifd-channels", channels);
    }

    private static Side source(int channels) throws Exception {
        return multifd(Side.running(PAGES), channels);
    }

    private static Side target(int channels) throws Exception {
        return multifd(Side.waiting(PAGES), channels);
    }

    /** Both ends of a migration that was completed. */
    private record Moved(OutgoingMigration out, IncomingMigration in) {}

    private Moved move(End<?, ?> source, End<?, ?> target) throws Exception {
        IncomingMigration in = target.await(socket());
        OutgoingMigration out = source.migrate(socket());
        Eventually.status(out.state(), MigrationStatus.COMPLETED);
        Eventually.status(in.state(), MigrationStatus.COMPLETED);
        return new Moved(out, in);
    }

    private static void assertSame(Side source, Side target) {
        for (long page = 0; page < source.guest.pages(); page++) {
            assertThat(target.guest.read(page)).as("page %d", page).isEqualTo(source.guest.read(page));
        }
        assertThat(target.guest.device().counter).isEqualTo(source.guest.device().counter);
        assertThat(target.guest.isRunning()).isTrue();
    }

    private static void assertArrived(Side source, Side target) {
        assertSame(source, target);
        assertThat(source.guest.isRunning()).isFalse();
        assertThat(source.guest.isLogging()).isFalse();
        assertThat(source.run.state()).isEqualTo(RunState.POSTMIGRATE);
    }

    private static void assertRunsOn(Side source) {
        assertThat(source.run.state()).isEqualTo(RunState.RUNNING);
        assertThat(source.guest.isRunning()).isTrue();
        assertThat(source.guest.isLogging()).isFalse();
    }

    private static void writeInEachOfTheFirstPasses(Side source, int passes, LongConsumer write) {
        var blocks = new AtomicLong();
        source.guest.beforeTakeDirty = () -> {
            long block = blocks.getAndIncrement();
            if (block % PAGES.length == 0 && block / PAGES.length < passes) {
                write.accept(block / PAGES.length + 1);
            }
        };
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 16})
    void movesMemoryAndDevicesOverSoManyChannels(int channels) throws Exception {
        try (Side source = source(channels); Side target = target(channels)) {
            source.guest.device().counter = 42;
            source.guest.write(5, 0);
            source.guest.write(5000, 0);
            Moved moved = move(source, target);
            assertArrived(source, target);
            assertThat(moved.out().counters().normalPages()).isEqualTo(ALL_PAGES - 2);
            assertThat(moved.out().counters().zeroPages()).isEqualTo(2);
            assertThat(moved.out().counters().remainingPages()).isZero();
            assertThat(moved.in().counters().normalPages()).isEqualTo(ALL_PAGES - 2);
            assertThat(moved.in().counters().zeroPages()).isEqualTo(2);
            assertThat(moved.in().counters().transferredBytes())
                    .isEqualTo(moved.out().counters().transferredBytes());
            assertThat(source.told).containsExactly("setup", "PASS 1", "active", "PASS 2", "STOP", "device", "PASS 3",
                    "completed");
            assertThat(target.told).containsExactly("setup", "active", "RESUME", "completed");
            assertThat(socket().path()).doesNotExist();
        }
    }

    @Test
    void movesOverTcpAndAReturnPath() throws Exception {
        try (Side source = source(4).with(MigrationCapability.MULTIFD, MigrationCapability.RETURN_PATH);
                Side target = target(4)) {
            IncomingMigration in = target.await(new Endpoint.Tcp("127.0.0.1", 0));
            var listening = (Inet) in.addresses().getFirst();
            OutgoingMigration out = source.migrate(new Endpoint.Tcp("127.0.0.1", listening.port()));
            Eventually.status(out.state(), MigrationStatus.COMPLETED);
            Eventually.status(in.state(), MigrationStatus.COMPLETED);
            assertArrived(source, target);
        }
    }

    /** In each pass a page goes by whatever channel is free: only the barrier keeps its contents in order. */
    @ParameterizedTest
    @ValueSource(strings = {"multifd", "legacy", "none"})
    void theLastContentOfAPageCountsWhicheverChannelItCameOn(String zeroPages) throws Exception {
        int passes = 12;
        try (Side source = source(4).set("downtime-limit", 0).set("zero-page-detection", zeroPages);
                Side target = target(4)) {
            writeInEachOfTheFirstPasses(source, passes, pass -> {
                for (long page = 0; page < ALL_PAGES; page++) {
                    source.guest.write(page, (page + pass) % 3 == 0 ? 0 : 1000 * pass + page);
                }
            });
            Moved moved = move(source, target);
            assertArrived(source, target);
            assertThat(moved.out().counters().passes()).isGreaterThan(passes);
        }
    }

    @ParameterizedTest
    @CsvSource({"multifd, 100", "legacy, 100", "none, 0"})
    void aPageOfZerosGoesAsTheParameterSays(String detection, long zeroPages) throws Exception {
        try (Side source = source(2).set("zero-page-detection", detection); Side target = target(2)) {
            for (int page = 0; page < 100; page++) {
                source.guest.write(page * 50L, 0);
            }
            Moved moved = move(source, target);
            assertArrived(source, target);
            assertThat(moved.out().counters().zeroPages()).isEqualTo(zeroPages);
            assertThat(moved.in().counters().zeroPages()).isEqualTo(zeroPages);
            assertThat(moved.out().counters().normalPages()).isEqualTo(ALL_PAGES - zeroPages);
            assertThat(moved.in().counters().normalPages()).isEqualTo(ALL_PAGES - zeroPages);
        }
    }

    /** Some pages shrink and some cannot; each channel's stream goes on from packet to packet. */
    @ParameterizedTest
    @CsvSource({"zlib, multifd, 1", "zlib, none, 4", "zstd, multifd, 4", "zstd, legacy, 16"})
    void movesCompressedPages(String method, String zeroPages, int channels) throws Exception {
        try (Side source = source(channels).set("multifd-compression", method).set("zero-page-detection", zeroPages)
                .set("downtime-limit", 0);
                Side target = target(channels).set("multifd-compression", method)) {
            writeInEachOfTheFirstPasses(source, 4, pass -> {
                for (long page = 0; page < ALL_PAGES; page++) {
                    source.guest.write(page, page % 7 == 0 ? 0 : 1000 * pass + page);
                }
            });
            Moved moved = move(source, target);
            assertArrived(source, target);
            assertThat(moved.out().counters().transferredBytes()).isLessThan(ALL_PAGES * PAGE);
            assertThat(moved.in().counters().transferredBytes())
                    .isEqualTo(moved.out().counters().transferredBytes());
        }
    }

    @Test
    void aHeldGuestChangesItsCompression() throws Exception {
        try (Side source = source(2).set("multifd-compression", "zlib");
                HeldSide held = multifd(HeldSide.inMemory(64 << 20), 2).set("multifd-compression", "zlib");
                Side target = target(2).set("multifd-compression", "zstd")) {
            move(source, held);
            move(held.set("multifd-compression", "zstd"), target);
            assertSame(source, target);
        }
    }

    @ParameterizedTest
    @CsvSource({"none, zlib, '0x0, expected 0x2 (zlib)'", "zstd, none, '0x4, expected 0x0 (none)'",
            "zlib, zstd, '0x2, expected 0x4 (zstd)'"})
    void anotherCompressionIsRefusedAndTheGuestGoesOnAtItsSource(String here, String there, String flags)
            throws Exception {
        try (Side source = source(2).set("multifd-compression", here).with(MigrationCapability.MULTIFD,
                MigrationCapability.RETURN_PATH);
                Side target = target(2).set("multifd-compression", there)) {
            IncomingMigration in = target.await(socket());
            OutgoingMigration out = source.migrate(socket());
            Eventually.status(in.state(), MigrationStatus.FAILED);
            Eventually.status(out.state(), MigrationStatus.FAILED);
            assertThat(in.state().errorDesc().orElseThrow()).contains("has the compression flags " + flags);
            assertRunsOn(source);
        }
    }

    @Test
    void aUuidOfBothSidesIsTheChannelsToo() throws Exception {
        var uuid = new UUID(1, 2);
        try (Side source = source(2).with(uuid); Side target = target(2).with(uuid)) {
            move(source, target);
            assertArrived(source, target);
        }
    }

    @Test
    void anotherUuidIsRefusedAndTheGuestGoesOnAtItsSource() throws Exception {
        try (Side source = source(2).with(new UUID(1, 1))
                .with(MigrationCapability.MULTIFD, MigrationCapability.RETURN_PATH);
                Side target = target(2).with(new UUID(1, 2))) {
            IncomingMigration in = target.await(socket());
            OutgoingMigration out = source.migrate(socket());
            Eventually.status(in.state(), MigrationStatus.FAILED);
            Eventually.status(out.state(), MigrationStatus.FAILED);
            assertThat(in.state().errorDesc().orElseThrow()).contains(
                    "multifd: received uuid '%s' and expected uuid '%s'".formatted(new UUID(1, 1), new UUID(1, 2)));
            assertRunsOn(source);
        }
    }

    /** Held in memory or in a file, to which all channels write. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aHeldGuestComesAndGoesOverSeveralChannels(boolean inFile) throws Exception {
        try (Side source = source(4).set("downtime-limit", 0);
                HeldSide held = multifd(
                        inFile ? HeldSide.inFile(dir.resolve("ram"), 64 << 20) : HeldSide.inMemory(64 << 20), 4);
                Side target = target(4)) {
            source.guest.device().counter = 42;
            writeInEachOfTheFirstPasses(source, 5, pass -> {
                for (long page = 0; page < ALL_PAGES; page++) {
                    source.guest.write(page, (page + pass) % 5 == 0 ? 0 : 1000 * pass + page);
                }
            });
            move(source, held);
            for (long page = 0; page < ALL_PAGES; page++) {
                assertThat(held.read(page)).as("held page %d", page).isEqualTo(source.guest.read(page));
            }
            move(held, target);
            assertSame(source, target);
        }
    }

    /** At a quarter of the time each channel would have a limit of its own. */
    @Test
    void theBandwidthIsForAllChannelsTogether() throws Exception {
        int pages = 8192; // two pieces for each channel
        int bytesPerSecond = 32 << 20;
        try (Side source = multifd(Side.running(pages), 4).set("max-bandwidth", bytesPerSecond);
                Side target = multifd(Side.waiting(pages), 4)) {
            long began = System.nanoTime();
            Moved moved = move(source, target);
            double seconds = (System.nanoTime() - began) / 1e9;
            assertArrived(source, target);
            assertThat(moved.out().counters().transferredBytes()).isGreaterThan(pages * PAGE);
            assertThat(seconds).isGreaterThan(0.7 * pages * PAGE / bytesPerSecond);
        }
    }

    @Test
    void isCancelledInTheMiddleAndBothSidesGiveEverythingBack() throws Exception {
        try (Side source = source(4).set("max-bandwidth", 4 << 20); Side target = target(4)) {
            IncomingMigration in = target.await(socket());
            OutgoingMigration out = source.migrate(socket());
            Eventually.until("some pages came", () -> in.counters().normalPages() > 100);
            out.cancel();
            Eventually.status(out.state(), MigrationStatus.CANCELLED);
            Eventually.status(in.state(), MigrationStatus.FAILED);
            assertRunsOn(source);
            assertThat(target.run.state()).isEqualTo(RunState.INMIGRATE);
            assertThat(in.state().errorDesc().orElseThrow()).contains("the stream ends at byte");
        }
    }

    @Test
    void theDestinationMayBreakOffInTheMiddle() throws Exception {
        try (Side source = source(4).set("max-bandwidth", 4 << 20); Side target = target(4)) {
            IncomingMigration in = target.await(socket());
            OutgoingMigration out = source.migrate(socket());
            Eventually.until("some pages came", () -> in.counters().normalPages() > 100);
            in.breakOff();
            Eventually.status(in.state(), MigrationStatus.FAILED);
            Eventually.status(out.state(), MigrationStatus.FAILED);
            assertThat(in.state().errorDesc()).contains("the incoming migration was broken off");
            assertThat(out.state().errorDesc().orElseThrow()).startsWith("Unable to write to socket: ");
            assertRunsOn(source);
            assertThat(target.run.state()).isEqualTo(RunState.INMIGRATE);
        }
    }

    @Test
    void aPeerThatTakesAllChannelsAndReadsNoneIsCancelled() throws Exception {
        int channels = 4;
        try (Side source = multifd(Side.running(16384), channels);
                ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            server.bind(UnixDomainSocketAddress.of(socket().path()));
            OutgoingMigration out = source.migrate(socket());
            List<SocketChannel> peers = new ArrayList<>();
            for (int i = 0; i < 1 + channels; i++) {
                peers.add(server.accept());
            }
            Eventually.status(out.state(), MigrationStatus.ACTIVE);
            out.cancel();
            Eventually.status(out.state(), MigrationStatus.CANCELLED);
            assertRunsOn(source);
            for (SocketChannel peer : peers) {
                peer.close();
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"2, 4", "1, 2", "1, 16"})
    void fewerChannelsThanTheDestinationHasAreRefusedWhenTheSourceGoes(int here, int there) throws Exception {
        try (Side source = source(here).set("max-bandwidth", 4 << 20); Side target = target(there)) {
            IncomingMigration in = target.await(socket());
            OutgoingMigration out = source.migrate(socket());
            Eventually.status(out.state(), MigrationStatus.ACTIVE); // all connections that it makes have been made
            out.cancel();
            Eventually.status(out.state(), MigrationStatus.CANCELLED);
            Eventually.status(in.state(), MigrationStatus.FAILED);
            assertThat(in.state().errorDesc().orElseThrow()).contains("the source ended a connection after ",
                    " of " + (1 + there) + ": set multifd and the same multifd-channels at both sides");
            assertRunsOn(source);
        }
    }

    /** Whichever notices first. */
    @Test
    void moreChannelsThanTheDestinationHasAreRefusedAndTheGuestGoesOn() throws Exception {
        try (Side source = source(8); Side target = target(2)) {
            IncomingMigration in = target.await(socket());
            OutgoingMigration out = source.migrate(socket());
            Eventually.status(out.state(), MigrationStatus.FAILED);
            Eventually.status(in.state(), MigrationStatus.FAILED);
            assertRunsOn(source);
            assertThat(target.run.state()).isEqualTo(RunState.INMIGRATE);
        }
    }

    private static <S extends End<?, S>> S mappedRam(S end, int channels, boolean directIo) throws Exception {
        return end.with(MigrationCapability.MULTIFD, MigrationCapability.MAPPED_RAM).set("multifd-channels", channels)
                .set("direct-io", directIo);
    }

    /** Page caches are passed by on real disks only: the module's own directory is on one. */
    private static Path onADisk() throws IOException {
        return Files.createTempDirectory(Path.of("target"), "mapped-ram");
    }

    private static void delete(Path directory) throws IOException {
        try (var files = Files.list(directory)) {
            for (Path file : files.toList()) {
                Files.delete(file);
            }
        }
        Files.delete(directory);
    }

    /** Any number of threads loads what any number has saved, and either may pass the page cache by. */
    @ParameterizedTest
    @CsvSource({"3, false, 3, false", "3, true, 3, true", "1, true, 2, false", "16, false, 1, true"})
    void movesThroughAMappedRamFile(int savers, boolean savedDirectly, int loaders, boolean loadedDirectly)
            throws Exception {
        Path disk = onADisk();
        var file = new Endpoint.File(disk.resolve("guest.img"), 0);
        try (Side source = mappedRam(Side.running(PAGES), savers, savedDirectly).set("downtime-limit", 0);
                Side target = mappedRam(Side.waiting(PAGES), loaders, loadedDirectly)) {
            writeInEachOfTheFirstPasses(source, 3, pass -> {
                for (long page = 0; page < ALL_PAGES; page++) {
                    source.guest.write(page, (page / 7 + pass) % 3 == 0 ? 0 : 1000 * pass + page);
                }
            });
            OutgoingMigration out = source.migrate(file);
            Eventually.status(out.state(), MigrationStatus.COMPLETED);
            IncomingMigration in = target.await(file);
            Eventually.status(in.state(), MigrationStatus.COMPLETED);
            assertArrived(source, target);
            assertThat(out.counters().normalPages() + out.counters().zeroPages()).isEqualTo(4L * ALL_PAGES);
            assertThat(in.counters().normalPages() + in.counters().zeroPages()).isEqualTo(ALL_PAGES);
        } finally {
            delete(disk);
        }
    }

    /** Whether a file system in memory has direct I/O is its kernel's to say: where it has not, the refusal names the switch. */
    @Test
    void aFileInMemoryIsSavedDirectlyOrTheRefusalSaysWhatToDo() throws Exception {
        Path memory = Files.createTempDirectory(Path.of("/dev/shm"), "mapped-ram");
        var file = new Endpoint.File(memory.resolve("guest.img"), 0);
        try (Side source = mappedRam(Side.running(PAGES), 2, true);
                Side target = mappedRam(Side.waiting(PAGES), 2, true)) {
            OutgoingMigration out = source.migrate(file);
            out.join();
            if (out.state().status() == MigrationStatus.COMPLETED) {
                IncomingMigration in = target.await(file);
                Eventually.status(in.state(), MigrationStatus.COMPLETED);
                assertArrived(source, target);
            } else {
                assertThat(out.state().errorDesc().orElseThrow())
                        .startsWith("Unable to open the migration file for direct I/O: ")
                        .endsWith("; switch direct-io off");
                assertRunsOn(source);
            }
        } finally {
            delete(memory);
        }
    }

    /** RAM that is a file is copied by the kernel from file to file. */
    @ParameterizedTest
    @CsvSource({"false, false", "false, true", "true, false", "true, true"})
    void aHeldGuestIsLoadedAndSavedPastThePageCache(boolean inFile, boolean directIo) throws Exception {
        Path disk = onADisk();
        var came = new Endpoint.File(disk.resolve("came"), 0);
        var went = new Endpoint.File(disk.resolve("went"), 0);
        HeldSide holds = inFile ? HeldSide.inFile(disk.resolve("ram"), 64 << 20) : HeldSide.inMemory(64 << 20);
        try (Side source = mappedRam(Side.running(PAGES), 2, directIo);
                HeldSide held = mappedRam(holds, 3, directIo);
                Side target = mappedRam(Side.waiting(PAGES), 4, directIo)) {
            for (long page = 0; page < ALL_PAGES; page += page % 100 == 50 ? 50 : 1) {
                source.guest.write(page, 0);
            }
            OutgoingMigration saved = source.migrate(came);
            Eventually.status(saved.state(), MigrationStatus.COMPLETED);
            IncomingMigration in = held.await(came);
            Eventually.status(in.state(), MigrationStatus.COMPLETED);
            OutgoingMigration out = held.migrate(went);
            Eventually.status(out.state(), MigrationStatus.COMPLETED);
            IncomingMigration loaded = target.await(went);
            Eventually.status(loaded.state(), MigrationStatus.COMPLETED);
            assertSame(source, target);
        } finally {
            delete(disk);
        }
    }

    @Test
    void isCancelledInTheMiddleOfAFile() throws Exception {
        try (Side source = mappedRam(Side.running(16384), 4, false).set("max-bandwidth", 4 << 20)) {
            OutgoingMigration out = source.migrate(new Endpoint.File(dir.resolve("guest.img"), 0));
            Eventually.until("some pages are saved", () -> out.counters().transferredBytes() > 1 << 20);
            out.cancel();
            Eventually.status(out.state(), MigrationStatus.CANCELLED);
            assertRunsOn(source);
            assertThat(dir).isEmptyDirectory();
        }
    }
}
