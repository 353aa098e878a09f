package io.godwit.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.godwit.engine.freepages.FreePageHints;
import io.godwit.engine.freepages.FreePageReporting;
import io.godwit.engine.incoming.IncomingMigration;
import io.godwit.engine.linux.DirtyTracking;
import io.godwit.engine.migration.Endpoint;
import io.godwit.engine.outgoing.OutgoingMigration;
import io.godwit.engine.ram.RamBlock;
import io.godwit.protocol.localhost.Way;
import io.godwit.protocol.qapi.MigrationCapability;
import io.godwit.protocol.qapi.MigrationStatus;
import io.godwit.protocol.qapi.RunState;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A guest that tells which pages it does not need, on its way by each form of a migration. */
final class FreePagesTest extends EngineTest {
    /** More than are sent before the guest is listened to. */
    private static final int PAGES = 12_000;
    private static final int NEEDED = 1000;

    /** How it goes over. */
    enum Form {
        STREAM,
        MULTIFD(MigrationCapability.MULTIFD),
        DELTAS(MigrationCapability.XBZRLE),
        FILE(MigrationCapability.MAPPED_RAM),
        FILE_BY_LANES(MigrationCapability.MAPPED_RAM, MigrationCapability.MULTIFD);

        @SuppressWarnings("ImmutableEnumChecker") // made by List.of
        final List<MigrationCapability> capabilities;

        Form(MigrationCapability... capabilities) {
            this.capabilities = List.of(capabilities);
        }

        <S extends End<?, S>> S on(S end) {
            return capabilities.isEmpty()
                    ? end
                    : end.with(capabilities.getFirst(), capabilities.toArray(MigrationCapability[]::new));
        }

        boolean inFile() {
            return capabilities.contains(MigrationCapability.MAPPED_RAM);
        }
    }

    /** One that says at once, before anything is sent, that all but the first pages are free. */
    private static Side tellingSide() throws Exception {
        Side side = Side.running(PAGES);
        side.guest.tellsFreePages(FreePagesTest::tellAll);
        return side;
    }

    private static void tellAll(FreePageHints asking) {
        int id = asking.commandId();
        if (FreePageHints.isStart(id)) {
            asking.report(id, 0, NEEDED, PAGES - NEEDED);
            asking.finished(id);
        }
    }

    private OutgoingMigration goesOver(Form form, Side source, Side target) throws Exception {
        Endpoint endpoint = form.inFile() ? new Endpoint.File(dir.resolve("image"), 0) : socket();
        IncomingMigration in;
        OutgoingMigration out;
        if (form.inFile()) {
            out = source.migrate(endpoint);
            Eventually.status(out.state(), MigrationStatus.COMPLETED);
            in = target.await(endpoint);
        } else {
            in = target.await(endpoint);
            out = source.migrate(endpoint);
            Eventually.status(out.state(), MigrationStatus.COMPLETED);
        }
        Eventually.status(in.state(), MigrationStatus.COMPLETED);
        return out;
    }

    private static void assertNeededPagesArrived(Side source, Side target) {
        for (int page = 0; page < NEEDED; page++) {
            assertThat(target.guest.read(page)).as("page %d", page).isEqualTo(source.guest.read(page));
        }
    }

    @ParameterizedTest
    @EnumSource
    void whatTheGuestDoesNotNeedIsNotSent(Form form) throws Exception {
        try (Side source = form.on(tellingSide()); Side target = form.on(Side.waiting(PAGES))) {
            OutgoingMigration out = goesOver(form, source, target);
            assertNeededPagesArrived(source, target);
            assertThat(target.guest.read(PAGES - 1)).isZero();
            assertThat(out.counters().normalPages()).isEqualTo(NEEDED);
            assertThat(out.counters().hintedPages()).isEqualTo(PAGES - NEEDED);
            assertThat(out.counters().remainingPages()).isZero();
            assertThat(source.guest.hints().commandId()).isEqualTo(FreePageHints.DONE);
        }
    }

    @ParameterizedTest
    @EnumSource
    void aPageWrittenAfterItWasReportedIsSent(Form form) throws Exception {
        try (Side source = form.on(tellingSide()); Side target = form.on(Side.waiting(PAGES))) {
            source.guest.asked = asking -> {
                tellAll(asking);
                source.guest.writeIfRunning(PAGES - 7, 77);
            };
            goesOver(form, source, target);
            assertNeededPagesArrived(source, target);
            assertThat(target.guest.read(PAGES - 7)).isEqualTo(77);
            assertThat(target.guest.read(PAGES - 8)).isZero();
        }
    }

