package io.godwit.it.hosts;

import static io.godwit.protocol.qapi.MigrationStatus.COMPLETED;
import static org.assertj.core.api.Assertions.assertThat;

import io.godwit.it.fixture.Programs;
import io.godwit.it.fixture.QmpClient;
import io.godwit.it.fixture.RequiresDocker;
import io.godwit.it.fixture.RequiresRoot;
import io.godwit.it.fixture.Until;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.ValueSource;

/** The life of the Debian package on a host of each Debian, under its own systemd, from the first install to the purge and after. */
@RequiresDocker
@RequiresRoot
@ExtendWith(Images.Resolver.class)
@ParameterizedClass
@ValueSource(strings = {"bookworm", "trixie"})
class InstallIT {
    private static final String WORKLOAD = "--accel workload -m 64 --workload fill=32M,dirty=8M,rate=1000";
    private static final String KEPT = "godwitd@kept";
    private static final String UPGRADED = "godwitd@upgraded";
    /** The user, in files that other packages' users are in, too, and what systemd-sysusers locks. */
    private static final Set<String> OF_THE_USER = Set.of("/etc/.pwd.lock", "/etc/group-", "/etc/gshadow-",
            "/etc/passwd-",
            "/etc/shadow-");
    private static final Set<String> CONFIGURATION = Set.of("/etc/apparmor.d/usr.lib.godwit", "/etc/default/godwit");

    private final String suite;
    private Debian debian;

    InstallIT(String suite) {
        this.suite = suite;
    }

    @BeforeEach
    void boot(Images images) {
        debian = Debian.boot(images.debian(suite), images.packages());
    }

    @AfterEach
    void end() {
        debian.close();
    }

    @Test
    void servesUnderSystemdThroughAnUpgradeAndLeavesNothingWhenPurged() {
        try {
            aptFindsWhatItDependsOn();
            Set<String> before = debian.files();
            debian.require("dpkg --install /mnt/godwit.deb");
            debian.applyDeviceRule();

            theMonitorIsForMembersOfTheGroup();
            aGuestIsSavedAndLoadedAndMovesWithinTheHost();
            guestsStayWhenThePackageIsReplaced();
            reloadBringsThemToTheNewVersion();
            aDaemonThatHangsIsReplaced();

            removalEndsWhatRuns(before);
            purgeLeavesNothing(before);
            debian.require("GODWIT_TRAIN=no dpkg --install /mnt/godwit.deb && systemctl start godwitd.socket");
            assertThat(debian.qmp("godwitd", QmpClient::runState)).isEqualTo("inmigrate");
        } catch (AssertionError e) {
            throw new AssertionError(e.getMessage() + "\nThe journal:\n" + debian.journal(), e);
        }
    }

    /** On a system where nothing is installed yet. */
    private void aptFindsWhatItDependsOn() {
        assertThat(debian.require("apt-get --simulate -o Dir::State::status=/dev/null install /mnt/godwit.deb"))
                .contains("Inst godwit ").contains("Inst libgnutls30").contains("Inst systemd");
    }

    private void theMonitorIsForMembersOfTheGroup() {
        assertThat(debian.require("id --name --groups godwit")).isEqualTo("godwit kvm");
        debian.require(
                "systemd-analyze verify --man=no godwitd.service godwitd.socket godwitd@a.service godwitd@a.socket");
        debian.require(
                "mkdir -p /run/systemd/system/godwitd.service.d && printf '%s\\n' '[Service]' WatchdogSec=6 TimeoutAbortSec=1"
                        + " >/run/systemd/system/godwitd.service.d/test.conf && systemctl daemon-reload");
        debian.require("systemctl start godwitd.socket");
        assertThat(debian.property("godwitd.service", "ActiveState")).isEqualTo("inactive");

        String status = "godwit --socket /run/godwit/godwitd.qmp status";
        Programs.Result refused = debian.tell("setpriv --reuid=nobody --regid=nogroup --clear-groups " + status);
        assertThat(refused.status()).isNotZero();
        assertThat(refused.output()).contains("Permission denied");
        assertThat(debian.require("setpriv --reuid=nobody --regid=nogroup --groups=godwit " + status))
                .contains("inmigrate");

        assertThat(debian.property("godwitd.service", "ActiveState")).isEqualTo("active");
        assertThat(debian.require("stat --format=%U:%G /proc/" + debian.property("godwitd.service", "MainPID")))
                .isEqualTo("godwit:godwit");
    }

