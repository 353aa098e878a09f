package io.godwit.daemon.restore;

import io.godwit.engine.linux.NativeThread;
import io.godwit.engine.migration.Endpoint;
import io.godwit.engine.restore.Restore;
import io.godwit.engine.restore.RestoreReport;
import io.godwit.engine.restore.SavedFile;
import io.godwit.engine.restore.SavedFiles;
import io.godwit.protocol.qapi.MigrationStatus;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One restore from its start to its end, whoever began it: a thread of its own tells the QEMU what it has to do and recovers
 * it when the connection is lost. Owns the thread and, through it, the file's use and the engine's restore.
 *
 * <pre>
 * fresh     prepare QEMU, note in the ledger, begin    -> watch
 * left      ask QEMU: postcopy-*  take over            -> watch
 *                     not begun   as fresh
 *                     completed   done
 * watch     completed  done       failed  failed       postcopy-paused  recover, unless it is the file that fails
 * </pre>
 */
final class PagedGuest {
    private static final Logger LOG = LoggerFactory.getLogger(PagedGuest.class);
    private static final String RUNNING = "running";
    /** At a QEMU that fails, for two seconds or three. */
    private static final int LOOKS = 8;

    private final String id;
    private final RestoreRequest request;
    private final SavedFiles files;
    private final Ledger ledger;
    private final RestoreEvents events;
    private final BlockingQueue<Signal> signals = new LinkedBlockingQueue<>();
    private final Backoff backoff = new Backoff();
    private volatile @Nullable Restore restore;
    private volatile @Nullable String failure;
    private volatile boolean done;
    private @Nullable Thread thread;

    PagedGuest(String id, RestoreRequest request, SavedFiles files, Ledger ledger, RestoreEvents events) {
        this.id = id;
        this.request = request;
        this.files = files;
        this.ledger = ledger;
        this.events = events;
    }

    String id() {
        return id;
    }

    RestoreRequest request() {
        return request;
    }

    /** Begins it. */
    void start() {
        run(this::begin);
    }

    /** Goes on with what another process has left, when it is its turn. */
    void goOn(Unfinished left, Semaphore turns) {
        run(file -> {
            turns.acquireUninterruptibly();
            try {
                if (!backoff.isOver()) {
                    takeUp(file, left);
                }
            } finally {
                turns.release();
            }
        });
    }

    /** What is done with the open file. */
    @FunctionalInterface
    private interface Work {
        void with(SavedFile file) throws IOException;
    }

    private void run(Work work) {
        thread = Thread.ofPlatform().name(id).start(() -> {
            try (SavedFile file = files.open(request.file())) {
                work.with(file);
            } catch (IOException | RuntimeException e) {
                fail(e);
            }
        });
    }

    private void fail(Exception e) {
        if (backoff.isOver()) {
            return; // it is left to another
        }
        if (e instanceof IOException) {
            LOG.warn("{} of {} failed: {}", id, request.file(), e.getMessage());
        } else {
            LOG.error("{} of {} failed by a fault of our own", id, request.file(), e);
        }
        failure = String.valueOf(e.getMessage());
        done = true;
        tell();
    }

    private void begin(SavedFile file) throws IOException {
        Map<String, Long> pages = Map.of();
        if (request.qmp().isPresent()) {
            boolean paused = file.savedRunState().filter(RUNNING::equals).isEmpty();
            try (var qemu = DestinationQemu.connect(request.qmp().get())) {
                qemu.prepare(request, paused);
                pages = qemu.memoryPages();
            }
        }
        var begun = new Unfinished(id, request, file.identity(), pages);
        if (request.qmp().isPresent() && !request.mapped()) {
            ledger.begun(begun); // before QEMU can depend on us
        }
        try (Restore under = file.begin(request.to(), begun.options(), this::changed)) {
            watch(under);
        }
    }

    private void takeUp(SavedFile file, Unfinished left) throws IOException {
        switch (stateOfLeft()) {
            case "completed" -> finish();
            case "none", "setup" -> begin(file);
            case "failed" -> {
                ledger.ended(id);
                throw new IOException(qemusWord().orElse("QEMU has given up"));
            }
            default -> {
                if (!file.is(left.identity())) {
                    throw new IOException(("%s is not what the guest is restored from any more: it is %s, expected %s; "
                            + "put it back and restart the daemon").formatted(request.file(), file.identity(),
                                    left.identity()));
                }
                try (Restore under = file.takeOver(left.options(), this::changed)) {
                    watch(under);
                }
            }
        }
    }

    /** The status of QEMU's migration, once it is not on its way to another by itself. */
    private String stateOfLeft() throws IOException {
        while (true) {
            try (var qemu = DestinationQemu.connect(qmp())) {
                String status = qemu.migrationStatus();
                if (!status.equals("active") && !status.equals("device")) {
                    return status;
                }
            } catch (QemuGoneException e) {
                ledger.ended(id);
                throw e;
            } catch (IOException e) {
                LOG.info("{}: {}", id, e.getMessage());
            }
            if (backoff.isOverAfterPause()) {
                return "none";
            }
        }
    }

