package io.godwit.it;

import static io.godwit.protocol.qapi.MigrationStatus.ACTIVE;
import static io.godwit.protocol.qapi.MigrationStatus.CANCELLED;
import static io.godwit.protocol.qapi.MigrationStatus.COMPLETED;
import static io.godwit.protocol.qapi.MigrationStatus.POSTCOPY_ACTIVE;
import static io.godwit.protocol.qapi.MigrationStatus.PRE_SWITCHOVER;
import static org.assertj.core.api.Assertions.assertThat;

import io.godwit.it.fixture.DaemonProcess;
import io.godwit.it.fixture.GuestOptions;
import io.godwit.it.fixture.QemuMachine;
import io.godwit.it.fixture.QemuProcess;
import io.godwit.it.fixture.QmpClient;
import io.godwit.it.fixture.RequiresPython;
import io.godwit.it.fixture.RequiresQemu;
import io.godwit.it.fixture.StorageDaemon;
import io.godwit.it.fixture.Until;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import tools.jackson.databind.JsonNode;

/** What libvirt 11.3 sends, as it was captured, to guests of both sorts: those that run here, and what a QEMU left to be held. */
@RequiresPython
@RequiresQemu
class LibvirtSequencesIT {
    private static final long UNLIMITED = 9223372036853727232L;

    /** All that libvirt names in each migrate-set-capabilities, on or off. */
    private static final List<String> NAMED = List.of("xbzrle", "auto-converge", "rdma-pin-all", "postcopy-ram",
            "pause-before-switchover", "late-block-activate", "multifd", "dirty-bitmaps", "return-path",
            "zero-copy-send", "postcopy-preempt", "switchover-ack", "mapped-ram");

    /** What libvirt puts back after each migration. */
    private static final Set<String> RESTORED = Set.of("cpu-throttle-initial", "cpu-throttle-increment", "tls-creds",
            "tls-hostname", "max-bandwidth", "downtime-limit", "xbzrle-cache-size", "max-postcopy-bandwidth",
            "multifd-channels", "multifd-compression", "multifd-zlib-level", "multifd-zstd-level",
            "avail-switchover-bandwidth", "direct-io");

    private final List<AutoCloseable> started = new ArrayList<>();

    @TempDir
    private Path directory;

    enum Guest {
        NATIVE,
        HELD
    }

    @AfterEach
    void endAll() throws Exception {
        for (AutoCloseable one : started.reversed()) {
            one.close();
        }
    }

    @ParameterizedTest
    @EnumSource
    void virshSaveAndRestore(Guest kind) {
        DaemonProcess source = guest(kind, "source");
        connect(source.qmp());
        Path image = directory.resolve("image");

        assertThat(source.qmp().queryMigrate().has("blocked-reasons")).isFalse();
        source.qmp().execute("stop");
        capabilities(source.qmp());
        source.qmp().setParameter("max-bandwidth", UNLIMITED);
        source.executeWith(image, "w", "{\"execute\":\"getfd\",\"arguments\":{\"fdname\":\"migrate\"}}",
                "{\"execute\":\"migrate\",\"arguments\":{\"detach\":true,\"resume\":false,\"uri\":\"fd:migrate\"}}");
        source.qmp().awaitMigration(COMPLETED);
        assertThat(source.qmp().execute("query-fdsets")).isEmpty();
        capabilities(source.qmp());
        source.terminate();
        Until.holds("the client heard why", () -> source.qmp().eventNames().contains("SHUTDOWN"));
        assertThat(source.awaitExit()).isZero();

        DaemonProcess restored = destination(kind, "restored");
        connect(restored.qmp());
        capabilities(restored.qmp());
        restored.executeWith(image, "r",
                "{\"execute\":\"add-fd\",\"arguments\":{\"fdset-id\":0,\"opaque\":\"libvirt-incoming\"}}",
                "{\"execute\":\"migrate-incoming\",\"arguments\":{\"uri\":\"file:/dev/fdset/0,offset=0x0\",\"exit-on-error\":false}}");
        restored.qmp().awaitMigration(COMPLETED);
        runsOn(kind, restored);
    }

