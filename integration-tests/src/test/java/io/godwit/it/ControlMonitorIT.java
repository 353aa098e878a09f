package io.godwit.it;

import static io.godwit.protocol.qapi.MigrationStatus.ACTIVE;
import static io.godwit.protocol.qapi.MigrationStatus.CANCELLED;
import static io.godwit.protocol.qapi.MigrationStatus.COMPLETED;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.godwit.it.fixture.ControlledDaemon;
import io.godwit.it.fixture.ProcessResources;
import io.godwit.it.fixture.Programs;
import io.godwit.it.fixture.QmpClient;
import io.godwit.it.fixture.QmpError;
import io.godwit.it.fixture.RequiresRoot;
import io.godwit.it.fixture.Tree;
import io.godwit.it.fixture.Until;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** Many guests in one daemon, which come and go at its control monitor, each with a monitor of its own. */
class ControlMonitorIT {

    @TempDir
    private Path directory;

    @Test
    void aGuestMovesToAnotherOneOfTheSameDaemon() throws IOException {
        try (var daemon = ControlledDaemon.start(directory)) {
            daemon.add("source", Map.of("smp", 2));
            daemon.add("destination", Map.of("smp", 2, "incoming", "unix:" + directory.resolve("wire")));
            assertThat(daemon.guests()).containsExactly("source", "destination");

            try (var source = daemon.monitor("source"); var destination = daemon.monitor("destination")) {
                source.execute("migrate", Map.of("uri", "unix:" + directory.resolve("wire")));
                source.awaitMigration(COMPLETED);
                destination.awaitRunState("running");
                assertThat(destination.execute("x-godwit-verify").has("result")).isTrue();
                assertThat(source.execute("query-name").path("name").asString()).isEqualTo("source");
            }
            daemon.control().execute("guest-remove", Map.of("name", "source"));

            assertThat(daemon.guests()).containsExactly("destination");
            assertThat(directory.resolve("source.qmp")).doesNotExist();
        }
    }

    @Test
    void aGuestThatQuitsTakesNobodyWithIt() throws IOException {
        try (var daemon = ControlledDaemon.start(directory)) {
            daemon.add("one", Map.of("S", true));
            daemon.add("two", Map.of());
            try (var one = daemon.monitor("one")) {
                one.execute("quit");
            }

            Until.holds("the control monitor told of it",
                    () -> daemon.control().eventNames().contains("GUEST_REMOVED"));
            assertThat(daemon.guests()).containsExactly("two");
            try (var two = daemon.monitor("two")) {
                assertThat(two.runState()).isEqualTo("running");
                assertThat(two.eventNames()).doesNotContain("SHUTDOWN");
            }
            daemon.add("one", Map.of());
            assertThat(daemon.guests()).containsExactly("two", "one");
        }
    }

    @Test
    void nothingIsLeftOfGuestsThatHaveGone() {
        try (var daemon = ControlledDaemon.start(directory)) {
            daemon.add("first", Map.of());
            daemon.control().execute("guest-remove", Map.of("name", "first"));
            ProcessResources before = daemon.resources();
            for (int i = 0; i < 20; i++) {
                daemon.add("guest" + i, Map.of());
            }
            for (int i = 0; i < 20; i++) {
                daemon.control().execute("guest-remove", Map.of("name", "guest" + i));
            }
            daemon.awaitNoMoreThan(before);
        }
    }

    @Test
    void jobsOfAllGuestsAreSeenAndMigrationsAmongThem() throws IOException {
        try (var daemon = ControlledDaemon.start(directory)) {
            daemon.add("slow", Map.of());
            daemon.add("idle", Map.of());
            try (var slow = daemon.monitor("slow")) {
                slow.setParameter("max-bandwidth", 65536);
                slow.execute("migrate", Map.of("uri", "exec:cat >/dev/null"));
                slow.awaitMigration(ACTIVE);

                JsonNode job = daemon.control().execute("query-jobs").get(0);
                assertThat(job.path("guest").asString()).isEqualTo("slow");
                assertThat(job.path("type").asString()).isEqualTo("migrate");
                assertThat(job.path("status").asString()).isEqualTo("running");
                assertThat(job.path("total-progress").asLong()).isPositive();
                assertThat(slow.execute("query-jobs")).isEmpty();

                Map<String, String> which = Map.of("guest", "slow", "id", job.path("id").asString());
                assertThatThrownBy(() -> daemon.control().execute("job-pause", which)).isInstanceOf(QmpError.class)
                        .hasMessage("Job 'migration' in state 'running' cannot accept command verb 'pause'");
                daemon.control().execute("job-cancel", which);
                slow.awaitMigration(CANCELLED);
                assertThatThrownBy(() -> daemon.control().execute("job-cancel", which)).hasMessage("Job not found");
            }
        }
    }

