package io.godwit.it;

import static io.godwit.protocol.qapi.MigrationStatus.FAILED;
import static org.assertj.core.api.Assertions.assertThat;

import io.godwit.it.fixture.DaemonProcess;
import io.godwit.protocol.qapi.MigrationStatus;
import org.junit.jupiter.api.Test;

/** The destination dies, whenever it may: the guest runs on at its source, or has gone and never runs there again. */
class KilledDestinationIT extends KillingTest {

    @Test
    void leavesAGuestThatRunsOnceOrWaitsForItsMemory() {
        kill(20260310);
    }

    @Override
    DaemonProcess killed(Pair pair) {
        return pair.destination();
    }

    @Override
    String outcome(Pair pair) {
        DaemonProcess source = pair.source();
        MigrationStatus status = settled(source);
        boolean ranThere = pair.destination().qmp().eventNames().contains("RESUME");
        if (status == FAILED) {
            assertThat(ranThere).as("it ran there, and is taken back").isFalse();
            source.qmp().awaitRunState("running");
            assertThat(source.verify()).isNotBlank();
            return "failed: runs on at the source";
        }
        assertNeverRunsAgain(source);
        return "postcopy-paused: stands still at the source, %s the destination"
                .formatted(ranThere ? "ran at" : "was not seen to run at");
    }
}
