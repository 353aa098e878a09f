package io.godwit.it;

import static io.godwit.protocol.qapi.MigrationStatus.CANCELLED;
import static io.godwit.protocol.qapi.MigrationStatus.COMPLETED;
import static io.godwit.protocol.qapi.MigrationStatus.FAILED;
import static io.godwit.protocol.qapi.MigrationStatus.POSTCOPY_PAUSED;
import static io.godwit.protocol.qapi.MigrationStatus.PRE_SWITCHOVER;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.godwit.it.fixture.CountingGuest;
import io.godwit.it.fixture.DaemonProcess;
import io.godwit.it.fixture.GuestOptions;
import io.godwit.it.fixture.QemuBehind;
import io.godwit.it.fixture.QemuMachine;
import io.godwit.it.fixture.QemuProcess;
import io.godwit.it.fixture.QmpError;
import io.godwit.it.fixture.RequiresBinutils;
import io.godwit.it.fixture.RequiresQemu;
import io.godwit.it.fixture.RequiresRoot;
import io.godwit.it.fixture.StockQemuTest;
import io.godwit.it.fixture.Until;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

/**
 * A stock QEMU upgraded in place: its guest, which checks itself, goes on in another process behind the same monitor. Root, for the
 * QEMU's userfaultfd, and to read its memory.
 */
@RequiresQemu
@RequiresBinutils
@RequiresRoot
class QemuUpgradeIT extends StockQemuTest {

    private static final String MEMFD = "memory-backend-memfd,id=pc.ram,size=128M,share=on";

    private QemuMachine machine(boolean shared) {
        QemuMachine pc = QemuMachine.pc(guest());
        return shared ? pc.with("-object", MEMFD, "-machine", "memory-backend=pc.ram,aux-ram-share=on") : pc;
    }

    private QemuProcess running(QemuMachine machine) {
        QemuProcess qemu = qemu("qemu", machine);
        guest().awaitUse(qemu);
        return qemu;
    }

    /** A QEMU has one client at its monitor. */
    private DaemonProcess inFrontOf(QemuProcess qemu) {
        qemu.makeWay();
        closeAtEnd(new QemuBehind.Orphans(directory()));
        return daemon("daemon", new GuestOptions(List.of("--qemu", "unix:" + qemu.socket()), false));
    }

    private QemuBehind behind(DaemonProcess daemon) {
        return behind(daemon, "qemu.serial");
    }

    private QemuBehind behind(DaemonProcess daemon, String serial) {
        return new QemuBehind(daemon, directory().resolve(serial), directory().resolve("behind.dump"));
    }

    /** Polls as a manager would, until it is over; gives the run states that were seen. */
    private static Set<String> statesUntil(DaemonProcess daemon, String end) {
        var states = new HashSet<String>();
        JsonNode migration;
        do {
            states.add(daemon.qmp().runState());
            migration = daemon.qmp().queryMigrate();
        } while (Set.of("setup", "active", "device", "postcopy-active").contains(migration.path("status").asString()));
        assertThat(migration.path("status").asString()).as(migration.toString()).isEqualTo(end);
        return states;
    }

    @ParameterizedTest
    @CsvSource({"cpr, true", "postcopy, false", "postcopy, true"})
    void theGuestGoesOnInAnotherQemuBehindTheSameMonitor(String mode, boolean shared) {
        QemuProcess first = running(machine(shared));
        DaemonProcess daemon = inFrontOf(first);
        daemon.qmp().setCapabilities("events");

        daemon.qmp().execute("localhost-migrate", Map.of("mode", mode));
        Set<String> states = statesUntil(daemon, "completed");

        assertThat(states).contains("running").isSubsetOf("running", "finish-migrate");
        assertThat(daemon.qmp().migrationEvents()).startsWith("setup").endsWith("completed");
        assertThat(daemon.qmp().eventNames()).containsSubsequence("STOP", "RESUME").containsOnlyOnce("RESUME")
                .doesNotContain("SHUTDOWN");
        assertThat(first.awaitExit()).isZero();
        assertThat(first.socket()).exists();
        guest().assertGoesOnUnharmed(behind(daemon));
    }

