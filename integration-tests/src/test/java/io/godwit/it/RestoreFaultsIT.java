package io.godwit.it;

import static io.godwit.protocol.qapi.MigrationStatus.POSTCOPY_PAUSED;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.godwit.it.fixture.BadDisk;
import io.godwit.it.fixture.DaemonProcess;
import io.godwit.it.fixture.QemuMachine;
import io.godwit.it.fixture.QemuProcess;
import io.godwit.it.fixture.RequiresBinutils;
import io.godwit.it.fixture.RequiresQemu;
import io.godwit.it.fixture.RequiresRoot;
import io.godwit.it.fixture.RestoreTest;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** What goes wrong around a restore into a stock QEMU: it is said, and the guest and its snapshot are not the worse for it. */
@RequiresQemu
@RequiresBinutils
class RestoreFaultsIT extends RestoreTest {

    private static final Path USERFAULTFD = Path.of("/proc/sys/vm/unprivileged_userfaultfd");
    private static final long IN_THE_PATTERN = 20 << 20;
    private static final long EXTENT = 64 << 10;
    private static final String NOBODY = "65534";

    private Path file = Path.of("");

    @BeforeEach
    void nameFile() {
        file = directory().resolve("snapshot");
    }

    private JsonNode finish(DaemonProcess pager, String id) {
        pager.qmp().execute("x-godwit-restore-push", Map.of("id", id));
        return awaitRestore(pager, id, "completed");
    }

    /** On demand, so that it has not ended before the fault. */
    private String beginOnDemand(DaemonProcess pager, QemuProcess destination) {
        String id = begin(pager, file, destination, "on-demand");
        awaitRestore(pager, id, "postcopy-active");
        destination.qmp().awaitRunState("running");
        return id;
    }

    @Test
    void aFileThatIsTruncatedPausesItsGuestUntilItIsWholeAgain() throws IOException {
        save(QemuMachine.pc(guest()), file).close();
        Path copy = Files.copy(file, directory().resolve("copy"));
        DaemonProcess pager = pager("pager");
        QemuProcess destination = destination("destination", QemuMachine.pc(guest()));
        String id = beginOnDemand(pager, destination);

        try (var cut = new RandomAccessFile(file.toFile(), "rw")) {
            cut.setLength(IN_THE_PATTERN);
        }
        JsonNode paused = awaitRestore(pager, id, "postcopy-paused");
        destination.qmp().awaitMigration(POSTCOPY_PAUSED);

        assertThat(paused.get("file").asString()).isEqualTo(file.toString());
        assertThat(paused.get("error-desc").asString()).startsWith("the file ends at byte ");
        try (var from = Files.newInputStream(copy); var to = Files.newOutputStream(file)) {
            from.transferTo(to);
        }
        pager.qmp().execute("x-godwit-restore-continue", Map.of("id", id));
        finish(pager, id);
        guest().assertGoesOnUnharmed(destination);
    }

    @Test
    void aFileThatIsReplacedIsReadToItsEndByWhoHasItOpen() throws IOException {
        save(QemuMachine.pc(guest()), file).close();
        DaemonProcess pager = pager("pager");
        QemuProcess destination = destination("destination", QemuMachine.pc(guest()));
        String id = beginOnDemand(pager, destination);

        Files.move(Files.writeString(directory().resolve("other"), "no guest"), file,
                StandardCopyOption.REPLACE_EXISTING);
        finish(pager, id);

        guest().assertGoesOnUnharmed(destination);
    }

    @Test
    @RequiresRoot
    void aPageThatTheDiskDoesNotGivePausesTheGuestAndIsNamed() {
        save(QemuMachine.pc(guest()), file).close();
        DaemonProcess pager = pager("pager");
        QemuProcess destination = destination("destination", QemuMachine.pc(guest()));
        try (var disk = BadDisk.of(file, IN_THE_PATTERN)) {
            JsonNode paused = awaitRestore(pager, begin(pager, disk.file(), destination, "linear"), "postcopy-paused");

            destination.qmp().awaitMigration(POSTCOPY_PAUSED);
            assertThat(paused.get("error-desc").asString()).contains("Input/output error");
            assertThat(paused.get("file").asString()).isEqualTo(disk.file().toString());
            assertThat(paused.get("offset").asLong()).isBetween(IN_THE_PATTERN - 16 * EXTENT, IN_THE_PATTERN);
            assertThat(destination.isAlive()).isTrue();
            pager.terminate();
            pager.awaitExit();
        }
    }

