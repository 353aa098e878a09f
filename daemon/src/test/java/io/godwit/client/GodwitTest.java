package io.godwit.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.godwit.client.ClientCommandLine.Invocation;
import io.godwit.client.shell.Wire;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GodwitTest {
    private static final String ACTIVE = """
            {"status": "active", "total-time": 900, "setup-time": 3, "expected-downtime": 300, "ram": {"total": 104857600, \
            "remaining": 26214400, "transferred": 78643200, "mbps": 838.8608, "dirty-pages-rate": 256, "page-size": 4096, \
            "dirty-sync-count": 2, "normal": 1, "duplicate": 2}}""";
    private static final String COMPLETED = """
            {"status": "completed", "total-time": 1234, "setup-time": 3, "downtime": 12, "ram": {"total": 104857600, \
            "remaining": 0, "transferred": 157286400, "mbps": 900.1, "dirty-pages-rate": 0, "page-size": 4096, \
            "dirty-sync-count": 3, "normal": 700, "duplicate": 80}}""";

    private static final String MAPPED_RAM_OFF = """
            [{"capability": "xbzrle", "state": true}, {"capability": "mapped-ram", "state": false}]""";
    private static final String HELD = """
            {"machine-type": "pc-i440fx-10.0", "run-state": "running", "ram": 134348800, "blocks": [{"name": "pc.ram", \
            "size": 134217728, "present-pages": 5000}, {"name": "a\\u001bb", "size": 131072, "present-pages": 0}], \
            "devices": [{"name": "timer", "instance-id": 0, "version": 2, "size": 24}]}""";

    @TempDir
    private Path directory;
    private FakeMonitor monitor;
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();
    private final List<String> waits = new ArrayList<>();
    private String input = "";
    private boolean interactive;

    @BeforeEach
    void listens() throws IOException {
        monitor = new FakeMonitor(directory);
    }

    @AfterEach
    void closes() throws IOException {
        monitor.close();
    }

    @Test
    void watchesAMigrationUntilItHasCompleted() {
        monitor.on("migrate", "{}").on("query-migrate", "{\"status\": \"setup\"}", ACTIVE, COMPLETED).start();

        assertThat(godwit("migrate", "tcp:h:1")).isZero();
        assertThat(monitor.requests()).first()
                .isEqualTo("{\"execute\":\"migrate\",\"arguments\":{\"uri\":\"tcp:h:1\"}}");
        assertThat(printed()).isEqualTo("""
                setup: 0.0 %, 0 of 0 MiB left, 0 MiB sent, 0 MiB/s, pass 0, dirty 0 MiB/s
                active: 75.0 %, 25 of 100 MiB left, 75 MiB sent, 100 MiB/s, pass 2, dirty 1 MiB/s
                Migration completed in 1.234 s, downtime 12 ms, 150.0 MiB sent: 700 pages with content, 80 zero
                """);
        assertThat(waits).hasSize(2);
    }

    @Test
    void watchesAMoveToAnotherProcessInTheSameWay() {
        monitor.on("localhost-migrate", "{}").on("query-migrate", ACTIVE, COMPLETED).start();

        assertThat(godwit("localhost-migrate", "unix:/x", "--mode", "flip")).isZero();
        assertThat(monitor.requests()).first().isEqualTo(
                "{\"execute\":\"localhost-migrate\",\"arguments\":{\"uri\":\"unix:/x\",\"mode\":\"flip\"}}");
        assertThat(printed()).endsWith("700 pages with content, 80 zero\n");
    }

    @Test
    void drawsABarOverOneLineOnATerminal() {
        interactive = true;
        monitor.on("migrate", "{}").on("query-migrate", ACTIVE, COMPLETED).start();

        assertThat(godwit("migrate", "tcp:h:1")).isZero();
        assertThat(printed()).startsWith("\r[##################------] active: 75.0 %")
                .contains("\r\033[KMigration completed");
        assertThat(printed()).containsOnlyOnce("\n");
    }

    @Test
    void printsQueryMigrateAsJsonLinesTheLastOfWhichIsTheOutcome() {
        monitor.on("migrate", "{}").on("query-migrate", ACTIVE, COMPLETED).start();

        assertThat(godwit("--json", "migrate", "tcp:h:1")).isZero();
        assertThat(printed().lines().map(line -> Monitor.JSON.readTree(line)))
                .containsExactly(Monitor.JSON.readTree(ACTIVE), Monitor.JSON.readTree(COMPLETED));
    }

    @Test
    void failsWhenTheMigrationFailsAndSaysWhy() {
        monitor.on("migrate", "{}")
                .on("query-migrate", ACTIVE, "{\"status\": \"failed\", \"error-desc\": \"peer is gone\"}")
                .start();

        assertThat(godwit("migrate", "tcp:h:1")).isEqualTo(1);
        assertThat(printed()).endsWith("Migration failed: peer is gone\n");
    }

    @Test
    void failsWhenTheMigrationIsCancelled() {
        monitor.on("migrate", "{}").on("query-migrate", ACTIVE, "{\"status\": \"cancelled\"}").start();

        assertThat(godwit("migrate", "tcp:h:1")).isEqualTo(1);
    }

    @Test
    void printsALineNowAndThenWhileNothingChanges() {
        var same = new ArrayList<String>();
        for (int i = 0; i < 25; i++) {
            same.add(ACTIVE);
        }
        same.add(COMPLETED);
        monitor.on("migrate", "{}").on("query-migrate", same.toArray(String[]::new)).start();

        assertThat(godwit("migrate", "tcp:h:1")).isZero();
        assertThat(printed().lines()).hasSize(1 + 2 + 1);
    }

    @Test
    void showsAMigrationAsVirshWould() {
        monitor.on("query-migrate", ACTIVE.replace("\"normal\": 1", "\"normal\": 1, \"normal-bytes\": 4096")).start();

        assertThat(godwit("job", "--format", "virsh")).isZero();
        assertThat(printed().lines().map(String::stripTrailing)).containsExactly("Job type:         Unbounded",
                "Operation:        Outgoing migration", "Time elapsed:     900          ms",
                "Data processed:   75.000 MiB", "Data remaining:   25.000 MiB", "Data total:       100.000 MiB",
                "Memory processed: 75.000 MiB", "Memory remaining: 25.000 MiB", "Memory total:     100.000 MiB",
                "Memory bandwidth: 100.000 MiB/s", "Dirty rate:       256          pages/s",
                "Page size:        4096         bytes", "Iteration:        2", "Constant pages:   2",
                "Normal pages:     1", "Normal data:      4.000 KiB", "Expected downtime: 300          ms",
                "Setup time:       3            ms");
    }

    @Test
    void showsThatThereIsNoMigrationAsVirshWould() {
        monitor.on("query-migrate", "{}").start();

        assertThat(godwit("job", "--format", "virsh")).isZero();
        assertThat(printed().strip()).isEqualTo("Job type:         None");
    }

    @Test
    void listsGuestsByTheirMonitorsAndSaysWhichDoNotAnswer() throws IOException {
        monitor.on("query-name", "{\"name\": \"vm1\"}").on("query-status", "{\"status\": \"running\"}")
                .on("query-migrate", ACTIVE).start();
        Path nobody = directory.resolve("nobody");
        try (var _ = ServerSocketChannel.open(StandardProtocolFamily.UNIX)
                .bind(UnixDomainSocketAddress.of(nobody))) {
            assertThat(onFiles("top", "--once", directory.toString())).isEqualTo(1);
        }
        assertThat(printed().lines()).hasSize(3).anySatisfy(line -> assertThat(line)
                .matches("vm1 +running +active +75.0% +75 +25 +100 +1"))
                .contains("nobody               its monitor is another client's at the moment");
    }

    private static final String CONTRACT = """
            {"status": "%s", "x-godwit-contract": {"terms": {"deadline-s": 1}, "report": {"blackout-ms": 12, \
            "brownout-ms": 1222, "precopy-bytes": 1048576, "downtime-bytes": 524288, "postcopy-bytes": 0, "broken": [%s]}}}""";

    @Test
    void asksForTermsAndSaysWhatCameOfThem() {
        monitor.on("migrate", "{}").on("query-migrate", ACTIVE, CONTRACT.formatted("completed", "")).start();

        assertThat(godwit("migrate", "tcp:h:1", "--max-bytes", "3G", "--max-downtime-ms", "50", "--deadline-s", "9"))
                .isZero();
        assertThat(monitor.requests()).first().isEqualTo("{\"execute\":\"migrate\",\"arguments\":{\"uri\":\"tcp:h:1\","
                + "\"max-bytes\":3221225472,\"max-downtime-ms\":50,\"deadline-s\":9}}");
        assertThat(printed()).endsWith("Terms kept: blackout 12 ms, brownout 1.222 s; 1.0 MiB in precopy, "
                + "0.5 MiB in downtime, 0.0 MiB in postcopy\n");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            "verdict": "feasible"                                        | terms feasible
            "verdict": "only-with-postcopy", "reason": "max-bytes: 9 GB" | terms only with postcopy: max-bytes: 9 GB
            """)
    void saysWhileItRunsWhetherItsTermsCanBeKept(String forecast, String words) {
        String active = ACTIVE.replaceFirst("\\{", "{\"x-godwit-contract\": {\"forecast\": {" + forecast + "}}, ");
        monitor.on("migrate", "{}").on("query-migrate", active, CONTRACT.formatted("completed", "")).start();

        assertThat(godwit("migrate", "tcp:h:1", "--deadline-s", "1")).isZero();
        assertThat(printed().lines().findFirst().orElseThrow()).endsWith(", " + words);
    }

    @Test
    void saysWhichTermsWereBrokenWithItsReport() {
        interactive = true;
        monitor.on("migrate", "{}").on("query-migrate", ACTIVE,
                CONTRACT.formatted("completed", "\"deadline-s: it took 1.234 s, at most 1 expected\"")).start();

        assertThat(godwit("migrate", "tcp:h:1", "--deadline-s", "1")).isZero();
        assertThat(printed()).contains(
                "\nTerms broken: deadline-s: it took 1.234 s, at most 1 expected. It was blackout 12 ms,");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            --max-bytes       | 1X   | --max-bytes is '1X', expected a size such as 512M or 8G
            --max-bytes       | 0    | --max-bytes is '0', expected a size such as 512M or 8G
            --max-downtime-ms | 0.5  | --max-downtime-ms is '0.5', expected a whole number
            --deadline-s      | soon | --deadline-s is 'soon', expected a whole number
            """)
    void refusesTermsThatAreNone(String option, String value, String sentence) {
        assertThat(((Invocation.Misused) parse("--socket", "/s", "migrate", "tcp:h:1", option, value)).sentence())
                .isEqualTo(sentence);
    }

    @Test
    void listsAllGuestsOfAControlMonitorWithTheirJobs() {
        monitor.on("query-guests", """
                [{"name": "vm1", "kind": "workload", "status": "running", "migration-info": %s}, \
                {"name": "vm2", "kind": "qemu"}]""".formatted(ACTIVE))
                .on("query-jobs",
                        """
                                [{"id": "migration", "type": "migrate", "status": "running", "guest": "vm1"}, \
                                {"id": "save", "type": "snapshot-save", "status": "running", "current-progress": 1, "total-progress": 4, \
                                "guest": "vm2"}]""")
                .start();

        assertThat(onFiles("top", "--once", monitor.path().toString())).isZero();
        var lines = printed().lines().toList();
        assertThat(lines).hasSize(4);
        assertThat(lines.get(1)).matches("vm1 +running +active +75.0% +75 +25 +100 +1");
        assertThat(lines.get(2)).matches("vm2 +qemu +none +0.0% +0 +0 +0 +0");
        assertThat(lines.get(3)).matches("  save +snapshot-save running +25.0%");
    }

    @Test
    void listsAllGuestsOfAControlMonitorForPrograms() {
        monitor.on("query-guests", "[{\"name\": \"vm1\", \"status\": \"paused\"}]")
                .on("query-jobs",
                        "[{\"id\": \"r1\", \"type\": \"restore\", \"status\": \"running\", \"guest\": \"vm1\"}]")
                .start();

        assertThat(onFiles("top", "--json", "--once", monitor.path().toString())).isZero();
        assertThat(printed()).isEqualTo("{\"monitor\":\"" + monitor.path()
                + "\",\"name\":\"vm1\",\"status\":\"paused\",\"migration\":\"none\",\"transferred\":0,\"remaining\":0,"
                + "\"jobs\":[{\"id\":\"r1\",\"type\":\"restore\",\"status\":\"running\",\"current-progress\":0,"
                + "\"total-progress\":0}]}\n");
    }

    @Test
    void onlyStartsADetachedMigration() {
        monitor.on("migrate", "{}").start();

        assertThat(godwit("migrate", "--detach", "tcp:h:1")).isZero();
        assertThat(monitor.requests()).hasSize(1);
    }

    @Test
    void failsWithTheServersWordsWhenMigrateIsRefused() {
        monitor.on("migrate", FakeMonitor.error("GenericError", "unknown migration protocol: warp:9")).start();

        assertThat(godwit("migrate", "warp:9")).isEqualTo(1);
        assertThat(complained()).isEqualTo("godwit: unknown migration protocol: warp:9\n");
    }

    @Test
    void printsTheServersErrorAsJsonOnRequest() {
        monitor.on("migrate", FakeMonitor.error("GenericError", "no")).start();

        assertThat(godwit("migrate", "warp:9", "--json")).isEqualTo(1);
        assertThat(printed()).isEqualTo("{\"error\":{\"class\":\"GenericError\",\"desc\":\"no\"}}\n");
    }

    @Test
    void failsWhenTheConnectionEndsBeforeTheMigrationHas() {
        monitor.on("migrate", "{}").on("query-migrate", ACTIVE, "hang up").start();

        assertThat(godwit("migrate", "tcp:h:1")).isEqualTo(1);
        assertThat(complained()).isEqualTo("godwit: The monitor closed the connection\n");
    }

    @Test
    void savesASnapshotWithMappedRamOnAndPutsItBack() {
        monitor.on("query-migrate-capabilities", MAPPED_RAM_OFF).on("migrate-set-capabilities", "{}")
                .on("migrate", "{}").on("query-migrate", ACTIVE, COMPLETED)
                .on("query-status", "{\"status\": \"postmigrate\", \"running\": false}")
                .on("x-godwit-query-held", FakeMonitor.error("GenericError", "This guest runs here")).start();

        assertThat(godwit("snapshot", "/var/g,offset=1")).isZero();
        assertThat(monitor.requests()).containsExactly("{\"execute\":\"query-migrate-capabilities\"}",
                mappedRam(true),
                "{\"execute\":\"migrate\",\"arguments\":{\"channels\":[{\"channel-type\":\"main\",\"addr\":"
                        + "{\"transport\":\"file\",\"filename\":\"/var/g,offset=1\",\"offset\":0}}]}}",
                "{\"execute\":\"query-migrate\"}", "{\"execute\":\"query-migrate\"}", mappedRam(false),
                "{\"execute\":\"query-status\"}", "{\"execute\":\"x-godwit-query-held\"}");
        assertThat(printed()).startsWith("active: 75.0 %").contains("Migration completed in 1.234 s")
                .endsWith("Saved in /var/g,offset=1; the guest is stopped (postmigrate), cont lets it run on here\n");
    }

    @Test
    void leavesMappedRamOnWhereItWas() {
        monitor.on("query-migrate-capabilities", MAPPED_RAM_OFF.replace("false", "true")).on("migrate", "{}")
                .on("query-migrate", COMPLETED).start();

        assertThat(godwit("snapshot", "/g", "--json")).isZero();
        assertThat(monitor.requests()).extracting(request -> Wire.parse(request).path("execute").asString())
                .containsExactly("query-migrate-capabilities", "migrate", "query-migrate");
        assertThat(Monitor.JSON.readTree(printed())).isEqualTo(Monitor.JSON.readTree(COMPLETED));
    }

    @Test
    void catchesMemoryAndDisksAtOnceAndWritesAManifest(@TempDir Path place) throws IOException {
        Path memory = Files.writeString(place.resolve("memory"), "pages");
        monitor.on("query-migrate-capabilities", MAPPED_RAM_OFF).on("migrate-set-capabilities", "{}")
                .on("query-named-block-nodes", "[{\"node-name\": \"disk0\", \"file\": \"/base.qcow2\"}]")
                .on("transaction",
                        event("JOB_STATUS_CHANGE", "\"data\": {\"id\": \"migrate7\", \"status\": \"created\"}, ", 0)
                                + event("STOP", "", 1_000) + event("RESUME", "", 3_500) + "{\"return\": {}}")
                .on("query-jobs", job("\"running\""), job("\"concluded\"")).on("job-dismiss", "{}").start();

        assertThat(godwit("snapshot", memory.toString(), "--disk", "disk0=/overlay.qcow2")).isZero();

        var manifest = Monitor.JSON.readTree(Files.readString(place.resolve("memory.json")));
        assertThat(manifest.at("/memory/bytes").asLong()).isEqualTo(5);
        assertThat(manifest.at("/memory/seal").asString()).isEqualTo("unsealed");
        assertThat(manifest.at("/disks/0/image").asString()).isEqualTo("/base.qcow2");
        assertThat(manifest.at("/disks/0/overlay").asString()).isEqualTo("/overlay.qcow2");
        assertThat(manifest.path("pause-ms").asDouble()).isEqualTo(2.5);
        assertThat(manifest.path("time").asString()).isEqualTo("1970-01-01T00:00:07.001Z");
        assertThat(printed()).contains("the guest stood still for 2.5 ms");
        assertThat(monitor.requests()).contains(
                "{\"execute\":\"job-dismiss\",\"arguments\":{\"id\":\"migrate7\"}}").last()
                .isEqualTo(mappedRam(false));
    }

    @Test
    void writesNoManifestOfASnapshotThatFailed(@TempDir Path place) {
        monitor.on("query-migrate-capabilities", MAPPED_RAM_OFF).on("migrate-set-capabilities", "{}")
                .on("query-named-block-nodes", "[]")
                .on("transaction",
                        event("JOB_STATUS_CHANGE", "\"data\": {\"id\": \"migrate7\", \"status\": \"created\"}, ", 0)
                                + "{\"return\": {}}")
                .on("query-jobs",
                        "{\"return\": " + job("\"concluded\", \"error\": \"No space left on device\"") + "}")
                .on("job-dismiss", "{}").start();

        assertThat(godwit("snapshot", place.resolve("memory").toString(), "--live")).isEqualTo(1);
        assertThat(complained()).isEqualTo("godwit: The memory is not saved: No space left on device\n");
        assertThat(place).isEmptyDirectory();
    }

    @Test
    void refusesADiskThatIsNotNamedByNodeAndOverlay() {
        assertThat(((Invocation.Misused) parse("--socket", "/s", "snapshot", "/m", "--disk", "disk0")).sentence())
                .isEqualTo("--disk is 'disk0', expected NODE=OVERLAY");
    }

    private static String event(String name, String data, int microseconds) {
        return "{\"event\": \"" + name + "\", " + data + "\"timestamp\": {\"seconds\": 7, \"microseconds\": "
                + microseconds + "}}\r\n";
    }

    /** The status, and what follows it. */
    private static String job(String status) {
        return "[{\"id\": \"migrate7\", \"type\": \"migrate\", \"current-progress\": 1, \"total-progress\": 2,"
                + " \"status\": " + status + "}]";
    }

    @Test
    void saysThatAHeldGuestIsStillHeldAfterItsSnapshot() {
        monitor.on("query-migrate-capabilities", MAPPED_RAM_OFF).on("migrate-set-capabilities", "{}")
                .on("migrate", "{}").on("query-migrate", COMPLETED)
                .on("query-status", "{\"status\": \"postmigrate\", \"running\": false}")
                .on("x-godwit-query-held", HELD).start();

        assertThat(godwit("snapshot", "/g")).isZero();
        assertThat(printed()).endsWith("Saved in /g; what it was made of is still held here (postmigrate)\n");
    }

    @Test
    void namesTheFileAsTheClientSeesIt() {
        monitor.on("query-migrate-capabilities", MAPPED_RAM_OFF).on("migrate-set-capabilities", "{}")
                .on("migrate", FakeMonitor.error("GenericError", "no")).start();

        assertThat(godwit("snapshot", "here")).isEqualTo(1);
        assertThat(monitor.requests())
                .anyMatch(request -> request.contains("\"filename\":\"" + Path.of("here").toAbsolutePath() + "\""));
    }

    @Test
    void putsMappedRamBackWhenTheSnapshotFails() {
        monitor.on("query-migrate-capabilities", MAPPED_RAM_OFF).on("migrate-set-capabilities", "{}")
                .on("migrate", "{}")
                .on("query-migrate", ACTIVE, "{\"status\": \"failed\", \"error-desc\": \"No space left on device\"}")
                .start();

        assertThat(godwit("snapshot", "/g")).isEqualTo(1);
        assertThat(monitor.requests()).last().isEqualTo(mappedRam(false));
        assertThat(printed()).endsWith("Migration failed: No space left on device\n");
    }

    @Test
    void putsMappedRamBackWhenTheSnapshotIsRefused() {
        monitor.on("query-migrate-capabilities", MAPPED_RAM_OFF).on("migrate-set-capabilities", "{}")
                .on("migrate", FakeMonitor.error("GenericError", "Could not create '/g'")).start();

        assertThat(godwit("snapshot", "/g")).isEqualTo(1);
        assertThat(monitor.requests()).last().isEqualTo(mappedRam(false));
        assertThat(complained()).isEqualTo("godwit: Could not create '/g'\n");
    }

    @Test
    void takesNoSnapshotWhereMappedRamDoesNotGoWithWhatIsOn() {
        monitor.on("query-migrate-capabilities", MAPPED_RAM_OFF)
                .on("migrate-set-capabilities",
                        FakeMonitor.error("GenericError", "Mapped-ram migration is incompatible with xbzrle"))
                .start();

        assertThat(godwit("snapshot", "/g")).isEqualTo(1);
        assertThat(monitor.requests()).last().isEqualTo(mappedRam(true));
        assertThat(complained()).isEqualTo("godwit: Mapped-ram migration is incompatible with xbzrle\n");
    }

    @Test
    void showsWhatIsHeld() {
        monitor.on("x-godwit-query-held", HELD).start();

        assertThat(godwit("held")).isZero();
        assertThat(printed()).isEqualTo("""
                pc-i440fx-10.0, running at its source: 131200 KiB of RAM in 2 blocks, 1 device sections
                block   pc.ram: 131072 KiB, 5000 pages present
                block   a?b: 128 KiB, 0 pages present
                device  timer: instance 0, version 2, 24 bytes
                """);
    }

    @Test
    void showsWhatIsHeldAsItCame() {
        monitor.on("x-godwit-query-held", HELD).start();

        assertThat(godwit("held", "--json")).isZero();
        assertThat(Monitor.JSON.readTree(printed())).isEqualTo(Monitor.JSON.readTree(HELD));
    }

    @Test
    void failsWhenNothingIsHeld() {
        monitor.on("x-godwit-query-held", FakeMonitor.error("GenericError", "Nothing is held yet")).start();

        assertThat(godwit("held")).isEqualTo(1);
        assertThat(complained()).isEqualTo("godwit: Nothing is held yet\n");
    }

    @Test
    void showsTheGuestAndItsMigration() {
        monitor.on("query-name", "{\"name\": \"vm1\"}")
                .on("query-status", "{\"status\": \"running\", \"running\": true}").on("query-migrate", ACTIVE).start();

        assertThat(godwit("status")).isZero();
        assertThat(printed()).isEqualTo("""
                guest      vm1
                run state  running
                migration  active
                           active: 75.0 %, 25 of 100 MiB left, 75 MiB sent, 100 MiB/s, pass 2, dirty 1 MiB/s
                           for 0.9 s
                """);
    }

    @Test
    void showsTheGuestAsJson() {
        monitor.on("query-name", "{}").on("query-status", "{\"status\": \"paused\", \"running\": false}")
                .on("query-migrate", "{}").start();

        assertThat(godwit("status", "--json")).isZero();
        assertThat(printed())
                .isEqualTo("{\"name\":\"\",\"status\":{\"status\":\"paused\",\"running\":false},\"migration\":{}}\n");
    }

    @Test
    void waitsUntilTheMigrationIsCancelled() {
        monitor.on("migrate_cancel", "{}")
                .on("query-migrate", ACTIVE, "{\"status\": \"cancelling\"}", "{\"status\": \"cancelled\"}").start();

        assertThat(godwit("cancel")).isZero();
        assertThat(printed()).endsWith("Migration was cancelled\n");
    }

    @Test
    void failsWhenTheMigrationCompletedBeforeItCouldBeCancelled() {
        monitor.on("migrate_cancel", "{}").on("query-migrate", ACTIVE, COMPLETED).start();

        assertThat(godwit("cancel")).isEqualTo(1);
    }

    @Test
    void failsWhenThereIsNothingToCancel() {
        monitor.on("query-migrate", COMPLETED).start();

        assertThat(godwit("cancel")).isEqualTo(1);
        assertThat(complained()).isEqualTo("godwit: no migration is running\n");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            stop | paused    | false | 0 | The guest is paused (paused)
            stop | running   | true  | 1 | The guest runs on (running)
            cont | running   | true  | 0 | The guest runs (running)
            cont | paused    | false | 1 | The guest does not run (paused)
            cont | inmigrate | false | 0 | The guest waits for its migration and will run on arrival
            stop | inmigrate | false | 0 | The guest waits for its migration and will not run on arrival
            """)
    void looksWhetherTheGuestDoesWhatWasAsked(String command, String state, boolean running, int exit, String line) {
        monitor.on("stop", "{\"event\": \"STOP\"}\r\n{\"return\": {}}").on("cont", "{}")
                .on("query-status", "{\"status\": \"" + state + "\", \"running\": " + running + "}").start();

        assertThat(godwit(command)).isEqualTo(exit);
        assertThat(printed()).isEqualTo(line + "\n");
    }

    @Test
    void printsWhatVerifyFound() {
        monitor.on("x-godwit-verify", "{\"result\": \"512 pages checked\"}").start();

        assertThat(godwit("verify")).isZero();
        assertThat(printed()).isEqualTo("512 pages checked\n");
    }

    @Test
    void failsWhenMemoryIsNotAsItShouldBe() {
        monitor.on("x-godwit-verify", FakeMonitor.error("GenericError", "page 7: 3, expected 4")).start();

        assertThat(godwit("verify")).isEqualTo(1);
        assertThat(complained()).isEqualTo("godwit: page 7: 3, expected 4\n");
    }

    @Test
    void sendsWordsToTheHumanMonitor() {
        monitor.on("human-monitor-command", "\"VM status: running\\r\\n\"").start();

        assertThat(godwit("hmp", "info", "status")).isZero();
        assertThat(monitor.requests()).containsExactly(
                "{\"execute\":\"human-monitor-command\",\"arguments\":{\"command-line\":\"info status\"}}");
        assertThat(printed()).isEqualTo("VM status: running\n");
    }

    @ParameterizedTest
    @CsvSource({"unknown command: 'warp'", "Error: unknown migration protocol: x"})
    void failsWhenTheHumanMonitorComplains(String text) {
        monitor.on("human-monitor-command", "\"" + text + "\\r\\n\"").start();

        assertThat(godwit("hmp", "warp")).isEqualTo(1);
    }

    @Test
    void passesQmpLinesThroughUntilTheServerHasAnsweredAll() {
        input = "{\"execute\": \"query-status\"}\n\n{\"execute\": \"stop\"}";
        monitor.on("query-status", "{\"status\": \"running\"}").on("stop", "{\"event\": \"STOP\"}\r\n{\"return\": {}}")
                .start();

        assertThat(godwit("qmp")).isZero();
        assertThat(printed()).isEqualTo("""
                {"return": {"status": "running"}}
                {"event": "STOP"}
                {"return": {}}
                """);
    }

    @Test
    void pipesTheShortFormThroughAsTheSchemaSays() {
        input = "stop\njob-cancel id=5\n{\"execute\": \"stop\"}\n";
        monitor.on("query-qmp-schema", """
                {"id": "godwit-schema", "return": [\
                {"name": "job-cancel", "meta-type": "command", "arg-type": "A", "ret-type": "A"}, \
                {"name": "A", "meta-type": "object", "members": [{"name": "id", "type": "str"}]}, \
                {"name": "str", "meta-type": "builtin", "json-type": "string"}]}""").on("stop", "{}")
                .on("job-cancel", "{}").start();

        assertThat(godwit("qmp")).isZero();
        assertThat(printed()).isEqualTo("{\"return\": {}}\n".repeat(3));
        assertThat(monitor.requests()).containsExactly(
                "{\"execute\": \"query-qmp-schema\", \"id\": \"godwit-schema\"}", "{\"execute\":\"stop\"}",
                "{\"execute\":\"job-cancel\",\"arguments\":{\"id\":\"5\"}}", "{\"execute\": \"stop\"}");
    }

    @Test
    void failsWhenAPipedLineIsNotUnderstood() {
        input = "migrate tcp:host:1\n";
        monitor.on("query-qmp-schema", "{\"id\": \"godwit-schema\", \"return\": []}").start();

        assertThat(godwit("qmp")).isEqualTo(1);
        assertThat(complained()).isEqualTo("godwit: 'tcp:host:1' is not understood, expected NAME=VALUE\n");
    }

    @Test
    void failsWhenAQmpLineDrewAnError() {
        input = "{\"execute\": \"warp\"}\n";
        monitor.start();

        assertThat(godwit("qmp")).isEqualTo(1);
    }

    @Test
    void saysWhatIsWrongWithTheMonitor() throws IOException {
        monitor.greeting("hello").start();

        assertThat(godwit("status")).isEqualTo(1);
        assertThat(complained()).startsWith("godwit: The monitor sent what is no JSON: ");
    }

    @Test
    void saysWhenNobodyListens() throws IOException {
        monitor.close();

        assertThat(godwit("status")).isEqualTo(1);
        assertThat(complained()).startsWith("godwit: Cannot connect to the monitor " + monitor.path() + ": ");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            --socket /s                  | which command? One of migrate, localhost-migrate, upgrade, snapshot, restore, clone, restores, held, status, job, top, cancel, stop, cont, verify, qmp, hmp, inspect, diff, seal, repair, convert
            status                       | --socket PATH is missing: the unix socket of the guest's QMP monitor
            --socket /s migrate          | Missing required parameter: 'URI'
            --socket /s snapshot         | Missing required parameter: 'FILE'
            --socket /s clone /f --run   | --run needs the QEMU to start: --run -- qemu-system-x86_64 and its options
            --socket /s clone /f -- qemu | --run is missing: without it qemu is not started
            --socket /s snapshot /f --qmp unix:/q --live | --qmp saves memory alone, and the guest runs on anyway: not with --disk or --live
            --socket /s job --format xml | --format is 'xml', expected text or virsh
            top                          | Missing required parameter: 'MONITOR'
            --socket /s migrate u --secure | --secure needs --to PATH: the unix socket of the destination's QMP monitor
            --socket /s migrate u --to /t | --to and --listen go with --secure
            --socket /s warp             | Unmatched argument at index 2: 'warp'
            --socket /s status --warp    | Unknown option: '--warp'
            """)
    void refusesACommandLineItDoesNotUnderstand(String arguments, String sentence) {
        assertThat(parse(arguments.split(" "))).isEqualTo(new Invocation.Misused(sentence));
    }

    @Test
    void listsItsCommandsInItsHelp() {
        assertThat(((Invocation.Print) parse("--help")).text()).contains("migrate", "snapshot", "held", "status",
                "cancel", "stop", "cont",
                "verify", "qmp", "hmp", "--socket", "--json");
        assertThat(((Invocation.Print) parse("migrate", "--help")).text()).contains("--detach", "URI");
        assertThat(parse("--version")).isEqualTo(new Invocation.Print("godwit 9" + System.lineSeparator()));
    }

    private int godwit(String... words) {
        var arguments = new ArrayList<>(List.of("--socket", monitor.path().toString()));
        arguments.addAll(List.of(words));
        var run = (Invocation.Run) parse(arguments.toArray(String[]::new));
        return Godwit.run(run, new Terminal(new ByteArrayInputStream(input.getBytes(StandardCharsets.UTF_8)),
                new PrintStream(out, true, StandardCharsets.UTF_8), new PrintStream(err, true, StandardCharsets.UTF_8),
                run.json(), interactive));
    }

    private int onFiles(String... words) {
        var onFiles = (Invocation.OnFiles) parse(words);
        return Godwit.run(onFiles, new Terminal(new ByteArrayInputStream(new byte[0]),
                new PrintStream(out, true, StandardCharsets.UTF_8), new PrintStream(err, true, StandardCharsets.UTF_8),
                onFiles.json(), interactive));
    }

    private static String mappedRam(boolean state) {
        return "{\"execute\":\"migrate-set-capabilities\",\"arguments\":{\"capabilities\":"
                + "[{\"capability\":\"mapped-ram\",\"state\":" + state + "}]}}";
    }

    private Invocation parse(String... arguments) {
        return new ClientCommandLine("9", () -> waits.add("waited")).parse(arguments);
    }

    private String printed() {
        return out.toString(StandardCharsets.UTF_8);
    }

    private String complained() {
        return err.toString(StandardCharsets.UTF_8);
    }
}
