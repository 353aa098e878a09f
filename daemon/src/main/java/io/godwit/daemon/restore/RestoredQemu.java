package io.godwit.daemon.restore;

import io.godwit.engine.migration.Endpoint;
import io.godwit.engine.restore.Restore;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The QEMU that a guest is restored into, over all of the restore: it may be busy with another client, or not have noticed yet
 * what we have. Each call connects anew, as a monitor serves one client at a time, and tries again where that can help, until
 * * the daemon ends. Where there is no QEMU any more, what needs one throws {@link QemuGoneException}. The restore's thread.
 */
final class RestoredQemu {
    private static final Logger LOG = LoggerFactory.getLogger(RestoredQemu.class);
    /** At a QEMU that fails, for two seconds or three. */
    private static final int LOOKS = 8;

    private final String id;
    private final Path qmp;
    private final Backoff backoff;

    /**
     * @param id the restore's, for logs and sockets
     * @param backoff shared with who ends it
     */
    RestoredQemu(String id, Path qmp, Backoff backoff) {
        this.id = id;
        this.qmp = qmp;
        this.backoff = backoff;
    }

    /** Gets it ready; returns the size of pages of the blocks that have large ones. */
    Map<String, Long> prepare(RestoreRequest request, boolean paused) throws IOException {
        try (var qemu = DestinationQemu.connect(qmp)) {
            qemu.prepare(request, paused);
            return qemu.memoryPages();
        }
    }

    /** Its process, while it lives. */
    Optional<ProcessHandle> process() throws IOException {
        try (var qemu = DestinationQemu.connect(qmp)) {
            return qemu.process();
        } catch (QemuGoneException e) {
            return Optional.empty();
        }
    }

    /** Has its guest stand still. */
    void stop() throws IOException {
        try (var qemu = DestinationQemu.connect(qmp)) {
            qemu.stop();
        }
    }

    /** The status of its migration, once it is not on its way to another by itself; {@code none} when the daemon ends before. */
    String settledStatus() throws IOException {
        while (true) {
            try (var qemu = DestinationQemu.connect(qmp)) {
                String status = qemu.migrationStatus();
                if (!status.equals("active") && !status.equals("device")) {
                    return status;
                }
            } catch (QemuGoneException e) {
                throw e;
            } catch (IOException e) {
                LOG.info("{}: {}", id, e.getMessage());
            }
            if (backoff.isOverAfterPause()) {
                return "none";
            }
        }
    }

    /** Why its migration failed, in its own words or in those of our failing to ask. */
    Optional<String> word() {
        try (var qemu = DestinationQemu.connect(qmp)) {
            backoff.renew();
            for (int look = 0; look < LOOKS && !qemu.migrationStatus().equals("failed"); look++) {
                if (backoff.isOverAfterPause()) { // it closes the connection before it says why
                    break;
                }
            }
            return qemu.migrationError();
        } catch (IOException e) {
            return Optional.of(String.valueOf(e.getMessage()));
        }
    }

    /**
     * Has it wait for us on a fresh socket, and goes there; does neither when the daemon ends.
     *
     * @return whether there was no need: its guest is whole
     */
    boolean recover(Restore under) throws IOException {
        Path socket = qmp.resolveSibling("." + qmp.getFileName() + "." + id + "-" + System.nanoTime() % 1000000);
        while (!backoff.isOverAfterPause()) {
            try (var qemu = DestinationQemu.connect(qmp)) {
                String status = qemu.migrationStatus();
                switch (status) {
                    case "completed" -> {
                        return true;
                    }
                    case "failed", "none" -> throw new QemuGoneException(
                            "the QEMU behind %s has its migration in status %s".formatted(qmp, status), null);
                    default -> {
                        if (qemu.recover("unix:" + socket)) {
                            under.resume(new Endpoint.Unix(socket), this::awaitAcceptance);
                            return false;
                        }
                    }
                }
            } catch (QemuGoneException e) {
                throw e;
            } catch (IOException e) {
                LOG.info("{} cannot be recovered yet: {}", id, e.getMessage());
            }
        }
        return false;
    }

    /** QEMU accepts connections where it executes commands: by its second answer it has seen whoever called before the first. */
    private void awaitAcceptance() throws IOException {
        try (var qemu = DestinationQemu.connect(qmp)) {
            qemu.migrationStatus();
            qemu.migrationStatus();
        }
    }
}
