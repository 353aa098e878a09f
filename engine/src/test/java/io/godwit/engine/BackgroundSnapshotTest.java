package io.godwit.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.godwit.engine.incoming.IncomingMigration;
import io.godwit.engine.linux.DirtyTracking;
import io.godwit.engine.linux.Fd;
import io.godwit.engine.linux.NativeThread;
import io.godwit.engine.linux.OpenFlag;
import io.godwit.engine.migration.Endpoint;
import io.godwit.engine.migration.MigrationException;
import io.godwit.engine.outgoing.OutgoingMigration;
import io.godwit.engine.ram.RamBlock;
import io.godwit.protocol.qapi.MigrationCapability;
import io.godwit.protocol.qapi.MigrationStatus;
import io.godwit.protocol.qapi.RunState;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A guest that writes all of its memory, over and over, while an instant of it is saved. */
final class BackgroundSnapshotTest extends EngineTest {
    private static final int PAGES = 3000;
    /** Of two blocks, the second of which ends within a huge page. */
    private static final int[] BLOCKS = {2048, PAGES - 2048};

    @BeforeEach
    void assumeWriteProtection() {
        DirtyTracking.assume();
    }

    /** What the image looks like, and how it is written. */
    enum Form {
        STREAM,
        MAPPED_RAM,
        PARALLEL,
        DIRECT;

        Side on(Side side) throws Exception {
            return switch (this) {
                case STREAM -> side.without();
                case MAPPED_RAM -> side.with(MigrationCapability.MAPPED_RAM);
                case PARALLEL -> side.with(MigrationCapability.MAPPED_RAM, MigrationCapability.MULTIFD)
                        .set("multifd-channels", 3);
                case DIRECT -> side.with(MigrationCapability.MAPPED_RAM).set("direct-io", true);
            };
        }

        Side source(Side side) throws Exception {
            on(side);
            return switch (this) {
                case STREAM -> side.with(MigrationCapability.BACKGROUND_SNAPSHOT);
                case MAPPED_RAM, DIRECT -> side.with(MigrationCapability.BACKGROUND_SNAPSHOT,
                        MigrationCapability.MAPPED_RAM);
                case PARALLEL -> side.with(MigrationCapability.BACKGROUND_SNAPSHOT, MigrationCapability.MAPPED_RAM,
                        MigrationCapability.MULTIFD);
            };
        }
    }

    /** Writes every page of a guest that runs, round after round: value n in round n. */
    private static final class Writer implements AutoCloseable {
        private final AtomicBoolean over = new AtomicBoolean();
        private final Thread thread;
        private final AtomicLong rounds = new AtomicLong();

        Writer(MemoryGuest guest, long from, long to) {
            thread = Thread.ofPlatform().name("writer").start(() -> {
                for (long value = 1000; !over.get(); value++) {
                    for (long page = from; page < to && !over.get();) {
                        page += guest.writeIfRunning(page, value) ? 1 : 0;
                    }
                    rounds.incrementAndGet();
                }
            });
        }

        void awaitRounds(long count) {
            long target = rounds.get() + count;
            Eventually.until("the guest writes on", () -> rounds.get() >= target);
        }

        @Override
        public void close() {
            over.set(true);
            NativeThread.join(thread);
        }
    }

    private Path image() {
        return dir.resolve("image");
    }

    private Endpoint file() {
        return new Endpoint.File(image(), 0);
    }

    private static long[] valuesOf(MemoryGuest guest) {
        var values = new long[(int) guest.pages()];
        for (int page = 0; page < values.length; page++) {
            values[page] = guest.read(page);
        }
        return values;
    }

    private static void assertRunsUnharmed(Side side) {
        assertThat(side.run.state()).isEqualTo(RunState.RUNNING);
        assertThat(side.guest.isRunning()).isTrue();
        for (long page = 0; page < side.guest.pages(); page++) {
            side.guest.write(page, 7); // would wait for ever if it were still protected
        }
    }