    private Path qmp() {
        return request.qmp().orElseThrow(() -> new IllegalStateException("only who knows the monitor is kept"));
    }

    private void changed(MigrationStatus status) {
        signals.add(new Signal.Status(status));
    }

    private void watch(Restore under) throws IOException {
        restore = under;
        while (!done) {
            switch (next()) {
                case Signal.Status(MigrationStatus status) -> follow(under, status);
                case Signal.GoOn(Optional<Endpoint> where) -> goOn(under, where);
                case Signal.Leave() -> {
                    return;
                }
            }
        }
    }

    private Signal next() {
        while (true) {
            try {
                return signals.take();
            } catch (InterruptedException e) {
                LOG.debug("nobody interrupts this thread to stop it", e);
            }
        }
    }

    private void follow(Restore under, MigrationStatus status) throws IOException {
        LOG.info("{} of {}: {}", id, request.file(), status.qapiName());
        tell();
        switch (status) {
            case COMPLETED -> finish();
            case FAILED, CANCELLED -> {
                if (!backoff.isOver()) {
                    ledger.ended(id);
                    throw new IOException(whyFailed(under));
                }
            }
            case POSTCOPY_ACTIVE -> backoff.renew();
            case POSTCOPY_PAUSED -> {
                if (under.unreadable().isEmpty() && request.qmp().isPresent()) {
                    recover(under);
                }
            }
            default -> {
            }
        }
    }

    private String whyFailed(Restore under) {
        String ours = under.report().error().orElse("it was cancelled");
        return qemusWord().map(word -> ours + "; QEMU says: " + word).orElse(ours);
    }

    private Optional<String> qemusWord() {
        if (request.qmp().isEmpty()) {
            return Optional.empty();
        }
        try (var qemu = DestinationQemu.connect(request.qmp().get())) {
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

    private void goOn(Restore under, Optional<Endpoint> where) throws IOException {
        if (under.status() != MigrationStatus.POSTCOPY_PAUSED) {
            return;
        }
        if (where.isPresent()) {
            under.resume(where.get());
        } else if (request.qmp().isPresent()) {
            recover(under);
        }
    }

    /** Has the QEMU wait for us on a fresh socket, and goes there; returns at once when the daemon ends. */
    private void recover(Restore under) throws IOException {
        Path socket = qmp().resolveSibling("." + qmp().getFileName() + "." + id + "-" + System.nanoTime() % 1000000);
        while (!backoff.isOverAfterPause()) {
            try (var qemu = DestinationQemu.connect(qmp())) {
                String status = qemu.migrationStatus();
                switch (status) {
                    case "completed" -> {
                        finish();
                        return;
                    }
                    case "failed", "none" -> throw new QemuGoneException(
                            "the QEMU behind %s has its migration in status %s".formatted(qmp(), status), null);
                    default -> {
                        if (qemu.recover("unix:" + socket)) {
                            under.resume(new Endpoint.Unix(socket));
                            return;
                        }
                    }
                }
            } catch (QemuGoneException e) {
                ledger.ended(id);
                throw e;
            } catch (IOException e) {
                LOG.info("{} cannot be recovered yet: {}", id, e.getMessage());
            }
        }
    }

    private void finish() throws IOException {
        ledger.ended(id);
        done = true;
        tell();
    }

    /** Whether it needs nobody any more, for better or worse. */
    boolean isDone() {
        return done;
    }

    void send(Signal signal) {
        signals.add(signal);
    }

    /** Sends all that is left, also what nobody asks for. */
    void push() {
        Restore under = restore;
        if (under != null) {
            under.push();
        }
    }

    private void tell() {
        events.changed(info().event());
    }

    /** How it stands. */
    RestoreInfo info() {
        Restore under = restore;
        Optional<RestoreReport> report = Optional.ofNullable(under).map(Restore::report);
        return new RestoreInfo(id, request, status(report), Optional.ofNullable(failure), report,
                Optional.ofNullable(under).flatMap(Restore::unreadable));
    }

    /** It has not ended before what is to be done then has been done. */
    private String status(Optional<RestoreReport> report) {
        if (done) {
            return failure == null ? "completed" : "failed";
        }
        MigrationStatus known = report.map(RestoreReport::status).orElse(MigrationStatus.SETUP);
        return switch (known) {
            case COMPLETED -> MigrationStatus.POSTCOPY_ACTIVE.qapiName();
            case FAILED, CANCELLED -> MigrationStatus.DEVICE.qapiName();
            default -> known.qapiName();
        };
    }

    /** Leaves the restore to another process, and waits for the end of the thread. */
    void leave() {
        backoff.end();
        signals.add(new Signal.Leave());
        Thread started = thread;
        if (started != null) {
            NativeThread.join(started);
        }
    }
}
