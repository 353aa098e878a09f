package io.godwit.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.godwit.engine.incoming.IncomingMigration;
import io.godwit.engine.linux.DirtyTracking;
import io.godwit.engine.outgoing.OutgoingMigration;
import io.godwit.protocol.qapi.MigrationCapability;
import io.godwit.protocol.qapi.MigrationStatus;
import io.godwit.protocol.qapi.RunState;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The two ends of a postcopy, with each other. */
final class PostcopyTest extends EngineTest {
    private static final int PAGES = 5000;

    @BeforeEach
    void assume() {
        DirtyTracking.assume();
    }

    private void goesOver(Side source, Side target) throws Exception {
        var here = socket();
        IncomingMigration in = target.await(here);
        OutgoingMigration out = source.migrate(here);
        out.startPostcopy();
        Eventually.until("it runs there", () -> target.run.state() == RunState.RUNNING);
        CompletableFuture<Long> last = new CompletableFuture<>();
        Thread.ofPlatform().start(() -> last.complete(target.guest.read(PAGES - 1)));
        assertThat(last.get()).isEqualTo(PAGES);
        Eventually.status(out.state(), MigrationStatus.COMPLETED);
        Eventually.status(in.state(), MigrationStatus.COMPLETED);
        for (int i = 0; i < PAGES; i++) {
            assertThat(target.guest.read(i)).isEqualTo(i + 1);
        }
        assertThat(target.told).containsExactly("setup", "active", "postcopy-active", "RESUME", "completed");
        out.join();
        in.join();
    }

    @Test
    void theGuestRunsBeforeItsRamHasComeAndNothingIsLost() throws Exception {
        try (Side source = Side.running(PAGES).with(MigrationCapability.POSTCOPY_RAM);
                Side target = Side.waiting(PAGES).with(MigrationCapability.POSTCOPY_RAM)) {
            goesOver(source, target);
        }
    }

    @Test
    void soItIsWithAConnectionForRequestedPages() throws Exception {
        try (Side source = Side.running(PAGES).with(MigrationCapability.POSTCOPY_RAM,
                MigrationCapability.POSTCOPY_PREEMPT);
                Side target = Side.waiting(PAGES).with(MigrationCapability.POSTCOPY_RAM,
                        MigrationCapability.POSTCOPY_PREEMPT)) {
            goesOver(source, target);
        }
    }
}
