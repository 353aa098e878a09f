package io.godwit.it;

import static io.godwit.protocol.qapi.MigrationStatus.COMPLETED;
import static org.assertj.core.api.Assertions.assertThat;

import io.godwit.it.fixture.DaemonProcess;
import io.godwit.it.fixture.DiskSpace;
import io.godwit.it.fixture.GuestOptions;
import io.godwit.it.fixture.QemuProcess;
import io.godwit.it.fixture.RequiresBinutils;
import io.godwit.it.fixture.RequiresQemu;
import io.godwit.it.fixture.SelfCheckingGuest;
import io.godwit.it.fixture.StockQemuTest;
import io.godwit.it.fixture.Transport;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * A stock QEMU takes a snapshot of its guest, which runs on, and a daemon whose RAM is a file makes a mapped-ram file of it.
 * A QEMU told to do both by itself says that it has, and leaves a file that cannot be loaded.
 */
@RequiresQemu
@RequiresBinutils
class BackgroundSnapshotIT extends StockQemuTest {

    private static final int SNAPSHOTS = 20;
    private static final long GUEST_BYTES = 128L << 20;

    private Path file = Path.of("");

    @BeforeEach
    void nameFile() {
        file = directory().resolve("snapshot");
    }

    @Test
    void becomesAFileThatLoadsEachTime() {
        DaemonProcess daemon = daemon("daemon", GuestOptions.held(192).with("--ram", "mapped-ram:" + file));
        QemuProcess source = runningQemu("source");
        source.qmp().setCapabilities("background-snapshot");

        for (int round = 1; round <= SNAPSHOTS; round++) {
            long turnsBefore = SelfCheckingGuest.turns(source);
            takeSnapshot(source, daemon);
            long turnsAfter = SelfCheckingGuest.turns(source);
            assertThat(source.qmp().runState()).isEqualTo("running");

            QemuProcess destination = loadedQemu("destination-" + round);
            assertThat(SelfCheckingGuest.turns(destination)).as("turns at snapshot %d", round)
                    .isStrictlyBetween(turnsBefore, turnsAfter);
            destination.qmp().execute("cont");
            guest().assertGoesOnUnharmed(destination);
            destination.close();
        }
        guest().assertGoesOnUnharmed(source);
    }

    @Test
    void isSmallAndTheRamOfAGuestThatIsSentOn() {
        DaemonProcess daemon = daemon("daemon", GuestOptions.held(192).with("--ram", "mapped-ram:" + file));
        QemuProcess source = runningQemu("source");
        source.qmp().execute("stop");
        source.qmp().setCapabilities("background-snapshot");
        takeSnapshot(source, daemon);
        String ram = source.ramDigest();

        assertArrivedWhole(loadedQemu("from-the-file"), ram);
        QemuProcess destination = waitingQemu("over-a-wire");
        Transport.UNIX.move(daemon, destination, freshPath());
        awaitCompletion(daemon, destination);
        assertArrivedWhole(destination, ram);
        assertThat(DiskSpace.of(file)).isBetween(guest().patternPages() * 4096L, GUEST_BYTES / 2);
    }

    private void takeSnapshot(QemuProcess source, DaemonProcess daemon) {
        Transport.UNIX.move(source, daemon, freshPath());
        awaitCompletion(source, daemon);
    }

    private QemuProcess loadedQemu(String name) {
        QemuProcess destination = waitingQemu(name);
        destination.qmp().setCapabilities("mapped-ram");
        destination.listen("file:" + file);
        destination.qmp().awaitMigration(COMPLETED);
        return destination;
    }
}
