package io.godwit.it.hosts;

import static org.assertj.core.api.Assertions.assertThat;

import io.godwit.it.fixture.Programs;
import io.godwit.it.fixture.RequiresDocker;
import io.godwit.it.fixture.Until;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The life of the Debian package on a host of each Debian, under its own systemd, from the first install to the purge and after. */
@RequiresDocker
@ExtendWith(Images.Resolver.class)
class InstallIT {
    private static final String WORKLOAD = "--accel workload -m 64 --workload fill=32M,dirty=8M,rate=1000";
    private static final String KEPT = "godwitd@kept";
    private static final String UPGRADED = "godwitd@upgraded";
    /** The user, in files that other packages' users are in, too, and what systemd-sysusers locks. */
    private static final Set<String> OF_THE_USER = Set.of("/etc/.pwd.lock", "/etc/group-", "/etc/gshadow-",
            "/etc/passwd-",
            "/etc/shadow-");
    private static final Set<String> CONFIGURATION = Set.of("/etc/apparmor.d/usr.lib.godwit", "/etc/default/godwit");

    private Debian debian;

    @ParameterizedTest
    @ValueSource(strings = {"bookworm", "trixie"})
    void servesUnderSystemdThroughAnUpgradeAndLeavesNothingWhenPurged(String suite, Images images) throws Exception {
        Path packages = images.packages();
        debian = Debian.boot(images.debian(suite), packages);
        try {
            aptFindsWhatItDependsOn();
            Set<String> before = debian.files();
            install("godwit.deb");
            debian.applyDeviceRule();

            theMonitorIsForMembersOfTheGroup();
            aGuestIsSavedAndLoadedAndMovesWithinTheHost();
            guestsStayWhenThePackageIsReplaced();
            reloadBringsThemToTheNewVersion();
            aDaemonThatHangsIsReplaced();

            removalEndsWhatRuns(before);
            purgeLeavesNothing(before);
            debian.require("GODWIT_TRAIN=no dpkg --install /mnt/godwit.deb");
            assertThat(debian.require("systemctl start godwitd.socket; godwit --socket /run/godwit/godwitd.qmp status"))
                    .contains("inmigrate");
        } catch (AssertionError e) {
            throw new AssertionError(e.getMessage() + "\nThe journal:\n" + debian.journal(), e);
        }
    }

    @AfterEach
    void end() {
        if (debian != null) {
            debian.close();
        }
    }

    /** On a system where nothing is installed yet. */
    private void aptFindsWhatItDependsOn() {
        assertThat(debian.require("apt-get --simulate -o Dir::State::status=/dev/null install /mnt/godwit.deb"))
                .contains("Inst godwit ").contains("Inst libgnutls30").contains("Inst systemd");
    }

    private void install(String file) {
        debian.require("dpkg --install /mnt/" + file);
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
        qmp("upgraded", capabilities("background-snapshot", true));
        debian.client("upgraded", "migrate file:/var/lib/godwit/snapshot");
        qmp("upgraded", capabilities("background-snapshot", false));
        verify("upgraded");

        start("loaded", WORKLOAD + " --incoming defer");
        qmp("loaded", capabilities("postcopy-ram", true));
        qmp("loaded", "{\"execute\":\"migrate-incoming\",\"arguments\":{\"uri\":\"file:/var/lib/godwit/snapshot\"}}");
        debian.client("loaded", "status");
        Until.holds("all of it is loaded", () -> debian.client("loaded", "status").contains("completed"));
        verify("loaded");

        start("moved", WORKLOAD + " --incoming unix:/run/godwit/wire");
        debian.client("loaded", "localhost-migrate unix:/run/godwit/wire --mode flip");
        verify("moved");
        debian.require("systemctl stop 'godwitd@loaded.*' 'godwitd@moved.*'");
    }

    private void guestsStayWhenThePackageIsReplaced() {
        List<String> pids = List.of(debian.property(KEPT, "MainPID"), debian.property(UPGRADED, "MainPID"));
        String old = debian.versionOf(KEPT);

        install("next.deb");

        assertThat(List.of(debian.property(KEPT, "MainPID"), debian.property(UPGRADED, "MainPID"))).isEqualTo(pids);
        verify("kept");
        verify("upgraded");
        start("fresh", WORKLOAD);
        assertThat(debian.versionOf("godwitd@fresh")).isNotEqualTo(old);
        verify("fresh");
        // What it has not needed before, it finds in its own version: classes, and the helper that starts processes.
        assertThat(debian.versionOf(KEPT)).isEqualTo(old);
        debian.client("kept", "migrate 'exec:cat >/var/lib/godwit/stream'");
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

        Until.holds("another daemon serves", () -> debian.property("godwitd.service", "NRestarts").equals("1")
                && debian.property("godwitd.service", "ActiveState").equals("active"));
        assertThat(debian.client("godwitd", "status")).contains("inmigrate");
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
        assertThat(debian.client(guest, "verify")).contains("intact");
    }

    private void qmp(String guest, String line) {
        debian.require("echo '" + line + "' | godwit --socket /run/godwit/" + guest + ".qmp qmp");
    }

    private static String capabilities(String beside, boolean state) {
        return """
                {"execute":"migrate-set-capabilities","arguments":{"capabilities":[{"capability":"%s","state":%b},\
                {"capability":"mapped-ram","state":%2$b}]}}""".formatted(beside, state);
    }
}