    /** Between the two, the page was written and the log of that was read: believing it now would lose the page. */
    @Test
    void aReportThatComesAfterTheLogWasReadIsIgnored() throws Exception {
        try (Side source = tellingSide(); Side target = Side.waiting(PAGES)) {
            int[] seen = new int[1];
            source.guest.asked = asking -> {
                seen[0] = FreePageHints.isStart(asking.commandId()) && seen[0] == 0 ? asking.commandId() : seen[0];
                asking.finished(asking.commandId());
            };
            source.guest.beforeTakeDirty = () -> {
                source.guest.writeIfRunning(5000, 55);
                source.guest.hints().report(seen[0], 0, 5000, 1);
            };
            OutgoingMigration out = goesOver(Form.STREAM, source, target);
            assertThat(target.guest.read(5000)).isEqualTo(55);
            assertThat(out.counters().hintedPages()).isZero();
            assertThat(source.guest.hints().counts().lateReports()).isPositive();
        }
    }

    /** A guest that is slow to answer is listened to while its first pages are on their way. */
    @Test
    void aReportCountsForWhatIsStillToBeSentOfAPass() throws Exception {
        try (Side source = tellingSide(); Side target = Side.waiting(PAGES)) {
            source.guest.asked = asking -> {};
            source.set("max-bandwidth", 64 << 20);
            IncomingMigration in = target.await(socket());
            OutgoingMigration out = source.migrate(socket());
            Eventually.until("pages are sent", () -> out.counters().normalPages() > 0);
            tellAll(source.guest.hints());
            Eventually.status(out.state(), MigrationStatus.COMPLETED);
            Eventually.status(in.state(), MigrationStatus.COMPLETED);
            assertNeededPagesArrived(source, target);
            assertThat(out.counters().hintedPages()).isBetween(1L, (long) PAGES - NEEDED);
            assertThat(out.counters().hintedPages() + out.counters().normalPages()).isEqualTo(PAGES);
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"STREAM", "MULTIFD"})
    void aGuestThatIsHeldOnItsWayHasTheNeededPages(Form form) throws Exception {
        try (Side source = form.on(tellingSide());
                HeldSide between = form.on(HeldSide.inMemory((long) PAGES * RamBlock.PAGE_SIZE));
                Side target = Side.waiting(PAGES)) {
            IncomingMigration held = between.await(socket());
            OutgoingMigration out = source.migrate(socket());
            Eventually.status(out.state(), MigrationStatus.COMPLETED);
            Eventually.status(held.state(), MigrationStatus.COMPLETED);
            assertThat(out.counters().normalPages()).isEqualTo(NEEDED);
            IncomingMigration in = target.await(socket());
            Eventually.status(between.without().migrate(socket()).state(), MigrationStatus.COMPLETED);
            Eventually.status(in.state(), MigrationStatus.COMPLETED);
            assertNeededPagesArrived(source, target);
        }
    }

    /** Some pages go before the guest, and what it reports is left out of those; then it goes. */
    @Test
    void afterPostcopyEveryPageCanBeReadAndNoneIsWaitedForInVain() throws Exception {
        DirtyTracking.assume();
        try (Side source = tellingSide().with(MigrationCapability.POSTCOPY_RAM);
                Side target = Side.waiting(PAGES).with(MigrationCapability.POSTCOPY_RAM)) {
            source.guest.asked = asking -> {
                tellAll(asking);
                source.guest.writeIfRunning(PAGES - 7, 77);
            };
            IncomingMigration in = target.await(socket());
            source.set("max-bandwidth", 1 << 20);
            OutgoingMigration out = source.migrate(socket());
            Eventually.until("pages are left out", () -> out.counters().hintedPages() > 0);
            out.startPostcopy();
            Eventually.until("it runs there", () -> target.run.state() == RunState.RUNNING);
            for (int page = PAGES - 1; page >= 0; page--) {
                long got = target.guest.read(page);
                if (page < NEEDED) {
                    assertThat(got).as("page %d", page).isEqualTo(page + 1);
                }
            }
            assertThat(target.guest.read(PAGES - 7)).isEqualTo(77);
            Eventually.status(out.state(), MigrationStatus.COMPLETED);
            Eventually.status(in.state(), MigrationStatus.COMPLETED);
            out.join();
            in.join();
        }
    }