    /** QEMU 10.0 mostly crashes of it when it is to begin a postcopy: then it has said why on its standard error only. */
    @Test
    void aQemuThatLacksADeviceIsReportedAndTheFileIsAsGoodAsBefore() {
        save(QemuMachine.pc(guest()).with("-device", "virtio-serial-pci"), file).close();
        DaemonProcess pager = pager("pager");
        QemuProcess lacking = destination("lacking", QemuMachine.pc(guest()));

        JsonNode failed = awaitRestore(pager, begin(pager, file, lacking, "linear"), "failed");

        assertThat(failed.get("error-desc").asString()).containsAnyOf("QEMU says: ", "it has ended");
        QemuProcess right = destination("right",
                QemuMachine.pc(guest()).with("-device", "virtio-serial-pci"));
        awaitRestore(pager, begin(pager, file, right, "linear"), "completed");
        guest().assertGoesOnUnharmed(right);
    }

    @Test
    void aQemuThatDiesMeanwhileEndsItsRestore() {
        save(QemuMachine.pc(guest()), file).close();
        DaemonProcess pager = pager("pager");
        QemuProcess destination = destination("destination", QemuMachine.pc(guest()));
        String id = beginOnDemand(pager, destination);

        destination.kill();

        assertThat(awaitRestore(pager, id, "failed").get("error-desc").asString()).contains("no QEMU answers on");
        assertThat(ledger()).content().doesNotContain("restore-");
    }

    @Test
    void aSecondDaemonIsRefusedByAQemuThatHasItsGuest() {
        save(QemuMachine.pc(guest()), file).close();
        DaemonProcess first = pager("first");
        QemuProcess destination = destination("destination", QemuMachine.pc(guest()));
        String id = beginOnDemand(first, destination);
        DaemonProcess second = daemon("second", NO_GUEST);

        JsonNode refused = awaitRestore(second, begin(second, file, destination, "linear"), "failed");

        assertThat(refused.get("error-desc").asString()).contains("is running, expected one that waits for a guest");
        finish(first, id);
        guest().assertGoesOnUnharmed(destination);
    }

    @Test
    @RequiresRoot
    void aQemuThatMayNotUseUserfaultfdIsNamedWithTheRemedy() throws Exception {
        assumeThat(USERFAULTFD).content().isEqualToIgnoringWhitespace("0");
        save(QemuMachine.pc(guest()), file).close();
        Path sockets = Files.createDirectory(directory().resolve("nobody"));
        Files.setPosixFilePermissions(sockets, PosixFilePermissions.fromString("rwxrwxrwx"));
        Files.setPosixFilePermissions(directory(), PosixFilePermissions.fromString("rwxr-xr-x"));
        DaemonProcess pager = pager("pager");
        var command = List.of("setpriv", "--reuid=" + NOBODY, "--regid=" + NOBODY, "--clear-groups",
                "qemu-system-x86_64", "-machine", "pc,accel=tcg", "-nodefaults", "-display", "none", "-m", "128",
                "-incoming", "defer", "-qmp", "unix:" + sockets.resolve("qmp") + ",server=on,wait=off");
        Process qemu = new ProcessBuilder(command).redirectErrorStream(true)
                .redirectOutput(directory().resolve("nobody.log").toFile()).start();
        try {
            awaitListener(sockets.resolve("qmp"));
            String id = pager.qmp().execute("x-godwit-restore", Map.of("file", file.toString(), "uri",
                    "unix:" + sockets.resolve("wire"), "qmp", "unix:" + sockets.resolve("qmp"))).get("id").asString();

            assertThat(awaitRestore(pager, id, "failed").get("error-desc").asString())
                    .contains("refuses migrate-set-capabilities").contains("/dev/userfaultfd")
                    .contains("vm.unprivileged_userfaultfd to 1");
            assertThat(qemu.isAlive()).isTrue();
        } finally {
            qemu.destroyForcibly().waitFor();
        }
    }
}