    @ParameterizedTest
    @EnumSource(Form.class)
    void savesTheInstantByteForByteWhileTheGuestWritesOn(Form form) throws Exception {
        try (Side source = form.source(Side.running(BLOCKS)); Side target = form.on(Side.waiting(BLOCKS))) {
            source.guest.device().counter = 42;
            for (int page = 100; page < 200; page++) {
                source.guest.write(page, 0);
            }
            long[] instant = new long[PAGES];
            OutgoingMigration out;
            try (var writer = new Writer(source.guest, 200, PAGES)) {
                writer.awaitRounds(1);
                out = source.prepare(file());
                out.begin(() -> System.arraycopy(valuesOf(source.guest), 0, instant, 0, PAGES));
                source.guest.device().counter = 43;
                writer.awaitRounds(2);
                Eventually.status(out.state(), MigrationStatus.COMPLETED);
            }
            assertThat(source.told).containsExactly("setup", "active", "STOP", "RESUME", "completed");
            assertThat(out.counters().normalPages()).isEqualTo(PAGES - 100);
            assertThat(out.counters().zeroPages()).isEqualTo(100);
            assertThat(out.counters().remainingPages()).isZero();
            assertThat(source.writeFaults.faults()).isPositive();
            assertRunsUnharmed(source);

            IncomingMigration in = target.await(file());
            Eventually.status(in.state(), MigrationStatus.COMPLETED);
            assertThat(valuesOf(target.guest)).isEqualTo(instant);
            assertThat(target.guest.device().counter).isEqualTo(42);
            assertThat(target.run.state()).isEqualTo(RunState.RUNNING);
        }
    }

    @Test
    void whatASystemCallWritesIntoMemoryMeanwhileIsNotInTheImage() throws Exception {
        Path read = Files.write(dir.resolve("read"), new byte[8 * RamBlock.PAGE_SIZE]);
        try (Side source = Form.MAPPED_RAM.source(Side.running(BLOCKS)).set("max-bandwidth", 1 << 20);
                Side target = Form.MAPPED_RAM.on(Side.waiting(BLOCKS));
                Fd file = Fd.open(read, Set.of(OpenFlag.READ), 0)) {
            long[] instant = valuesOf(source.guest);
            OutgoingMigration out = source.migrate(file());
            Eventually.until("the instant is caught", () -> source.told.contains("RESUME"));
            source.guest.ram().getLast().memory().readFrom(file, 0, 8 * RamBlock.PAGE_SIZE);
            assertThat(out.state().status()).as("it waited for its pages only").isEqualTo(MigrationStatus.ACTIVE);
            source.set("max-bandwidth", 0);
            Eventually.status(out.state(), MigrationStatus.COMPLETED);

            IncomingMigration in = target.await(file());
            Eventually.status(in.state(), MigrationStatus.COMPLETED);
            assertThat(valuesOf(target.guest)).isEqualTo(instant).isNotEqualTo(valuesOf(source.guest));
        }
    }

    @ParameterizedTest
    @EnumSource(Form.class)
    void whatWasNeverTouchedIsNotWrittenThoughItIsTouchedMeanwhile(Form form) throws Exception {
        try (Side source = form.source(Side.untouched(PAGES)); Side target = form.on(Side.waiting(PAGES))) {
            source.guest.ram().getFirst().memory().setHugePages(false);
            for (int page = 0; page < 50; page++) {
                source.guest.write(page * 11L, 5);
            }
            OutgoingMigration out = source.prepare(file());
            out.begin(() -> {});
            for (int page = 0; page < PAGES; page++) {
                source.guest.write(page, 9);
            }
            Eventually.status(out.state(), MigrationStatus.COMPLETED);
            assertThat(out.counters().normalPages()).isEqualTo(50);
            assertThat(out.counters().zeroPages()).isZero();
            assertThat(out.counters().untouchedPages()).isEqualTo(PAGES - 50);

            IncomingMigration in = target.await(file());
            Eventually.status(in.state(), MigrationStatus.COMPLETED);
            for (int page = 0; page < PAGES; page++) {
                assertThat(target.guest.read(page)).as("page %d", page).isEqualTo(page % 11 == 0 && page < 550 ? 5 : 0);
            }
        }
    }

