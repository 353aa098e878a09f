package io.godwit.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.godwit.engine.incoming.IncomingMigration;
import io.godwit.engine.localhost.LocalhostSource;
import io.godwit.engine.migration.MigrationException.Refused;
import io.godwit.engine.outgoing.OutgoingMigration;
import io.godwit.protocol.localhost.Way;
import io.godwit.protocol.qapi.LocalhostMigrateMode;
import io.godwit.protocol.qapi.MigrationCapability;
import io.godwit.protocol.qapi.MigrationStatus;
import io.godwit.protocol.qapi.RunState;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A guest moves to another side as it would to another process of this host. */
final class LocalhostMigrateTest extends EngineTest {
    /** More than a pipe holds, over the borders of several huge pages, and not a whole number of them. */
    private static final int[] BLOCKS = {3000, 700};
    private static final int PAGES = 3700;

    private static Side running(Way way) throws Exception {
        return way == Way.HANDOVER ? Side.runningInMemfds(BLOCKS) : Side.running(BLOCKS);
    }

    private static void assertArrived(Side source, Side target) throws Exception {
        for (int page = 0; page < PAGES; page++) {
            assertThat(target.guest.read(page)).as("page %d", page).isEqualTo(page + 1);
        }
        assertThat(target.guest.device().counter).isEqualTo(42);
        assertThat(source.guest.isRunning()).isFalse();
        assertThat(source.run.state()).isEqualTo(RunState.POSTMIGRATE);
        assertThat(source.guest.touched()).as("pages left at the source").isZero();
        assertThatThrownBy(source.run::cont).isInstanceOf(Refused.class).hasMessageContaining("has moved");
        assertThatThrownBy(source.run::systemReset).isInstanceOf(Refused.class).hasMessageContaining("has moved");
        assertThatThrownBy(() -> source.run.whileStill(() -> 1)).hasMessageContaining("has moved");
    }

    @ParameterizedTest
    @EnumSource(Way.class)
    void theGuestMovesWithAllItHas(Way way) throws Exception {
        try (Side source = running(way); Side target = Side.waiting(BLOCKS)) {
            source.guest.device().counter = 42;
            IncomingMigration in = target.await(socket());
            OutgoingMigration out = source.move(socket(), way);
            Eventually.status(out.state(), MigrationStatus.COMPLETED);
            Eventually.status(in.state(), MigrationStatus.COMPLETED);
            out.join();
            assertArrived(source, target);
            assertThat(target.run.state()).isEqualTo(RunState.RUNNING);
            assertThat(source.told).containsExactly("setup", "active", "STOP", "device", "completed");
            assertThat(target.told).containsExactly("setup", "active", "RESUME", "completed");
            assertThat(out.clock().downtimeNanos()).isPresent();
            assertThat(out.counters().normalPages()).isEqualTo(way == Way.FLIP ? PAGES : 0);
            if (way == Way.HANDOVER) {
                assertThat(out.counters().transferredBytes()).isLessThan(4096);
            }
        }
    }

    @Test
    void whatWasHandedOverIsHandedOnAndItsFirstOwnerCannotReachIt() throws Exception {
        try (Side first = running(Way.HANDOVER);
                Side second = Side.waitingInMemfds(BLOCKS);
                Side third = Side.waiting(BLOCKS)) {
            first.guest.device().counter = 42;
            IncomingMigration in = second.await(socket());
            OutgoingMigration out = first.move(socket(), Way.HANDOVER);
            Eventually.status(out.state(), MigrationStatus.COMPLETED);
            out.join();
            in.join();
            first.guest.ram().getFirst().clear();
            first.guest.write(0, 99);
            IncomingMigration inAgain = third.await(socket());
            OutgoingMigration onward = second.move(socket(), Way.HANDOVER);
            Eventually.status(onward.state(), MigrationStatus.COMPLETED);
            onward.join();
            inAgain.join();
            assertArrived(second, third);
        }
    }

    @Test
    void pagesThatWereNeverTouchedAreNotMoved() throws Exception {
        int huge = 512;
        try (Side source = Side.untouched(64 * huge); Side target = Side.waiting(64 * huge)) {
            source.guest.write(20 * huge + 7, 5);
            IncomingMigration in = target.await(socket());
            OutgoingMigration out = source.move(socket(), Way.FLIP);
            Eventually.status(out.state(), MigrationStatus.COMPLETED);
            in.join();
            assertThat(target.guest.read(20 * huge + 7)).isEqualTo(5);
            assertThat(out.counters().normalPages()).isBetween(1L, (long) huge);
            assertThat(target.guest.touched()).isBetween(1L, (long) huge);
        }
    }

    @ParameterizedTest
    @EnumSource(Way.class)
    void aPausedGuestArrivesPaused(Way way) throws Exception {
        try (Side source = running(way); Side target = Side.waiting(BLOCKS)) {
            source.run.stop();
            IncomingMigration in = target.await(socket());
            OutgoingMigration out = source.move(socket(), way);
            Eventually.status(out.state(), MigrationStatus.COMPLETED);
            in.join();
            assertThat(target.run.state()).isEqualTo(RunState.PAUSED);
            assertThat(target.guest.isRunning()).isFalse();
        }
    }

    @Test
    void waitsInPreSwitchoverUntilToldToGoOn() throws Exception {
        try (Side source = running(Way.FLIP).with(MigrationCapability.PAUSE_BEFORE_SWITCHOVER);
                Side target = Side.waiting(BLOCKS)) {
            source.guest.device().counter = 42;
            IncomingMigration in = target.await(socket());
            OutgoingMigration out = source.move(socket(), Way.FLIP);
            Eventually.status(out.state(), MigrationStatus.PRE_SWITCHOVER);
            out.continueFrom(MigrationStatus.PRE_SWITCHOVER);
            Eventually.status(out.state(), MigrationStatus.COMPLETED);
            out.join();
            in.join();
            assertArrived(source, target);
        }
    }

    @Test
    void theWayDependsOnWhereRamIs() throws Exception {
        try (Side anonymous = Side.waiting(1); Side shared = Side.waitingInMemfds(1)) {
            assertThat(LocalhostSource.way(anonymous.guest, LocalhostMigrateMode.AUTO)).isEqualTo(Way.FLIP);
            assertThat(LocalhostSource.way(shared.guest, LocalhostMigrateMode.AUTO)).isEqualTo(Way.HANDOVER);
            assertThatThrownBy(() -> LocalhostSource.way(anonymous.guest, LocalhostMigrateMode.HANDOVER))
                    .isInstanceOf(Refused.class).hasMessageContaining("--ram memfd");
            assertThatThrownBy(() -> LocalhostSource.way(shared.guest, LocalhostMigrateMode.FLIP))
                    .isInstanceOf(Refused.class).hasMessageContaining("handover");
        }
    }
}
