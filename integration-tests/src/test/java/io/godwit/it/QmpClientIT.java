package io.godwit.it;

import static io.godwit.protocol.qapi.MigrationStatus.COMPLETED;
import static io.godwit.protocol.qapi.MigrationStatus.NONE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.godwit.it.fixture.CountingPeer;
import io.godwit.it.fixture.QemuMachine;
import io.godwit.it.fixture.QemuProcess;
import io.godwit.it.fixture.QmpError;
import io.godwit.it.fixture.RequiresQemu;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The tests' own client, against a server that is known to be right. */
@RequiresQemu
class QmpClientIT {

    @Test
    void seesReturnsErrorsAndEventsOfAStockQemu(@TempDir Path directory) {
        try (QemuProcess qemu = QemuProcess.start(directory, "qemu", QemuMachine.bare())) {
            assertThat(qemu.qmp().runState()).isEqualTo("running");
            qemu.qmp().execute("stop");
            qemu.qmp().execute("cont");

            assertThat(qemu.qmp().eventNames()).containsSubsequence("STOP", "RESUME");
            assertThatThrownBy(() -> qemu.qmp().execute("closefd", Map.of("fdname", "x"))).isInstanceOf(QmpError.class)
                    .hasMessage("File descriptor named 'x' not found");
            assertThat(qemu.qmp().migrationStatus()).isEqualTo(NONE);
        }
    }

    @Test
    void followsAMigrationOfAStockQemuToItsEnd(@TempDir Path directory) throws IOException {
        try (QemuProcess qemu = QemuProcess.start(directory, "qemu", QemuMachine.bare());
                CountingPeer peer = CountingPeer.listening(directory.resolve("wire"))) {
            qemu.qmp().setCapabilities("events");
            qemu.qmp().execute("migrate", Map.of("uri", "unix:" + directory.resolve("wire")));

            qemu.qmp().awaitMigration(COMPLETED);

            assertThat(peer.awaitEnd()).isPositive();
            assertThat(qemu.qmp().migrationEvents()).containsExactly("setup", "active", "device", "completed");
        }
    }
}