    @Test
    void aGuestThatIsPausedStaysPaused() throws Exception {
        try (Side source = Form.MAPPED_RAM.source(Side.running(PAGES))) {
            source.run.stop();
            source.told.clear();
            OutgoingMigration out = source.migrate(file());
            Eventually.status(out.state(), MigrationStatus.COMPLETED);
            assertThat(source.told).containsExactly("setup", "active", "completed");
            assertThat(source.run.state()).isEqualTo(RunState.PAUSED);
        }
    }

    @Test
    void anActionThatFailsUndoesEverythingAndItsExceptionComesOut() throws Exception {
        try (Side source = Form.MAPPED_RAM.source(Side.running(PAGES))) {
            OutgoingMigration out = source.prepare(file());
            var reason = new InterruptedException("the block layer says no");
            assertThatThrownBy(() -> out.<InterruptedException>begin(() -> {
                assertThat(source.run.state()).isEqualTo(RunState.PAUSED);
                throw reason;
            })).isSameAs(reason);
            assertThat(out.state().status()).isEqualTo(MigrationStatus.FAILED);
            assertThat(out.state().errorDesc()).contains("the block layer says no");
            assertThat(image()).doesNotExist();
            assertThat(source.told).containsExactly("setup", "active", "STOP", "RESUME", "failed");
            assertRunsUnharmed(source);
        }
    }

    @Test
    void anAbandonedPreparationLeavesNothingAndTheGuestDoesNotNotice() throws Exception {
        try (Side source = Form.MAPPED_RAM.source(Side.running(PAGES))) {
            Files.writeString(image(), "what was there");
            OutgoingMigration out = source.prepare(file());
            assertThat(out.state().status()).isEqualTo(MigrationStatus.SETUP);
            out.abandon();
            out.abandon();
            assertThat(source.told).containsExactly("setup", "cancelling", "cancelled");
            assertThat(image()).hasContent("what was there");
            assertRunsUnharmed(source);
            assertThatThrownBy(() -> out.begin(() -> {})).isInstanceOf(MigrationException.Cancelled.class);
        }
    }

    @Test
    void beginsOnceAndIsNotAbandonedAfterThat() throws Exception {
        try (Side source = Form.MAPPED_RAM.source(Side.running(PAGES))) {
            OutgoingMigration out = source.prepare(file());
            out.begin(() -> {});
            out.abandon();
            assertThatThrownBy(() -> out.begin(() -> {})).isInstanceOf(IllegalStateException.class);
            Eventually.status(out.state(), MigrationStatus.COMPLETED);
        }
    }

    @Test
    void aCancelBeforeTheBeginIsToldToWhoBegins() throws Exception {
        try (Side source = Form.STREAM.source(Side.running(PAGES))) {
            OutgoingMigration out = source.prepare(file());
            out.cancel();
            assertThatThrownBy(() -> out.<IOException>begin(() -> {
                throw new AssertionError("not to be done");
            })).isInstanceOf(MigrationException.Cancelled.class);
            Eventually.status(out.state(), MigrationStatus.CANCELLED);
            assertThat(image()).doesNotExist();
            assertRunsUnharmed(source);
        }
    }

    @Test
    void aPausedGuestIsSavedPlainlyTogetherWithAnAction() throws Exception {
        try (Side source = Side.running(PAGES).with(MigrationCapability.MAPPED_RAM)) {
            source.run.stop();
            OutgoingMigration out = source.prepare(file());
            var done = new AtomicBoolean();
            out.begin(() -> done.set(true));
            assertThat(done).isTrue();
            Eventually.status(out.state(), MigrationStatus.COMPLETED);
            assertThat(source.run.state()).isEqualTo(RunState.POSTMIGRATE);
        }
    }

    @Test
    void aPausedGuestThatWasLetRunAfterThePreparationIsNotSaved() throws Exception {
        try (Side source = Side.running(PAGES).with(MigrationCapability.MAPPED_RAM)) {
            source.run.stop();
            OutgoingMigration out = source.prepare(file());
            source.run.cont();
            assertThatThrownBy(() -> out.begin(() -> {
                throw new AssertionError("not to be done");
            })).isInstanceOf(MigrationException.class).hasMessageContaining("was let run");
            assertThat(image()).doesNotExist();
            assertRunsUnharmed(source);
        }
    }
}