    /** Write protection shows by 2 MiB at the time what was written since. */
    @Test
    void aBackgroundSnapshotLeavesOutWhatIsFreeAtTheInstant() throws Exception {
        DirtyTracking.assume();
        try (Side source = tellingSide().with(MigrationCapability.BACKGROUND_SNAPSHOT, MigrationCapability.MAPPED_RAM);
                Side target = Side.waiting(PAGES).with(MigrationCapability.MAPPED_RAM)) {
            source.guest.asked = asking -> {
                tellAll(asking);
                if (FreePageHints.isStart(asking.commandId())) {
                    source.guest.writeIfRunning(PAGES - 7, 77);
                }
            };
            var file = new Endpoint.File(dir.resolve("image"), 0);
            OutgoingMigration out = source.migrate(file);
            Eventually.status(out.state(), MigrationStatus.COMPLETED);
            assertThat(out.counters().hintedPages()).isBetween(PAGES - NEEDED - 1024L, PAGES - NEEDED - 1L);
            assertThat(out.counters().normalPages() + out.counters().hintedPages()).isEqualTo(PAGES);
            assertThat(source.guest.hints().commandId()).isEqualTo(FreePageHints.DONE);
            IncomingMigration in = target.await(file);
            Eventually.status(in.state(), MigrationStatus.COMPLETED);
            assertNeededPagesArrived(source, target);
            assertThat(target.guest.read(PAGES - 7)).isEqualTo(77);
            assertThat(target.guest.read(NEEDED + 1024)).isZero();
        }
    }

    /** What was free is written again while the rest is saved: nobody waits for it, and it is not in the image. */
    @Test
    void whatIsFreeAtTheInstantMayBeWrittenRightAfterIt() throws Exception {
        DirtyTracking.assume();
        try (Side source = tellingSide().with(MigrationCapability.BACKGROUND_SNAPSHOT, MigrationCapability.MAPPED_RAM);
                Side target = Side.waiting(PAGES).with(MigrationCapability.MAPPED_RAM)) {
            var file = new Endpoint.File(dir.resolve("image"), 0);
            source.set("max-bandwidth", 4 << 20);
            OutgoingMigration out = source.migrate(file);
            Eventually.until("the instant is caught", () -> source.told.contains("RESUME"));
            for (int page = NEEDED; page < PAGES; page++) {
                source.guest.write(page, 5);
            }
            Eventually.status(out.state(), MigrationStatus.COMPLETED);
            IncomingMigration in = target.await(file);
            Eventually.status(in.state(), MigrationStatus.COMPLETED);
            assertNeededPagesArrived(source, target);
            for (int page = NEEDED; page < PAGES; page++) {
                assertThat(target.guest.read(page)).as("page %d", page).isZero();
            }
        }
    }

    /** At the instant they have something in them, and it is saved. */
    @Test
    void whatIsGivenBackDuringABackgroundSnapshotStays() throws Exception {
        DirtyTracking.assume();
        try (Side source = Side.running(PAGES).with(MigrationCapability.BACKGROUND_SNAPSHOT,
                MigrationCapability.MAPPED_RAM);
                Side target = Side.waiting(PAGES).with(MigrationCapability.MAPPED_RAM)) {
            var reporting = new FreePageReporting(source.guest.ram(), (block, first, pages) -> {});
            var file = new Endpoint.File(dir.resolve("image"), 0);
            OutgoingMigration out = source.prepare(file);
            out.begin(() -> reporting.report(0, 0, PAGES));
            Eventually.status(out.state(), MigrationStatus.COMPLETED);
            assertThat(reporting.counts()).isEqualTo(new FreePageReporting.Counts(1, 1, 0));
            IncomingMigration in = target.await(file);
            Eventually.status(in.state(), MigrationStatus.COMPLETED);
            assertThat(out.counters().normalPages()).isEqualTo(PAGES);
            assertThat(target.guest.read(PAGES - 1)).isEqualTo(PAGES);
            reporting.report(0, 0, PAGES);
            assertThat(source.guest.touched()).isZero();
        }
    }

    @Test
    void aMoveToAnotherProcessLeavesBehindWhatIsNotNeeded() throws Exception {
        try (Side source = tellingSide(); Side target = Side.waiting(PAGES)) {
            source.guest.asked = asking -> {
                tellAll(asking);
                if (FreePageHints.isStart(asking.commandId())) {
                    source.guest.writeIfRunning(PAGES - 7, 77);
                }
            };
            IncomingMigration in = target.await(socket());
            OutgoingMigration out = source.move(socket(), Way.FLIP);
            Eventually.status(out.state(), MigrationStatus.COMPLETED);
            Eventually.status(in.state(), MigrationStatus.COMPLETED);
            out.join();
            for (int page = 0; page < NEEDED; page++) {
                assertThat(target.guest.read(page)).as("page %d", page).isEqualTo(page + 1);
            }
            assertThat(target.guest.read(PAGES - 7)).isEqualTo(77);
            assertThat(target.guest.read(PAGES - 8)).isZero();
            assertThat(out.counters().hintedPages()).isEqualTo(PAGES - NEEDED - 1);
            assertThat(out.counters().normalPages()).isEqualTo(NEEDED + 1);
            assertThat(source.guest.touched()).isZero();
            assertThat(source.guest.isLogging()).isFalse();
        }
    }
}
