package io.godwit.daemon.command.qemu;

import io.godwit.daemon.localhost.DeviceLoad;
import io.godwit.daemon.localhost.GuestMemoryMap;
import io.godwit.daemon.localhost.QemuProcess;
import io.godwit.daemon.localhost.StartedQemu;
import io.godwit.daemon.remote.Connection;
import io.godwit.engine.linux.Fd;
import io.godwit.engine.linux.OpenFlag;
import io.godwit.protocol.qapi.MigrationCapability;
import io.godwit.protocol.qmp.QmpException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Whether the other QEMU would take the guest, found out before anything moves: a QEMU like it is started, shown the devices' state,
 * and thrown away.
 *
 * <pre>
 * the guest   runs | stands still: its devices are saved | runs
 * the trial                                                loads them, and what they look for in memory as it is now
 * </pre>
 *
 * Memory is then younger than the devices, which some of these notice. So a refusal counts only when it is said again of a guest that
 * stood still meanwhile.
 */
final class PreFlight {
    private static final Logger LOG = LoggerFactory.getLogger(PreFlight.class);
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    /** For so long at most the guest stands still. */
    private static final Duration STANDSTILL = Duration.ofSeconds(3);
    private static final long NANOS_PER_MICRO = 1000;
    private static final String OPAQUE = "godwit-pre-flight";

    private final Qemu qemu;
    private final QemuProcess process;
    private final Plan plan;

    PreFlight(Qemu qemu, QemuProcess process, Plan plan) {
        this.qemu = qemu;
        this.process = process;
        this.plan = plan;
    }

    /** @throws QmpException with what the other QEMU does not take */
    void run() throws QmpException {
        Optional<String> refusal = attempt(false);
        if (refusal.isPresent()) {
            LOG.info("The other QEMU refuses devices whose memory has gone on: {}", refusal.get());
            refusal = attempt(true);
        }
        if (refusal.isPresent()) {
            throw new QmpException("The other QEMU does not take the guest: " + refusal.get());
        }
    }

    /** Compares disks alone. */
    void compareDisks() throws QmpException {
        try (var trial = startTrial(); var connection = connect(trial)) {
            Disks.of(qemu).checkSame(Disks.of(new Qemu(connection::use)));
        } catch (IOException e) {
            throw impossible(e);
        }
    }

    private static QmpException impossible(IOException e) {
        return new QmpException("Whether the other QEMU takes the guest cannot be found out: " + e.getMessage());
    }

    /** What it refuses, if anything. */
    private Optional<String> attempt(boolean standingStill) throws QmpException {
        try (var trial = startTrial(); var connection = connect(trial)) {
            var other = new Qemu(connection::use);
            Disks.of(qemu).checkSame(Disks.of(other));
            Path wire = plan.beside(".pre-flight-wire");
            Files.deleteIfExists(wire);
            try {
                listen(other, wire);
                return standingStill ? loadStandingStill(trial, other, wire) : load(trial, other, wire, PATIENCE);
            } finally {
                Files.deleteIfExists(wire);
            }
        } catch (IOException e) {
            throw impossible(e);
        }
    }

    private StartedQemu startTrial() throws IOException, QmpException {
        return StartedQemu.start(plan.trial(), plan.directory(), plan.beside(".pre-flight.log"));
    }

    private Connection connect(StartedQemu trial) throws IOException, QmpException {
        Path monitor = plan.trial().ownName(plan.monitor());
        trial.awaitListening(monitor, PATIENCE);
        return Connection.to(monitor, PATIENCE, event -> {});
    }

    /** Disks stay the running QEMU's. */
    private static void listen(Qemu other, Path wire) throws QmpException {
        Capabilities.of(other).setOnly(
                Set.of(MigrationCapability.POSTCOPY_RAM, MigrationCapability.LATE_BLOCK_ACTIVATE), other);
        other.execute("migrate-incoming",
                JsonNodeFactory.instance.objectNode().put("uri", "unix:" + wire).put("exit-on-error", false));
    }

    private Optional<String> loadStandingStill(StartedQemu trial, Qemu other, Path wire)
            throws IOException, QmpException {
        boolean ran = qemu.isRunning();
        long stopped = System.nanoTime();
        qemu.execute("stop");
        try {
            return load(trial, other, wire, STANDSTILL);
        } finally {
            if (ran) {
                qemu.execute("cont");
                LOG.info("The guest stood still for {} us", (System.nanoTime() - stopped) / NANOS_PER_MICRO);
            }
        }
    }

    private Optional<String> load(StartedQemu trial, Qemu other, Path wire, Duration patience)
            throws IOException, QmpException {
        var map = GuestMemoryMap.parse(qemu.execute("human-monitor-command",
                JsonNodeFactory.instance.objectNode().put("command-line", "info ramblock")).asString(""));
        // One that does not answer is ended, which ends the wait for its answer.
        var tooLate = CompletableFuture.delayedExecutor(patience.toMillis(), TimeUnit.MILLISECONDS);
        var done = new CompletableFuture<Boolean>();
        tooLate.execute(() -> {
            if (!done.isDone()) {
                trial.kill();
            }
        });
        try (var load = new DeviceLoad(wire, machineType(), map, process)) {
            return switch (load.load(saveDevices())) {
                case LOADED -> Optional.empty();
                case REFUSED -> Optional.of(reason(trial, other));
            };
        } finally {
            done.complete(true);
        }
    }

    private String machineType() throws QmpException {
        ObjectNode property = JsonNodeFactory.instance.objectNode().put("path", "/machine").put("property", "type");
        String type = qemu.execute("qom-get", property).asString("");
        String suffix = "-machine";
        return type.endsWith(suffix) ? type.substring(0, type.length() - suffix.length()) : type;
    }

    /** QEMU stops the guest for it, by itself, and without RAM that takes some milliseconds. */
    private byte[] saveDevices() throws IOException, QmpException {
        Path file = Files.createTempFile(OPAQUE, ".devices");
        try (Fd forQemu = Fd.open(file, Set.of(OpenFlag.WRITE), 0)) {
            JsonNode set = qemu.execute("add-fd", JsonNodeFactory.instance.objectNode().put("opaque", OPAQUE),
                    Optional.of(forQemu), PATIENCE);
            ObjectNode id = JsonNodeFactory.instance.objectNode().put("fdset-id", set.path("fdset-id").asLong());
            try {
                long begun = System.nanoTime();
                qemu.execute("xen-save-devices-state", JsonNodeFactory.instance.objectNode()
                        .put("filename", "/dev/fdset/" + id.path("fdset-id").asLong()).put("live", false));
                LOG.info("The guest stood still for at most {} us while its devices were saved",
                        (System.nanoTime() - begun) / NANOS_PER_MICRO);
            } finally {
                qemu.execute("remove-fd", id);
            }
            return Files.readAllBytes(file);
        } finally {
            Files.deleteIfExists(file);
        }
    }

    /** What it says on its way out is better than the word of its migration, and is there when it has ended. */
    private static String reason(StartedQemu trial, Qemu other) {
        try {
            other.execute("query-migrate");
        } catch (QmpException e) {
            LOG.debug("the trial has ended: {}", e.getMessage());
        }
        return trial.said();
    }
}
