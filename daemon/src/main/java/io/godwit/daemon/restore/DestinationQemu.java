package io.godwit.daemon.restore;

import io.godwit.daemon.remote.MonitorListener;
import io.godwit.daemon.remote.RemoteMonitor;
import io.godwit.engine.linux.Errno;
import io.godwit.engine.linux.ErrnoException;
import io.godwit.protocol.qmp.QmpException;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** A QEMU that waits for a guest or has got one, behind its monitor. Owns the session, and holds it no longer than needed. */
final class DestinationQemu implements AutoCloseable {
    /** A monitor serves one client at a time: one that has another may have it for long. */
    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final Pattern RAM_BLOCK = Pattern.compile("\\s*(\\S+)\\s+([0-9]{1,4}) ([KMG])iB\\s+0x.*");
    private static final long KIB = 1 << 10;
    private static final long TARGET_PAGE = 4 * KIB;
    private static final long LARGEST_PAGE = 1 << 30;

    private final RemoteMonitor monitor;

    private DestinationQemu(RemoteMonitor monitor) {
        this.monitor = monitor;
    }

    /**
     * Connects to a monitor.
     *
     * @throws QemuGoneException when nobody listens there
     * @throws IOException when it does not answer
     */
    static DestinationQemu connect(Path qmp) throws IOException {
        try {
            return new DestinationQemu(RemoteMonitor.connect(qmp, PATIENCE, MonitorListener.NONE));
        } catch (IOException e) {
            if (isNobody(e)) {
                throw new QemuGoneException("no QEMU answers on " + qmp + ": it has ended, or its monitor is gone", e);
            }
            throw e;
        }
    }

    private static boolean isNobody(IOException e) {
        for (@Nullable
        Throwable at = e; at != null; at = at.getCause()) {
            if (at instanceof ErrnoException kernel
                    && (kernel.errno() == Errno.ENOENT || kernel.errno() == Errno.ECONNREFUSED)) {
                return true;
            }
        }
        return false;
    }

    /** The status of its migration, by QAPI's word; {@code none} before any. */
    String migrationStatus() throws IOException {
        return ask("query-migrate").path("status").asString("none");
    }

    /** Why its migration failed, if it says so. */
    Optional<String> migrationError() throws IOException {
        return Optional.ofNullable(ask("query-migrate").path("error-desc").asString(null));
    }

    /**
     * Gets it ready to take a guest before its RAM.
     *
     * @param paused whether the guest shall stand still when it has come: postcopy would let it run
     */
    void prepare(RestoreRequest request, boolean paused) throws IOException {
        String state = ask("query-status").path("status").asString("");
        if (!state.equals("inmigrate")) {
            throw new IOException("the QEMU behind %s is %s, expected one that waits for a guest (-incoming defer)"
                    .formatted(monitor.path(), state));
        }
        String status = migrationStatus();
        if (!status.equals("none") && !status.equals("setup")) {
            throw new IOException("the QEMU behind %s has its migration in status %s: it takes a guest already"
                    .formatted(monitor.path(), status));
        }
        setCapabilities(!request.mapped(), request.preempt());
        if (paused) {
            tell("stop", JsonNodeFactory.instance.objectNode());
        }
        if (status.equals("none")) {
            listen(request.uri());
        }
    }

    /** What the restore needs, on; what it does not go together with, off. */
    private void setCapabilities(boolean postcopy, boolean preempt) throws IOException {
        Map<String, Boolean> wanted = new LinkedHashMap<>();
        wanted.put("postcopy-ram", postcopy);
        wanted.put("postcopy-preempt", preempt);
        wanted.put("mapped-ram", false);
        wanted.put("multifd", false);
        ObjectNode arguments = JsonNodeFactory.instance.objectNode();
        var list = arguments.putArray("capabilities");
        for (JsonNode each : ask("query-migrate-capabilities")) {
            String name = each.path("capability").asString("");
            Boolean state = wanted.get(name);
            if (state != null && state != each.path("state").asBoolean(false)) {
                list.addObject().put("capability", name).put("state", state.booleanValue());
            }
        }
        if (list.isEmpty()) {
            return;
        }
        try {
            tell("migrate-set-capabilities", arguments);
        } catch (IOException e) {
            throw String.valueOf(e.getMessage()).contains("serfault")
                    ? new IOException(e.getMessage() + " (let QEMU open /dev/userfaultfd, or set the sysctl "
                            + "vm.unprivileged_userfaultfd to 1)", e)
                    : e;
        }
    }

    /** A load that fails must not cost us what QEMU has to say of it; QEMUs before 9.1 end all the same. */
    private void listen(String uri) throws IOException {
        ObjectNode arguments = JsonNodeFactory.instance.objectNode().put("uri", uri);
        try {
            monitor.execute("migrate-incoming", arguments.deepCopy().put("exit-on-error", false));
        } catch (QmpException e) {
            if (!String.valueOf(e.getMessage()).contains("exit-on-error")) {
                throw refused("migrate-incoming", e);
            }
            tell("migrate-incoming", arguments);
        }
    }

    /** Of the blocks of its RAM whose memory comes in larger pages than 4096 bytes, the size of these. */
    Map<String, Long> memoryPages() throws IOException {
        ObjectNode arguments = JsonNodeFactory.instance.objectNode().put("command-line", "info ramblock");
        var pages = new HashMap<String, Long>();
        for (String line : tell("human-monitor-command", arguments).asString("").split("\r?\n", -1)) {
            Matcher block = RAM_BLOCK.matcher(line);
            if (block.matches()) {
                long bytes = Long.parseLong(block.group(2)) << (10 * (1 + "KMG".indexOf(block.group(3))));
                if (bytes > TARGET_PAGE && bytes <= LARGEST_PAGE && Long.bitCount(bytes) == 1) {
                    pages.put(block.group(1), bytes);
                }
            }
        }
        return pages;
    }

    /** The process that made the monitor, if it is known and lives: QEMU, or whoever gave QEMU its socket. */
    Optional<ProcessHandle> process() throws IOException {
        return ProcessHandle.of(monitor.peer().pid());
    }

    /** Has its guest stand still. */
    void stop() throws IOException {
        tell("stop", JsonNodeFactory.instance.objectNode());
    }

    /** Has a guest whose pages stay away listen anew for who sends them; false when it is not paused for their lack. */
    boolean recover(String uri) throws IOException {
        try {
            monitor.execute("migrate-recover", JsonNodeFactory.instance.objectNode().put("uri", uri));
            return true;
        } catch (QmpException e) {
            return false; // it has not noticed yet, or somebody was quicker
        }
    }

    private JsonNode ask(String command) throws IOException {
        return tell(command, JsonNodeFactory.instance.objectNode());
    }

    private JsonNode tell(String command, ObjectNode arguments) throws IOException {
        try {
            return monitor.execute(command, arguments);
        } catch (QmpException e) {
            throw refused(command, e);
        }
    }

    private IOException refused(String command, QmpException e) {
        return new IOException("the QEMU behind %s refuses %s: %s".formatted(monitor.path(), command, e.getMessage()),
                e);
    }

    @Override
    public void close() {
        monitor.close();
    }
}
