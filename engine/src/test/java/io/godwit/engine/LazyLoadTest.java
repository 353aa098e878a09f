package io.godwit.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.godwit.engine.incoming.IncomingMigration;
import io.godwit.engine.linux.DirtyTracking;
import io.godwit.engine.migration.Endpoint;
import io.godwit.engine.migration.MigrationException.Refused;
import io.godwit.engine.outgoing.OutgoingMigration;
import io.godwit.engine.ram.RamBlock;
import io.godwit.protocol.qapi.MigrationCapability;
import io.godwit.protocol.qapi.MigrationStatus;
import io.godwit.protocol.qapi.RunState;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A guest runs while its RAM is still in a file. Pages that nobody asks for are held back where the test wants to look. */
@Timeout(60)
final class LazyLoadTest extends EngineTest {
    private static final long PAGE = RamBlock.PAGE_SIZE;
    private static final int PAGES = 5000;
    private static final int ROM_PAGES = 3;
    private static final int FIRST_PAGE = 0x100000;
    private static final int ALMOST_NOTHING = 1;

    @BeforeEach
    void assume() {
        DirtyTracking.assume(); // the kernel that can do the one has the other
    }

    private Path image() {
        return dir.resolve("guest.img");
    }

    private static Endpoint.File at(Path file) {
        return new Endpoint.File(file, 0);
    }

    private static Side source() throws Exception {
        return Side.running(PAGES, ROM_PAGES).with(MigrationCapability.MAPPED_RAM);
    }

    private Side save(Side source) throws Exception {
        OutgoingMigration out = source.migrate(at(image()));
        Eventually.status(out.state(), MigrationStatus.COMPLETED);
        return source;
    }

    private static Side target() throws IOException {
        return Side.waiting(PAGES, ROM_PAGES).with(MigrationCapability.MAPPED_RAM, MigrationCapability.POSTCOPY_RAM);
    }

    private IncomingMigration runningFromFile(Side target) throws Exception {
        target.set("max-postcopy-bandwidth", ALMOST_NOTHING);
        IncomingMigration in = target.await(at(image()));
        Eventually.until("it runs", () -> target.run.state() == RunState.RUNNING);
        return in;
    }

    private static void completes(Side target, IncomingMigration in) throws Exception {
        target.set("max-postcopy-bandwidth", 0);
        Eventually.status(in.state(), MigrationStatus.COMPLETED);
    }

    private static void assertAllIsThere(Side source, Side target) {
        for (long page = 0; page < source.guest.pages(); page++) {
            assertThat(target.guest.read(page)).as("page %d", page).isEqualTo(source.guest.read(page));
        }
    }

    /** The guest's program touches a page on a thread of its own; it may have to wait for it. */
    private static CompletableFuture<Long> touch(Side side, long page) {
        var value = new CompletableFuture<Long>();
        Thread.ofPlatform().name("toucher").start(() -> value.complete(side.guest.read(page)));
        return value;
    }

    private void flip(Path file, long at) throws IOException {
        try (var open = new RandomAccessFile(file.toFile(), "rw")) {
            open.seek(at);
            int was = open.read();
            open.seek(at);
            open.write(was ^ 1);
        }
    }

