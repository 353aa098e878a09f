package io.godwit.it.hosts;

import static io.godwit.protocol.qapi.MigrationStatus.COMPLETED;
import static org.assertj.core.api.Assertions.assertThat;

import io.godwit.it.fixture.GuestOptions;
import io.godwit.it.fixture.QemuMachine;
import io.godwit.it.fixture.RequiresBinutils;
import io.godwit.it.fixture.RequiresKvm;
import io.godwit.it.fixture.RequiresQemu;
import io.godwit.it.fixture.SelfCheckingGuest;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Guests go from host to host, each with the image that users get. */
class BetweenHostsIT extends HostsTest {
    private static final int PATTERN_MIB = 16;
    private static final GuestOptions HELD = GuestOptions.held(128);

    @Test
    void aWorkloadMovesByTheClientOfTheImage() {
        Host source = godwit("source", GuestOptions.workload());
        Host destination = godwit("destination", GuestOptions.workload().incoming());

        var moved = source.client("migrate", destination.listen());

        assertThat(moved.getExitCode()).as("%s%s", moved.getStdout(), moved.getStderr()).isZero();
        destination.qmp().awaitRunState("running");
        assertThat(destination.client("verify").getExitCode()).isZero();
        assertThat(source.qmp().runState()).isEqualTo("postmigrate");
    }

    @Test
    @RequiresKvm
    void aMachineMovesOverSeveralConnections() {
        Host source = godwit("source", GuestOptions.kvm());
        Host destination = godwit("destination", GuestOptions.kvm().incoming());
        for (Host side : List.of(source, destination)) {
            side.qmp().setCapabilities("multifd");
            side.qmp().setParameter("multifd-channels", 4);
        }

        source.migrate(destination.listen());

        source.qmp().awaitMigration(COMPLETED);
        destination.qmp().awaitRunState("running");
        assertThat(destination.verify()).isNotBlank();
    }

    /** It stands still since it was sent, so that its RAM can be compared. */
    @Test
    @RequiresQemu
    @RequiresBinutils
    void aStockQemusGuestIsHeldOnAnotherHostAndGoesOnOnAThird() {
        var guest = SelfCheckingGuest.assemble(directory(), PATTERN_MIB);
        QemuMachine machine = QemuMachine.pc(guest, 32);
        StockQemu source = stockQemu("source", machine);
        Host held = godwit("held", HELD);
        guest.awaitUse(source);

        source.host().migrate(held.listen());
        source.host().qmp().awaitMigration(COMPLETED);
        held.qmp().awaitMigration(COMPLETED);
        StockQemu next = stockQemu("next", machine.incoming().paused());
        held.migrate(next.host().listen());
        held.qmp().awaitMigration(COMPLETED);
        next.host().qmp().awaitMigration(COMPLETED);

        assertThat(next.memory(0, 32 << 20)).isEqualTo(source.memory(0, 32 << 20));
        next.host().qmp().execute("cont");
        guest.assertGoesOnUnharmed(next);
    }
}