    /** By all that a unit's restrictions could be in the way of: write protection, missing pages, pages flipped between processes. */
    private void aGuestIsSavedAndLoadedAndMovesWithinTheHost() {
        start("kept", Files.exists(Path.of("/dev/kvm")) ? "--accel kvm -m 64" : WORKLOAD);
        start("upgraded", WORKLOAD + " --ram memfd");
        debian.qmp("upgraded", guest -> {
            guest.setCapabilities("background-snapshot", "mapped-ram");
            guest.execute("migrate", Map.of("uri", "file:/var/lib/godwit/snapshot"));
            guest.awaitMigration(COMPLETED);
            guest.clearCapabilities("background-snapshot", "mapped-ram");
            return assertIntact(guest);
        });

        start("loaded", WORKLOAD + " --incoming defer");
        start("moved", WORKLOAD + " --incoming unix:/run/godwit/wire");
        debian.qmp("loaded", guest -> {
            guest.setCapabilities("postcopy-ram", "mapped-ram");
            guest.execute("migrate-incoming", Map.of("uri", "file:/var/lib/godwit/snapshot"));
            guest.awaitRunState("running");
            guest.awaitMigration(COMPLETED);
            guest.clearCapabilities("postcopy-ram", "mapped-ram");
            assertIntact(guest);
            guest.execute("localhost-migrate", Map.of("uri", "unix:/run/godwit/wire", "mode", "flip"));
            return guest.awaitMigration(COMPLETED);
        });
        debian.qmp("moved", guest -> {
            guest.awaitRunState("running");
            return assertIntact(guest);
        });
        debian.require("systemctl stop 'godwitd@loaded.*' 'godwitd@moved.*'");
    }

    private void guestsStayWhenThePackageIsReplaced() {
        List<String> pids = List.of(debian.property(KEPT, "MainPID"), debian.property(UPGRADED, "MainPID"));
        String old = debian.versionOf(KEPT);

        debian.require("GODWIT_TRAIN=no dpkg --install /mnt/next.deb");

        assertThat(List.of(debian.property(KEPT, "MainPID"), debian.property(UPGRADED, "MainPID"))).isEqualTo(pids);
        verify("kept");
        verify("upgraded");
        start("fresh", WORKLOAD);
        assertThat(debian.versionOf("godwitd@fresh")).isNotEqualTo(old);
        verify("fresh");
        // What it has not needed before, it finds in its own version: classes, and the helper that starts processes.
        assertThat(debian.versionOf(KEPT)).isEqualTo(old);
        debian.qmp("kept", guest -> {
            guest.execute("migrate", Map.of("uri", "exec:cat >/var/lib/godwit/stream"));
            return guest.awaitMigration(COMPLETED);
        });
    }

    private void reloadBringsThemToTheNewVersion() {
        String next = debian.versionOf("godwitd@fresh");
        for (String unit : List.of(UPGRADED, "godwitd.service")) {
            String pid = debian.property(unit, "MainPID");

            debian.require("systemctl reload " + unit);

            assertThat(debian.property(unit, "MainPID")).isNotEqualTo(pid);
            assertThat(debian.versionOf(unit)).isEqualTo(next);
            assertThat(debian.property(unit, "ActiveState")).isEqualTo("active");
        }
        verify("upgraded");
    }

    /** It is stopped and says nothing, and systemd tires of it, though it is not the process that systemd has started. */
    private void aDaemonThatHangsIsReplaced() {
        String pid = debian.property("godwitd.service", "MainPID");
        assertThat(debian.property("godwitd.service", "NRestarts")).isEqualTo("0");

        debian.require("kill -STOP " + pid);

        Until.holds("systemd has killed it", () -> !Files.exists(debian.root().resolve("proc/" + pid)));
        Until.holds("another daemon serves", () -> debian.property("godwitd.service", "ActiveState").equals("active"));
        assertThat(debian.property("godwitd.service", "NRestarts")).isEqualTo("1");
        assertThat(debian.qmp("godwitd", QmpClient::runState)).isEqualTo("inmigrate");
        assertThat(debian.journal()).contains("Watchdog timeout");
    }

    private void removalEndsWhatRuns(Set<String> before) {
        debian.require("systemctl enable --quiet godwitd.socket godwitd@kept.socket");

        debian.require("dpkg --remove godwit");

        assertThat(debian.require("find /proc -maxdepth 1 -user godwit")).isEmpty();
        assertThat(newFiles(before)).containsAll(CONFIGURATION).allMatch(
                path -> path
                        .matches("/etc/(apparmor.d|default/godwit|godwit|systemd/system)(/.*)?|/var/lib/godwit(/.*)?"));
    }

    private void purgeLeavesNothing(Set<String> before) {
        debian.require("dpkg --purge godwit");

        assertThat(newFiles(before)).isEmpty();
        assertThat(debian.require(
                "systemctl list-unit-files 'godwit*' --no-legend; systemctl list-units 'godwit*' --all --no-legend"))
                .isEmpty();
    }

    /** But for those that users are kept in, and what dpkg and systemd keep for themselves. */
    private Set<String> newFiles(Set<String> before) {
        var files = new TreeSet<>(debian.files());
        files.removeAll(before);
        files.removeAll(OF_THE_USER);
        files.removeIf(path -> path.matches("/var/(log|lib/dpkg|lib/systemd)/.*"));
        return files;
    }

    private void start(String guest, String options) {
        debian.require("mkdir -p /etc/godwit && echo 'GODWIT_GUEST_OPTIONS=\"" + options
                + " --rehearse off\"' >/etc/godwit/" + guest + ".conf && systemctl start godwitd@" + guest);
    }

    private void verify(String guest) {
        debian.qmp(guest, InstallIT::assertIntact);
    }

    private static String assertIntact(QmpClient guest) {
        String result = guest.execute("x-godwit-verify").path("result").asString();
        assertThat(result).startsWith("intact");
        return result;
    }
}