    @Test
    void autoTakesCprWhereTheGuestAllowsItAndItCanBeDoneAgainAndAgain() {
        DaemonProcess daemon = inFrontOf(running(machine(true)));
        for (int upgrade = 1; upgrade <= 3; upgrade++) {
            daemon.qmp().execute("localhost-migrate", Map.of("pre-flight", upgrade != 2));
            assertThat(daemon.qmp().awaitMigration(COMPLETED, FAILED).at("/ram/total").asLong(-1))
                    .as("no RAM goes over the wire").isZero();
        }
        guest().assertGoesOnUnharmed(behind(daemon));
    }

    @Test
    void aPausedGuestArrivesPaused() {
        DaemonProcess daemon = inFrontOf(running(machine(false)));
        daemon.qmp().execute("stop");

        assertThat(human(daemon, "localhost_migrate postcopy")).isEmpty();
        daemon.qmp().awaitMigration(COMPLETED);

        assertThat(daemon.qmp().runState()).isEqualTo("paused");
        daemon.qmp().execute("cont");
        guest().assertGoesOnUnharmed(behind(daemon));
    }

    @ParameterizedTest
    @CsvSource({"cpr, true", "precopy, false"})
    void aMoveThatPausesBeforeTheSwitchoverIsCancelledOrGoesOn(String mode, boolean shared) {
        DaemonProcess daemon = inFrontOf(running(machine(shared)));
        daemon.qmp().setCapabilities("pause-before-switchover");
        for (boolean goesOn : new boolean[]{false, true}) {
            daemon.qmp().execute("localhost-migrate", Map.of("mode", mode));
            daemon.qmp().awaitMigration(PRE_SWITCHOVER);
            if (goesOn) {
                assertThat(daemon.client("upgrade").output()).contains("the guest is on its way to another QEMU");
                daemon.qmp().execute("migrate-continue", Map.of("state", "pre-switchover"));
                daemon.qmp().awaitMigration(COMPLETED);
            } else {
                daemon.qmp().execute("migrate_cancel");
                daemon.qmp().awaitMigration(CANCELLED);
            }
            assertThat(daemon.qmp().runState()).isEqualTo("running");
        }
        guest().assertGoesOnUnharmed(behind(daemon));
    }

    @Test
    void aGuestThatMayHaveRunElsewhereIsNotRunAgain() {
        QemuProcess first = running(machine(false));
        DaemonProcess daemon = inFrontOf(first);
        QemuProcess second = qemu("second", machine(false).incoming());
        second.makeWay();
        daemon.qmp().setParameter("max-postcopy-bandwidth", 1 << 20);

        daemon.qmp().execute("localhost-migrate",
                Map.of("mode", "postcopy", "uri", unixUri("move"), "qmp", "unix:" + second.socket()));
        Until.holds("the guest runs there", () -> daemon.qmp().eventNames().contains("RESUME"));
        assertThatThrownBy(() -> daemon.qmp().execute("migrate_cancel"))
                .hasMessage("Postcopy has begun: the guest cannot be had back from the other QEMU");
        assertThatThrownBy(() -> daemon.qmp().execute("migrate-pause")).isInstanceOf(QmpError.class);
        second.kill();
        daemon.awaitExit();

        assertThat(daemon.log()).contains("The guest has been handed over, and is not run here again");
        assertThat(first.qmp().migrationStatus()).isEqualTo(POSTCOPY_PAUSED);
        assertThat(first.qmp().runState()).isNotEqualTo("running");
    }

    @Test
    void aQemuThatWaitsAlreadyTakesTheGuestAndIsTheOneThatALaterDaemonSpeaksTo() {
        DaemonProcess daemon = inFrontOf(running(machine(false)));
        QemuProcess second = qemu("second", machine(false).incoming());
        second.makeWay();

        daemon.qmp().execute("localhost-migrate",
                Map.of("uri", unixUri("move"), "qmp", "unix:" + second.socket()));
        daemon.qmp().awaitMigration(COMPLETED);

        guest().assertGoesOnUnharmed(behind(daemon, "second.serial"));
        daemon.upgrade();
        guest().assertGoesOnUnharmed(behind(daemon, "second.serial"));
        assertThat(second.isAlive()).isTrue();
    }