    @ParameterizedTest
    @EnumSource
    void virshMigrateLive(Guest kind) {
        DaemonProcess source = guest(kind, "source");
        DaemonProcess destination = destination(kind, "destination");
        connect(source.qmp());
        connect(destination.qmp());
        JsonNode before = source.qmp().execute("query-migrate-parameters");
        capabilities(destination.qmp(), "late-block-activate", "return-path", "switchover-ack");
        destination.qmp().execute("migrate-set-parameters", Map.of("tls-creds", "", "tls-hostname", ""));
        String uri = destination.listen("tcp:127.0.0.1:0");

        assertThat(source.qmp().queryMigrate().has("blocked-reasons")).isFalse();
        capabilities(source.qmp(), "pause-before-switchover", "return-path", "switchover-ack");
        source.qmp().execute("migrate-set-parameters",
                Map.of("tls-creds", "", "tls-hostname", "", "max-bandwidth", UNLIMITED));
        source.qmp().execute("migrate", Map.of("detach", true, "resume", false, "uri", uri));
        switchOver(source);
        source.qmp().awaitMigration(COMPLETED);
        assertThat(source.qmp().queryMigrate().path("ram").has("transferred")).isTrue();
        destination.qmp().awaitMigration(COMPLETED);
        runsOn(kind, destination);
        restore(destination.qmp(), before);
        assertThat(source.qmp().migrationEvents()).containsSubsequence("setup", "active", "pre-switchover", "device",
                "completed");
        source.terminate();
        assertThat(source.awaitExit()).isZero();
    }

    @Test
    void virshMigratePostcopy() {
        DaemonProcess source = guest(Guest.NATIVE, "source");
        DaemonProcess destination = destination(Guest.NATIVE, "destination");
        connect(source.qmp());
        connect(destination.qmp());
        capabilities(destination.qmp(), "late-block-activate", "return-path", "postcopy-ram", "postcopy-preempt");
        String uri = destination.listen("tcp:127.0.0.1:0");
        capabilities(source.qmp(), "pause-before-switchover", "return-path", "postcopy-ram", "postcopy-preempt");
        source.qmp().execute("migrate-set-parameters", Map.of("max-bandwidth", 1 << 20, "max-postcopy-bandwidth", 0));
        source.qmp().execute("migrate", Map.of("detach", true, "resume", false, "uri", uri));
        source.qmp().awaitMigration(ACTIVE);

        source.qmp().execute("migrate-start-postcopy");
        switchOver(source);
        destination.qmp().awaitMigration(POSTCOPY_ACTIVE, COMPLETED);
        destination.qmp().execute("cont");
        source.qmp().awaitMigration(COMPLETED);
        destination.qmp().awaitMigration(COMPLETED);
        assertThat(source.qmp().migrationEvents()).containsSubsequence("pre-switchover", "device", "postcopy-active",
                "completed");
        assertThat(destination.verify()).isNotEmpty();
    }

    @Test
    void virshDomjobabort() {
        DaemonProcess source = guest(Guest.NATIVE, "source");
        DaemonProcess destination = destination(Guest.NATIVE, "destination");
        connect(source.qmp());
        JsonNode before = source.qmp().execute("query-migrate-parameters");
        String uri = destination.listen("tcp:127.0.0.1:0");
        capabilities(source.qmp(), "pause-before-switchover", "return-path");
        source.qmp().setParameter("max-bandwidth", 1 << 20);
        source.qmp().execute("migrate", Map.of("detach", true, "resume", false, "uri", uri));
        source.qmp().awaitMigration(ACTIVE);

        source.qmp().execute("migrate_cancel");
        source.qmp().awaitMigration(CANCELLED);
        source.qmp().execute("blockdev-set-active", Map.of("active", true));
        restore(source.qmp(), before);

        assertThat(source.qmp().runState()).isEqualTo("running");
        assertThat(source.qmp().migrationEvents()).endsWith("cancelling", "cancelled");
        assertThat(source.verify()).isNotEmpty();
    }

    @Test
    void virshSnapshotCreateAsWithMemory() {
        StorageDaemon disks = own(StorageDaemon.start(directory, "disks"));
        DaemonProcess source = own(DaemonProcess.start(directory, "source",
                GuestOptions.workload().with("--block-qmp", "unix:" + disks.blockMonitor())));
        connect(source.qmp());
        JsonNode before = source.qmp().execute("query-migrate-parameters");
        capabilities(source.qmp());
        source.qmp().setParameter("max-bandwidth", UNLIMITED);
        source.executeWith(directory.resolve("memory"), "w",
                "{\"execute\":\"getfd\",\"arguments\":{\"fdname\":\"migrate\"}}",
                "{\"execute\":\"migrate\",\"arguments\":{\"detach\":true,\"resume\":false,\"uri\":\"fd:migrate\"}}");
        source.qmp().awaitMigration(COMPLETED);
        assertThat(source.qmp().execute("query-fdsets")).isEmpty();
        restore(source.qmp(), before);
        overlay(source.qmp());

        source.qmp().execute("cont");

        assertThat(source.qmp().runState()).isEqualTo("running");
        assertThat(disks.nodes()).contains("overlay");
    }

