package io.godwit.daemon.command.qemu;

import io.godwit.daemon.jobs.Job;
import io.godwit.daemon.jobs.JobWork;
import io.godwit.daemon.jobs.Jobs;
import io.godwit.daemon.transaction.GuestMemory;
import io.godwit.engine.linux.NativeThread;
import io.godwit.protocol.qapi.MigrationStatus;
import io.godwit.protocol.qmp.QmpException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.node.JsonNodeFactory;

/**
 * One save of a QEMU's guest into a file, through its background snapshot.
 *
 * <pre>
 * QEMU     stop   migrate ... first page of RAM      transaction        cont      ... pages ... end
 * here                        its memory is frozen   disks committed    seen to be whole, sealed, named
 * </pre>
 *
 * The status {@code active} comes before the memory is protected, and is no proof; a page on the wire is one. What fails before the
 * {@code cont} is undone: the migration cancelled, the file dropped, the guest as it was.
 */
final class QemuSave implements GuestMemory.Prepared, JobWork {
    private static final Logger LOG = LoggerFactory.getLogger(QemuSave.class);
    private static final String NAME = "godwit-snapshot";
    /** A guest of terabytes takes seconds to be protected. */
    private static final Duration FIRST_PAGE = Duration.ofSeconds(30);
    /** Room for what a machine has beside its memory: firmware, video. */
    private static final long BESIDE_RAM = 1L << 30;
    private static final long NANOS_PER_MICRO = 1000;

    private final Qemu qemu;
    private final Path file;
    private final Capabilities capabilities;
    private final FileReceiver receiver;
    private final Runnable over;
    private final long ramBytes;
    private final Jobs jobs;
    private final Job job;
    private @Nullable Thread finisher;
    private boolean begun;
    private boolean closed;
    private volatile boolean whole;

    /**
     * Opens everything; the guest notices nothing.
     *
     * @param over told once, when nothing of the save goes on any more
     */
    QemuSave(Qemu qemu, Path file, boolean sealed, Jobs jobs, Runnable over) throws QmpException {
        this.qemu = qemu;
        this.file = file;
        this.jobs = jobs;
        this.over = over;
        checkPlace();
        capabilities = Capabilities.of(qemu);
        ramBytes = qemu.ramBytes();
        receiver = new FileReceiver(file, ramBytes + BESIDE_RAM, sealed);
        try {
            capabilities.setForSnapshot(qemu);
            qemu.execute("getfd", JsonNodeFactory.instance.objectNode().put("fdname", NAME),
                    Optional.of(receiver.sendingEnd()), FIRST_PAGE);
            receiver.given();
        } catch (QmpException e) {
            closeAll();
            throw e;
        }
        job = jobs.create("migrate", this);
    }

    /** The file itself is made when its first page comes, which is too late to find out that it cannot be. */
    private void checkPlace() throws QmpException {
        Path directory = file.getParent();
        if (directory == null || !Files.isDirectory(directory) || !Files.isWritable(directory)) {
            throw new QmpException("Could not create '" + file + "': "
                    + (directory != null && Files.isDirectory(directory)
                            ? "its directory cannot be written to"
                            : "it has no directory"));
        }
    }

    @Override
    public Job job() {
        return job;
    }

    /** A guest that was paused stays so. */
    @Override
    public void begin(GuestMemory.Commit commit) throws QmpException {
        boolean ran = qemu.isRunning();
        long stopped = System.nanoTime();
        try {
            if (ran) {
                qemu.execute("stop");
            }
            migrate();
            awaitFrozen();
            commit.run();
        } catch (QmpException e) {
            undo(ran);
            throw e;
        }
        begun();
        if (ran) {
            qemu.execute("cont");
            LOG.info("The guest stood still for {} us", (System.nanoTime() - stopped) / NANOS_PER_MICRO);
        }
    }

    /** Without anything else: the QEMU stops the guest itself, for as long as it has to. */
    void beginAlone() throws QmpException {
        migrate();
        begun();
    }

    private void migrate() throws QmpException {
        qemu.execute("migrate", JsonNodeFactory.instance.objectNode().put("uri", "fd:" + NAME));
    }

    private void awaitFrozen() throws QmpException {
        if (!receiver.awaitFirstPage(FIRST_PAGE)) {
            var migration = qemu.execute("query-migrate");
            throw new QmpException("Action 'migrate': " + migration.path("error-desc").asString(
                    receiver.end().isDone() ? receiver.failure() : "no RAM has come within " + FIRST_PAGE));
        }
        // What the QEMU does at the end of its own short stop is done when it answers after that page.
        qemu.execute("query-status");
    }

    private void begun() {
        begun = true;
        job.running();
        finisher = Thread.ofPlatform().name("qemu-snapshot").start(this::finish);
    }

    private void undo(boolean ran) {
        attempt("the migration cancelled", qemu::cancelMigration);
        if (ran) {
            attempt("the guest let run", () -> qemu.execute("cont"));
        }
    }

    /** Something that is tried, because the rest has to be done all the same. */
    @FunctionalInterface
    private interface Step {
        void run() throws QmpException;
    }

    private static void attempt(String what, Step step) {
        try {
            step.run();
        } catch (QmpException e) {
            LOG.warn("The QEMU could not have {}: {}", what, e.getMessage());
        }
    }

    private void finish() {
        MigrationStatus end = receiver.end().join();
        String failure = end == MigrationStatus.COMPLETED ? null : reason();
        closeAll();
        whole = failure == null;
        if (failure == null) {
            LOG.info("The guest is saved in '{}'", file);
            job.succeeded();
        } else {
            LOG.warn("The guest is not saved in '{}': {}", file, failure);
            job.failed(failure);
        }
    }

    private String reason() {
        try {
            var migration = qemu.awaitMigrationsEnd();
            return migration.path("status").asString("").equals("cancelled")
                    ? "Operation canceled"
                    : migration.path("error-desc").asString(receiver.failure());
        } catch (QmpException e) {
            return e.error().desc();
        }
    }

    /** The stream has ended or ends with this. */
    private synchronized void closeAll() {
        if (closed) {
            return;
        }
        closed = true;
        receiver.close();
        attempt("its migration ended", qemu::awaitMigrationsEnd);
        attempt("its capabilities given back", () -> capabilities.restore(qemu));
        over.run();
    }

    @Override
    public Progress progress() {
        // Of a guest with much untouched memory fewer bytes come than it has.
        long received = receiver.receivedBytes();
        return new Progress(received, whole ? received : Math.max(received, ramBytes));
    }

    @Override
    public void cancel() throws QmpException {
        qemu.execute("migrate_cancel");
    }

    @Override
    public void close() {
        if (!begun) {
            // A descriptor that no migration has taken.
            attempt("its descriptor closed", () -> qemu.closeDescriptor(NAME));
            closeAll();
            job.failed("Operation canceled");
            jobs.drop(job);
        }
    }

    /** The process ends: the QEMU is told to give up, and the guest runs on. */
    void breakOff() {
        attempt("the migration cancelled", this::cancel);
        closeAll();
        if (finisher != null) {
            NativeThread.join(finisher);
        }
    }
}