    private void truncate(long length) throws IOException {
        try (var open = new RandomAccessFile(image().toFile(), "rw")) {
            open.setLength(length);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void whatIsTouchedComesAtOnceWithItsNeighboursAndZerosWithoutTheFile(boolean sealed) throws Exception {
        try (Side source = source(); Side target = target()) {
            source.run.stop();
            source.guest.device().counter = 42;
            source.guest.write(100, 0);
            for (int page = 2000; page < 2100; page++) {
                source.guest.write(page, 0);
            }
            source.run.cont();
            save(sealed ? source : source.unsealed());
            target.guest.write(100, 7); // what its RAM held before is given up
            IncomingMigration in = runningFromFile(target);
            assertThat(in.state().status()).isEqualTo(MigrationStatus.POSTCOPY_ACTIVE);
            assertThat(target.guest.device().counter).isEqualTo(42);

            assertThat(target.guest.read(3210)).isEqualTo(3211);
            long asked = in.faults().requests();
            assertThat(asked).isEqualTo(1);
            for (int page = 3200; page < 3216; page++) {
                assertThat(target.guest.read(page)).isEqualTo(page + 1);
            }
            assertThat(target.guest.read(100)).isZero();
            assertThat(target.guest.read(2050)).isZero();
            assertThat(in.faults().requests()).isEqualTo(asked);
            assertThat(target.guest.read(PAGES + 2)).isEqualTo(PAGES + 3);
            assertThat(in.counters().normalPages()).isLessThan(64);

            completes(target, in);
            assertAllIsThere(source, target);
            assertThat(target.told).containsExactly("setup", "active", "postcopy-active", "RESUME", "completed");
            assertThat(in.counters().normalPages()).isEqualTo(PAGES + ROM_PAGES - 101);
            assertThat(in.counters().zeroPages()).isEqualTo(101);
            assertThat(target.guest.touched()).isLessThanOrEqualTo(PAGES + ROM_PAGES);
        }
    }

    @Test
    void aGuestThatWasPausedStaysSo() throws Exception {
        try (Side source = source(); Side target = target()) {
            source.run.stop();
            save(source);
            IncomingMigration in = target.await(at(image()));
            Eventually.status(in.state(), MigrationStatus.COMPLETED);
            assertThat(target.run.state()).isEqualTo(RunState.PAUSED);
            assertAllIsThere(source, target);
        }
    }

    @Test
    void anExtentThatDoesNotMatchItsSealReachesNobodyUntilAGoodOneIsThere() throws Exception {
        try (Side source = source(); Side target = target()) {
            save(source);
            flip(image(), FIRST_PAGE + 3000 * PAGE + 17);
            IncomingMigration in = runningFromFile(target);
            assertThat(target.guest.read(10)).isEqualTo(11);
            CompletableFuture<Long> touched = touch(target, 2999);
            target.set("max-postcopy-bandwidth", 0);
            Eventually.status(in.state(), MigrationStatus.POSTCOPY_PAUSED);
            assertThat(in.errorDesc().orElseThrow()).contains(image() + ": block 'pc.ram' from offset 0xbb0000 on",
                    "do not match their seal: digest ");
            assertThat(touched.isDone()).isFalse();
            assertThat(target.run.state()).isEqualTo(RunState.RUNNING);

            in.recover(at(image())); // it is still broken
            Eventually.until("it is paused again",
                    () -> target.told.stream().filter("postcopy-paused"::equals).count() == 2);
            assertThat(touched.isDone()).isFalse();

            flip(image(), FIRST_PAGE + 3000 * PAGE + 17);
            in.recover(at(image()));
            assertThat(touched.get()).isEqualTo(3000);
            Eventually.status(in.state(), MigrationStatus.COMPLETED);
            assertAllIsThere(source, target);
            assertThat(target.told).containsExactly("setup", "active", "postcopy-active", "RESUME", "postcopy-paused",
                    "postcopy-recover", "postcopy-active", "postcopy-paused", "postcopy-recover", "postcopy-active",
                    "completed");
        }
    }

    @Test
    void aFileThatIsCutShortMeanwhileIsGoneOnWithByACopyOfIt() throws Exception {
        Path copy = dir.resolve("copy.img");
        try (Side source = source(); Side target = target()) {
            save(source.unsealed());
            Files.copy(image(), copy);
            IncomingMigration in = runningFromFile(target);
            truncate(FIRST_PAGE + 1000 * PAGE);
            CompletableFuture<Long> touched = touch(target, 4000);
            Eventually.until("somebody waits", () -> in.faults().requests() > 0);
            target.set("max-postcopy-bandwidth", 0);
            Eventually.status(in.state(), MigrationStatus.POSTCOPY_PAUSED);
            assertThat(in.errorDesc().orElseThrow()).contains(image() + ": block 'pc.ram' from offset 0x",
                    "the file ends at byte");
            assertThat(touched.isDone()).isFalse();
            in.recover(at(copy));
            assertThat(touched.get()).isEqualTo(4001);
            Eventually.status(in.state(), MigrationStatus.COMPLETED);
            assertAllIsThere(source, target);
        }
    }

    /** One that has other pages, and one that has other content in the same pages, which its seal tells. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            0 | the file has other pages of block 'pc.ram' than the one that the guest was loaded from
            7 | that of the one that the guest was loaded from
            """)
    void anotherGuestsFileIsNotTakenForACopy(long content, String why) throws Exception {
        Path other = dir.resolve("other.img");
        try (Side source = source(); Side target = target(); Side stranger = source()) {
            stranger.guest.write(1, content);
            OutgoingMigration out = stranger.migrate(at(other));
            Eventually.status(out.state(), MigrationStatus.COMPLETED);
            save(source);
            IncomingMigration in = runningFromFile(target);
            assertThatThrownBy(() -> in.recover(at(other))).isInstanceOf(Refused.class);
            truncate(FIRST_PAGE);
            target.set("max-postcopy-bandwidth", 0);
            Eventually.status(in.state(), MigrationStatus.POSTCOPY_PAUSED);
            in.recover(at(other));
            Eventually.until("it is refused", () -> in.errorDesc().orElseThrow().contains(why));
            assertThat(in.state().status()).isEqualTo(MigrationStatus.POSTCOPY_PAUSED);
            in.breakOff();
            in.join();
        }
    }

    /** Who waits for a page when the end comes goes on, but its guest does not, and cannot be made to. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void brokenOffTheGuestIsNotRunAnyMore(boolean paused) throws Exception {
        try (Side source = source(); Side target = target()) {
            save(source.unsealed());
            IncomingMigration in = runningFromFile(target);
            if (paused) {
                truncate(FIRST_PAGE);
                target.set("max-postcopy-bandwidth", 0);
                Eventually.status(in.state(), MigrationStatus.POSTCOPY_PAUSED);
            }
            CompletableFuture<Long> touched = touch(target, 4000);
            in.breakOff();
            in.join();
            assertThat(touched.get()).isIn(0L, 4001L);
            assertThat(in.state().status()).isEqualTo(MigrationStatus.FAILED);
            assertThat(target.run.state()).isEqualTo(RunState.INTERNAL_ERROR);
            assertThatThrownBy(target.run::cont).isInstanceOf(Refused.class)
                    .hasMessageContaining("RAM of the guest is missing");
            assertThat(target.guest.isRunning()).isFalse();
        }
    }

    @Test
    void aBrokenDeviceStateCostsTheLoadAndRunsNothing() throws Exception {
        try (Side source = source(); Side target = target()) {
            save(source.unsealed());
            truncate(Files.size(image()) - 600); // the description and some of the state before it
            IncomingMigration in = target.await(at(image()));
            Eventually.status(in.state(), MigrationStatus.FAILED);
            assertThat(in.state().errorDesc().orElseThrow()).startsWith("load of migration failed: ");
            assertThat(target.told).containsExactly("setup", "active", "failed");
            assertThat(target.run.state()).isEqualTo(RunState.INMIGRATE);
        }
    }

    @Test
    void whatIsOnlyHeldIsLoadedAsEver() throws Exception {
        try (Side source = source();
                HeldSide held = HeldSide.inMemory(64 << 20).with(MigrationCapability.MAPPED_RAM,
                        MigrationCapability.POSTCOPY_RAM)) {
            save(source);
            IncomingMigration in = held.await(at(image()));
            Eventually.status(in.state(), MigrationStatus.COMPLETED);
            assertThat(held.told).containsExactly("setup", "active", "completed");
        }
    }
}
