package io.godwit.it;

import static io.godwit.protocol.qapi.MigrationStatus.ACTIVE;
import static io.godwit.protocol.qapi.MigrationStatus.CANCELLED;
import static org.assertj.core.api.Assertions.assertThat;

import io.godwit.it.fixture.ControlledDaemon;
import io.godwit.it.fixture.Polling;
import io.godwit.it.fixture.ProcessResources;
import io.godwit.it.fixture.Programs;
import io.godwit.it.fixture.QmpClient;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Another process takes the place of a daemon with many guests: all of them go on there, or none. */
class ControlUpgradeIT {
    /** More than the kernel passes on in one message. */
    private static final int MANY_MONITORS = 300;

    @TempDir
    private Path directory;

    @Test
    void allGuestsGoOnInTheNextProcess() throws IOException {
        try (var daemon = ControlledDaemon.start(directory, "--qmp", monitor("first"), "--name", "first", "--accel",
                "workload", "-m", "16M")) {
            daemon.add("flipped", Map.of());
            daemon.add("handed", Map.of("ram", "memfd", "smp", 2));
            daemon.add("paused", Map.of("S", true));
            daemon.add("empty", Map.of("accel", "none"));
            daemon.add("gone", Map.of());
            daemon.control().execute("guest-remove", Map.of("name", "gone"));
            try (var paused = daemon.monitor("paused")) {
                paused.setParameter("downtime-limit", 123);
            }
            try (var polling = Polling.of(directory.resolve("handed.qmp"))) {
                for (int i = 0; i < 2; i++) {
                    assertThat(daemon.upgrade()).contains("guests: 5");
                    polling.awaitAnswers(5);
                    assertThat(daemon.guests()).containsExactly("first", "flipped", "handed", "paused", "empty");
                }
                assertThat(polling.refusals()).isEmpty();
                assertThat(polling.states()).containsExactly("running");
            }
            for (String guest : List.of("first", "flipped", "handed")) {
                assertUnharmed(daemon, guest);
            }
            try (var paused = daemon.monitor("paused")) {
                assertThat(paused.runState()).isEqualTo("prelaunch");
                assertThat(paused.execute("query-migrate-parameters").path("downtime-limit").asInt()).isEqualTo(123);
            }

            askEachGuest(daemon); // each has a thread from its first command on
            ProcessResources last = daemon.resources();
            daemon.upgrade();
            askEachGuest(daemon);
            daemon.awaitNoMoreThan(last);
            daemon.control().execute("guest-remove", Map.of("name", "first"));
            daemon.upgrade();
            assertThat(daemon.guests()).as("the guest of the command line does not come again")
                    .containsExactly("flipped", "handed", "paused", "empty");
            daemon.add("first", Map.of());
            assertUnharmed(daemon, "first");
        }
    }

    @Test
    void whereOneCannotGoAllStayAndAreUnharmed() throws IOException {
        try (var daemon = ControlledDaemon.start(directory)) {
            daemon.add("flipped", Map.of());
            daemon.add("handed", Map.of("ram", "memfd"));
            daemon.add("busy", Map.of());
            long pid = daemon.pid();
            try (var busy = daemon.monitor("busy")) {
                busy.setParameter("max-bandwidth", 65536);
                busy.execute("migrate", Map.of("uri", "exec:cat >/dev/null"));
                busy.awaitMigration(ACTIVE);
            }

            Programs.Result refused = daemon.client("upgrade");

            assertThat(refused.status()).isNotZero();
            assertThat(refused.output()).contains("Not upgraded, everything is as it was", "guest 'busy': ");
            assertThat(daemon.pid()).isEqualTo(pid);
            assertThat(daemon.guests()).containsExactly("flipped", "handed", "busy");
            assertUnharmed(daemon, "flipped");
            assertUnharmed(daemon, "handed");

            try (var busy = daemon.monitor("busy")) {
                busy.execute("migrate_cancel");
                busy.awaitMigration(CANCELLED);
            }
            daemon.upgrade();
            for (String guest : List.of("flipped", "handed", "busy")) {
                assertUnharmed(daemon, guest);
            }
        }
    }

    @Test
    void hundredsOfMonitorsArePassedOn() throws IOException {
        try (var daemon = ControlledDaemon.start(directory)) {
            List<String> monitors = IntStream.range(0, MANY_MONITORS).mapToObj(i -> monitor("monitor" + i)).toList();
            daemon.add("watched", Map.of("qmp", monitors));

            daemon.upgrade();

            for (int i : new int[]{0, 252, 253, MANY_MONITORS - 1}) {
                try (var client = QmpClient.connect(directory.resolve("monitor" + i + ".qmp"))) {
                    assertThat(client.runState()).isEqualTo("running");
                }
            }
            daemon.control().execute("guest-remove", Map.of("name", "watched"));
            assertThat(directory.resolve("monitor299.qmp")).doesNotExist();
        }
    }

    private static void askEachGuest(ControlledDaemon daemon) throws IOException {
        for (String guest : daemon.guests()) {
            try (var client = daemon.monitor(guest)) {
                assertThat(client.execute("query-name").path("name").asString()).isEqualTo(guest);
            }
        }
    }

    private static void assertUnharmed(ControlledDaemon daemon, String guest) throws IOException {
        try (var client = daemon.monitor(guest)) {
            assertThat(client.runState()).as(guest).isEqualTo("running");
            assertThat(client.execute("x-godwit-verify").path("result").asString()).as(guest).contains("intact");
        }
    }

    private String monitor(String guest) {
        return "unix:" + directory.resolve(guest + ".qmp");
    }
}
