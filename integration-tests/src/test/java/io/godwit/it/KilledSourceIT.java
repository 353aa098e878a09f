package io.godwit.it;

import static io.godwit.protocol.qapi.MigrationStatus.FAILED;
import static org.assertj.core.api.Assertions.assertThat;

import io.godwit.it.fixture.DaemonProcess;
import io.godwit.protocol.qapi.MigrationStatus;
import org.junit.jupiter.api.Test;

/** The source dies, whenever it may: before the hand-over nothing runs at the destination, after it the guest runs there. */
class KilledSourceIT extends KillingTest {

    @Test
    void leavesNoHalfGuestThatRuns() {
        kill(20260311);
    }

    @Override
    DaemonProcess killed(Pair pair) {
        return pair.source();
    }

    @Override
    String outcome(Pair pair) {
        DaemonProcess destination = pair.destination();
        MigrationStatus status = settled(destination);
        boolean gaveItAway = pair.source().qmp().eventNames().contains("STOP");
        if (status == FAILED) {
            assertThat(destination.qmp().runState()).isEqualTo("inmigrate");
            assertThat(destination.qmp().eventNames()).doesNotContain("RESUME");
            return "failed: nothing runs at the destination";
        }
        assertThat(gaveItAway).as("the source had stopped it").isTrue();
        destination.qmp().awaitRunState("running");
        assertThat(destination.qmp().eventNames()).containsOnlyOnce("RESUME");
        return "postcopy-paused: runs at the destination";
    }
}