    /** The new image: its file, its format in it by a job, the node, and the switch to it. */
    private void overlay(QmpClient qmp) {
        Path file = directory.resolve("overlay.qcow2");
        job(qmp, "create-file", Map.of("driver", "file", "filename", file.toString(), "size", 0));
        qmp.execute("blockdev-add", Map.of("driver", "file", "node-name", "overlay-file", "filename", file.toString()));
        job(qmp, "create-format", Map.of("driver", "qcow2", "file", "overlay-file", "size", 16 << 20));
        var qcow2 = new HashMap<String, Object>(
                Map.of("driver", "qcow2", "node-name", "overlay", "file", "overlay-file"));
        qcow2.put("backing", null);
        qmp.execute("blockdev-add", qcow2);
        qmp.execute("transaction", Map.of("actions",
                List.of(Map.of("type", "blockdev-snapshot", "data", Map.of("node", "disk0", "overlay", "overlay")))));
    }

    private static void job(QmpClient qmp, String id, Map<String, ?> options) {
        qmp.execute("blockdev-create", Map.of("job-id", id, "options", options));
        Until.holds("job " + id + " has concluded", () -> qmp.execute("query-jobs").valueStream()
                .anyMatch(job -> job.path("id").asString().equals(id)
                        && job.path("status").asString().equals("concluded")));
        qmp.execute("query-jobs").forEach(job -> assertThat(job.has("error")).as(job.toString()).isFalse());
        qmp.execute("job-dismiss", Map.of("id", id));
    }

    /** What is asked when libvirt has connected, as far as it matters to a migration. */
    private static void connect(QmpClient qmp) {
        for (String query : List.of("query-version", "query-target", "query-qmp-schema", "query-kvm",
                "query-migrate-capabilities", "query-cpus-fast", "query-iothreads", "query-block")) {
            qmp.execute(query);
        }
        qmp.setCapabilities("events");
    }

    private static void capabilities(QmpClient qmp, String... on) {
        qmp.execute("migrate-set-capabilities", Map.of("capabilities", NAMED.stream()
                .map(name -> Map.of("capability", name, "state", List.of(on).contains(name))).toList()));
    }

    private static void restore(QmpClient qmp, JsonNode before) {
        capabilities(qmp);
        var values = new HashMap<String, Object>();
        before.forEachEntry((name, value) -> {
            if (RESTORED.contains(name)) {
                values.put(name, value);
            }
        });
        qmp.execute("migrate-set-parameters", values);
    }

    private static void switchOver(DaemonProcess source) {
        source.qmp().awaitMigration(PRE_SWITCHOVER);
        source.qmp().queryMigrate();
        source.qmp().execute("migrate-continue", Map.of("state", "pre-switchover"));
    }

    /** A guest to be moved: one that runs here, or a QEMU's that is held here. */
    private DaemonProcess guest(Guest kind, String name) {
        return switch (kind) {
            case NATIVE -> own(DaemonProcess.start(directory, name, GuestOptions.workload()));
            case HELD -> {
                DaemonProcess held = destination(kind, name);
                QemuProcess qemu = own(QemuProcess.start(directory, name + "-qemu", QemuMachine.bare()));
                qemu.qmp().execute("migrate", Map.of("uri", held.listen("unix:" + directory.resolve(name + ".in"))));
                qemu.qmp().awaitMigration(COMPLETED);
                held.qmp().awaitMigration(COMPLETED);
                yield held;
            }
        };
    }

    private DaemonProcess destination(Guest kind, String name) {
        return own(DaemonProcess.start(directory, name, switch (kind) {
            case NATIVE -> GuestOptions.workload().incoming();
            case HELD -> GuestOptions.held(192);
        }));
    }

    /** libvirt's cont, where something can run. */
    private static void runsOn(Guest kind, DaemonProcess guest) {
        switch (kind) {
            case NATIVE -> {
                guest.qmp().execute("cont");
                assertThat(guest.qmp().runState()).isEqualTo("running");
                assertThat(guest.verify()).isNotEmpty();
            }
            case HELD -> assertThat(guest.qmp().execute("x-godwit-query-held").path("ram").asLong()).isPositive();
        }
    }

    private <T extends AutoCloseable> T own(T process) {
        started.add(process);
        return process;
    }
}
