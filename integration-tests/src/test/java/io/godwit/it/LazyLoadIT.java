package io.godwit.it;

import static io.godwit.protocol.qapi.MigrationStatus.COMPLETED;
import static io.godwit.protocol.qapi.MigrationStatus.POSTCOPY_PAUSED;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.godwit.it.fixture.DaemonProcess;
import io.godwit.it.fixture.GuestOptions;
import io.godwit.it.fixture.Heartbeat;
import io.godwit.it.fixture.HugePages;
import io.godwit.it.fixture.MigrationTest;
import io.godwit.it.fixture.QmpClient;
import io.godwit.it.fixture.QmpError;
import io.godwit.it.fixture.RequiresKvm;
import io.godwit.it.fixture.RequiresRoot;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A guest of ours runs while its RAM is still in a file. */
class LazyLoadIT extends MigrationTest {

    /** Where the pages of the first block stand in a file of ours, and in it the first sector that a machine runs. */
    private static final long FIRST_PAGE = 1 << 20;
    private static final long BOOT_SECTOR = FIRST_PAGE + 0x7c00;

    private Path file = Path.of("");

    @BeforeEach
    void nameFile() {
        file = directory().resolve("snapshot");
    }

    @ParameterizedTest
    @ValueSource(strings = {"anonymous", "memfd"})
    void aWorkloadRunsBeforeItsMemoryIsLoadedInto(String ram) {
        save(GuestOptions.workload());

        assertRunsOn(lazily("destination", GuestOptions.workload().with("--ram", ram)));
    }

    @Test
    @RequiresRoot
    void pagesOf2MibComeAsAWhole() throws IOException {
        try (HugePages _ = HugePages.of(128)) {
            save(GuestOptions.workload());
            DaemonProcess destination = lazily("destination",
                    GuestOptions.workload().with("--ram", "memfd,pagesize=2M"));
            assertRunsOn(destination);
            destination.close();
        }
    }

    @Test
    @RequiresKvm
    void aMachineRunsBeforeItsMemoryIsLoaded() {
        DaemonProcess source = daemon("source", GuestOptions.kvm());
        Heartbeat.awaitLines(source, 2);
        save(source);

        DaemonProcess destination = lazily("destination", GuestOptions.kvm());

        assertRunsOn(destination);
        Heartbeat.awaitLines(destination, 2);
        List<Integer> numbers = Heartbeat.numbers(source, destination);
        assertThat(numbers).isEqualTo(Heartbeat.unbroken(numbers));
    }

    @Test
    @RequiresKvm
    void theMonitorAnswersWhileAMachineWaitsForAPageThatIsDamaged() throws IOException {
        DaemonProcess source = daemon("source", GuestOptions.kvm());
        Heartbeat.awaitLines(source, 2);
        save(source);
        assertWaitsAndGoesOn(GuestOptions.kvm());
    }

    @Test
    void theMonitorAnswersWhileAWorkloadWaitsForAPageThatIsDamaged() throws IOException {
        save(GuestOptions.workload());
        assertWaitsAndGoesOn(GuestOptions.workload());
    }

    private void assertWaitsAndGoesOn(GuestOptions guest) throws IOException {
        flip(BOOT_SECTOR);
        DaemonProcess mended = lazily("mended", guest);
        DaemonProcess ended = lazily("ended", guest);
        for (DaemonProcess destination : List.of(mended, ended)) {
            QmpClient qmp = destination.qmp();
            String why = qmp.awaitMigration(POSTCOPY_PAUSED).get("error-desc").asString();
            assertThat(why).contains(file.toString(), "block 'pc.ram' from offset 0x0 on", "do not match their seal");
            assertThat(qmp.runState()).isEqualTo("running");
            qmp.execute("stop");
            assertThat(qmp.runState()).isEqualTo("paused");
            qmp.execute("cont");
            assertThat(qmp.runState()).isEqualTo("running");
            assertThatThrownBy(destination::verify).isInstanceOf(QmpError.class)
                    .hasMessageContaining("RAM of the guest is still on its way here");
        }
        ended.qmp().execute("quit");
        assertThat(ended.awaitExit()).isZero();

        flip(BOOT_SECTOR);
        mended.qmp().execute("migrate-recover", Map.of("uri", "file:" + file));
        mended.qmp().awaitMigration(COMPLETED);
        assertThat(mended.verify()).isNotBlank();
    }

    @Test
    void cannotBeAskedOfASource() {
        DaemonProcess source = daemon("source", GuestOptions.workload());
        assertThatThrownBy(() -> source.qmp().setCapabilities("mapped-ram", "postcopy-ram"))
                .isInstanceOf(QmpError.class)
                .hasMessageContaining("Mapped-ram migration is incompatible with postcopy");
    }

    private void save(GuestOptions guest) {
        save(daemon("source", guest));
    }

    private void save(DaemonProcess source) {
        source.qmp().setCapabilities("mapped-ram");
        migrate(source, "file:" + file);
        source.qmp().awaitMigration(COMPLETED);
    }

    private DaemonProcess lazily(String name, GuestOptions guest) {
        DaemonProcess destination = daemon(name, guest.incoming());
        destination.qmp().setCapabilities("mapped-ram", "postcopy-ram", "events");
        destination.listen("file:" + file);
        return destination;
    }

    private static void assertRunsOn(DaemonProcess destination) {
        destination.qmp().awaitMigration(COMPLETED);
        assertThat(destination.qmp().migrationEvents()).containsExactly("setup", "active", "postcopy-active",
                "completed");
        assertThat(destination.qmp().runState()).isEqualTo("running");
        assertThat(destination.verify()).isNotBlank();
    }

    private void flip(long at) throws IOException {
        assertThat(Files.size(file)).isGreaterThan(at);
        try (var open = new RandomAccessFile(file.toFile(), "rw")) {
            open.seek(at);
            int was = open.read();
            open.seek(at);
            open.write(was ^ 1);
        }
    }
}