    @Test
    void theClientMovesItAndWatches() {
        DaemonProcess daemon = inFrontOf(running(machine(false)));
        var result = daemon.client("localhost-migrate");
        assertThat(result.output()).contains("Migration completed");
        assertThat(result.status()).isZero();
        guest().assertGoesOnUnharmed(behind(daemon));
    }

    @Test
    void aDeviceThatTheOtherQemuLacksIsNamedBeforeAnythingMoves() {
        QemuProcess first = running(machine(false).with("-device", "virtio-keyboard-pci,id=kbd"));
        DaemonProcess daemon = inFrontOf(first);
        QemuProcess lacking = qemu("lacking", machine(false).incoming());
        lacking.makeWay();

        daemon.qmp().execute("localhost-migrate", Map.of("uri", unixUri("move"), "qmp", "unix:" + lacking.socket()));

        assertThat(daemon.qmp().awaitMigration(FAILED, COMPLETED).path("error-desc").asString(""))
                .startsWith("The other QEMU does not take the guest:").contains("virtio-input");
        assertThat(daemon.qmp().runState()).isEqualTo("running");
        assertThat(daemon.qmp().eventNames()).doesNotContain("STOP");
        assertThat(lacking.qmp().runState()).isEqualTo("inmigrate");
        guest().assertGoesOnUnharmed(behind(daemon));
    }

    @Test
    void aDiskThatIsNoLongerTheOneOfTheCommandLineIsNotLost() {
        Path base = CountingGuest.newDisk(directory().resolve("base.qcow2"));
        DaemonProcess daemon = inFrontOf(running(machine(false).with("-drive",
                "if=none,id=disk,format=qcow2,file=" + base, "-device", "virtio-blk-pci,drive=disk")));
        daemon.qmp().execute("blockdev-snapshot-sync", Map.of("device", "disk", "snapshot-file",
                directory().resolve("overlay.qcow2").toString()));

        daemon.qmp().execute("localhost-migrate");

        assertThat(daemon.qmp().awaitMigration(FAILED, COMPLETED).path("error-desc").asString(""))
                .startsWith("Drive 'disk' has").contains("overlay.qcow2").contains("base.qcow2");
        guest().assertGoesOnUnharmed(behind(daemon));
    }

    @Test
    void whatCannotBeIsRefusedAtOnce() {
        DaemonProcess daemon = inFrontOf(running(machine(false)));
        assertRefused(daemon, Map.of("mode", "cpr"),
                "The guest cannot be moved by cpr: its QEMU was started without -machine aux-ram-share=on");
        assertRefused(daemon, Map.of("mode", "flip"), "Parameter 'mode' does not accept value 'flip'");
        assertThat(human(daemon, "localhost_migrate flip")).contains("Error: Parameter 'mode'");
        assertRefused(daemon, Map.of("uri", "unix:/x"),
                "A QEMU that waits is given by 'uri' and 'qmp' together, got 'uri' alone");
        assertThat(daemon.qmp().queryMigrate()).isEmpty();
    }

    @Test
    void aProgramThatIsNoQemuLeavesTheGuestWhereItIs() {
        QemuProcess first = running(machine(false));
        DaemonProcess daemon = inFrontOf(first);
        for (boolean preFlight : new boolean[]{true, false}) {
            daemon.qmp().execute("localhost-migrate",
                    Map.of("qemu", List.of("/bin/false"), "pre-flight", preFlight));
            assertThat(daemon.qmp().awaitMigration(FAILED, COMPLETED).path("error-desc").asString(""))
                    .containsIgnoringCase("the other QEMU ended with status 1");
        }
        assertThat(directory()).isDirectoryNotContaining("glob:**upgrade-*");
        guest().assertGoesOnUnharmed(behind(daemon));
    }

    private static String human(DaemonProcess daemon, String line) {
        return daemon.qmp().execute("human-monitor-command", Map.of("command-line", line)).asString();
    }

    private static void assertRefused(DaemonProcess daemon, Map<String, ?> arguments, String why) {
        assertThatThrownBy(() -> daemon.qmp().execute("localhost-migrate", arguments)).isInstanceOf(QmpError.class)
                .hasMessage(why);
    }
}