    @Test
    void topShowsAllGuestsInOneTable() throws IOException {
        try (var daemon = ControlledDaemon.start(directory)) {
            daemon.add("slow", Map.of());
            daemon.add("idle", Map.of("S", true));
            try (var slow = daemon.monitor("slow")) {
                slow.setParameter("max-bandwidth", 65536);
                slow.execute("migrate", Map.of("uri", "exec:cat >/dev/null"));
                slow.awaitMigration(ACTIVE);
                daemon.makeWay();

                String table = Programs.require(Tree.launch().toString(), "godwit", "top", "--once",
                        daemon.socket().toString());

                assertThat(table.lines()).hasSize(3);
                assertThat(table.lines().toList().get(1)).startsWith("slow ").contains(" running ", " active ");
                assertThat(table.lines().toList().get(2)).startsWith("idle ").contains(" prelaunch ", " none ");
            }
        }
    }

    @Test
    void aGuestThatCannotBeIsRefusedWithAReasonAndLeavesNothing() {
        try (var daemon = ControlledDaemon.start(directory)) {
            daemon.add("taken", Map.of());

            assertThatThrownBy(() -> daemon.add("taken", Map.of())).hasMessage("There is a guest 'taken' already");
            assertThatThrownBy(() -> daemon.add("other", Map.of("m", "none"))).hasMessageStartingWith("-m is 'none'");
            assertThatThrownBy(() -> daemon.add("other", Map.of("S", "yes")))
                    .hasMessage("Invalid parameter type for 'S', expected: boolean");
            assertThatThrownBy(() -> daemon.add("other", Map.of("incoming", "tcp:nowhere")))
                    .hasMessage("--incoming tcp:nowhere: error parsing address 'nowhere'");
            assertThatThrownBy(() -> daemon.control().execute("guest-add", Map.of("name", "other")))
                    .hasMessage("Parameter 'qmp' is missing");
            assertThatThrownBy(() -> daemon.control().execute("guest-remove", Map.of("name", "other")))
                    .hasMessage("There is no guest 'other'");
            assertThat(daemon.guests()).containsExactly("taken");
            assertThat(directory.resolve("other.qmp")).doesNotExist();
        }
    }

    @Test
    void theSchemaDescribesWhatIsOfferedHere() {
        try (var daemon = ControlledDaemon.start(directory)) {
            var commands = new ArrayList<String>();
            daemon.control().execute("query-commands").forEach(one -> commands.add(one.path("name").asString()));
            var described = new ArrayList<String>();
            var events = new ArrayList<String>();
            for (JsonNode entity : daemon.control().execute("query-qmp-schema")) {
                switch (entity.path("meta-type").asString()) {
                    case "command" -> described.add(entity.path("name").asString());
                    case "event" -> events.add(entity.path("name").asString());
                    default -> {
                    }
                }
            }
            assertThat(described).containsExactlyInAnyOrderElementsOf(commands).contains("guest-add", "guest-remove",
                    "query-guests", "query-jobs", "job-cancel", "x-godwit-upgrade", "quit");
            assertThat(events).containsExactlyInAnyOrder("GUEST_ADDED", "GUEST_REMOVED", "SHUTDOWN",
                    "X_GODWIT_UPGRADE");
        }
    }

    @Test
    void aHundredMonitorsAreServedAtOnce() throws IOException {
        try (var daemon = ControlledDaemon.start(directory)) {
            List<String> monitors = new ArrayList<>();
            for (int i = 0; i < 100; i++) {
                monitors.add("unix:" + directory.resolve("monitor" + i));
            }
            daemon.control().execute("guest-add", Map.of("name", "watched", "qmp", monitors, "accel", "workload", "m",
                    "16M"));
            List<QmpClient> clients = new ArrayList<>();
            try {
                for (int i = 0; i < 100; i++) {
                    clients.add(QmpClient.connect(directory.resolve("monitor" + i)));
                }
                clients.getFirst().execute("stop");
                for (QmpClient client : clients) {
                    assertThat(client.runState()).isEqualTo("paused");
                    assertThat(client.eventNames()).containsExactly("STOP");
                }
            } finally {
                clients.forEach(QmpClient::close);
            }
        }
    }

    @Test
    @RequiresRoot
    void aClientThatIsNotOnTheListIsToldSo() throws IOException {
        try (var daemon = ControlledDaemon.start(directory, "--allow", "uid=54321", "--allow", "uid=0,gid=54321")) {
            Until.holds("the refusal came in the greeting's place", () -> refusal()
                    .contains("A client with uid 0 and gid 0 is not allowed at this monitor"));
            assertThat(daemon.isAlive()).isTrue();
        }
        try (var daemon = ControlledDaemon.start(directory, "--allow", "uid=0")) {
            assertThat(daemon.guests()).isEmpty();
        }
    }

    private String refusal() {
        try (QmpClient unwanted = QmpClient.connect(directory.resolve("control.qmp"))) {
            return unwanted.eventNames().toString();
        } catch (IOException e) { // at first because nobody listens yet
            return String.valueOf(e.getMessage());
        }
    }
}
