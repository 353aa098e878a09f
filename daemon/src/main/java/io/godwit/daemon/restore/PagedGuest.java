package io.godwit.daemon.restore;

import io.godwit.engine.linux.NativeThread;
import io.godwit.engine.migration.Acceptance;
import io.godwit.engine.migration.Endpoint;
import io.godwit.engine.restore.Restore;
import io.godwit.engine.restore.Restore.Unreadable;
import io.godwit.engine.restore.RestoreReport;
import io.godwit.engine.restore.SavedFile;
import io.godwit.engine.restore.SavedFiles;
import io.godwit.protocol.qapi.MigrationStatus;
import java.io.IOException;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
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
    /** So often it is looked whether a file is what it was, where nothing else shows that. */
    private static final long LOOK_MILLIS = 500;

    private final String id;
    private final RestoreRequest request;
    private final SavedFiles files;
    private final Ledger ledger;
    private final Turns turns;
    private final RestoreEvents events;
    private final BlockingQueue<Signal> signals = new LinkedBlockingQueue<>();
    private final Backoff backoff = new Backoff();
    /** Of whoever has told us its monitor. */
    private final Optional<RestoredQemu> qemu;
    private volatile @Nullable Restore restore;
    private volatile Supplier<Optional<Account>> account = Optional::empty;
    private volatile @Nullable String failure;
    private volatile boolean done;
    private volatile boolean pinned;
    private String trustedIdentity = "";
    private @Nullable Thread thread;
    /** Until others are not held up by it any more. */
    private Turns.@Nullable Turn turn;

    PagedGuest(String id, RestoreRequest request, SavedFiles files, Ledger ledger, Turns turns,
            RestoreEvents events) {
        this.id = id;
        this.request = request;
        this.files = files;
        this.ledger = ledger;
        this.turns = turns;
        this.events = events;
        qemu = request.qmp().map(qmp -> new RestoredQemu(id, qmp, backoff));
    }

    /** What there is to be told of an engine's restore. */
    private record Account(RestoreReport report, Optional<Unreadable> unreadable) {
        static Optional<Account> of(Restore under) {
            return Optional.of(new Account(under.report(), under.unreadable()));
        }
    }

    String id() {
        return id;
    }

    RestoreRequest request() {
        return request;
    }

    /** Begins it, when it is its turn. */
    void start() {
        run(file -> {
            if (request.mapped() && !request.trusted()) {
                file.verifyMainMemory(); // nobody sees what a mapping reads later
            }
            turn = turns.awaitStart();
            if (!backoff.isOver()) {
                begin(file);
            }
        });
    }

    /** Goes on with what another process has left, when it is its turn. */
    void goOn(Unfinished left) {
        run(file -> {
            turn = turns.awaitRecovery();
            if (!backoff.isOver()) {
                takeUp(file, left);
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
            } catch (QemuGoneException e) {
                forget();
                fail(e);
            } catch (IOException | RuntimeException e) {
                fail(e);
            } finally {
                endTurn();
            }
        });
    }

    private void endTurn() {
        if (turn != null) {
            turn.close();
            turn = null;
        }
    }

    /** Nobody is to go on with it. */
    private void forget() {
        try {
            ledger.ended(id);
        } catch (IOException e) {
            LOG.warn("{} is kept as unfinished: {}", id, e.getMessage());
        }
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
        if (qemu.isPresent()) {
            boolean paused = file.savedRunState().filter(RUNNING::equals).isEmpty();
            pages = qemu.get().prepare(request, paused);
        }
        var begun = new Unfinished(id, request, file.identity(), pages);
        if (qemu.isPresent()) {
            ledger.begun(begun); // before QEMU can depend on us
        }
        serve(file.begin(request.to(), begun.options(), this::changed), file);
        if (request.mapped() && done) {
            pin(file, file.identity());
        }
    }

    /** For as long as the clone lives: looks whether the file that it has for its memory is what it was. */
    private void pin(SavedFile file, String identity) throws IOException {
        if (qemu.isEmpty()) {
            return;
        }
        pinned = true;
        endTurn();
        try {
            Optional<ProcessHandle> process = qemu.get().process();
            do {
                if (!file.identityNow().equals(identity)) {
                    stopClone(qemu.get());
                    return;
                }
            } while (process.filter(ProcessHandle::isAlive).isPresent() && !backoff.isOverAfter(LOOK_MILLIS));
            if (!backoff.isOver()) {
                ledger.ended(id);
            }
        } finally {
            pinned = false;
        }
    }

    private void stopClone(RestoredQemu clone) throws IOException {
        clone.stop();
        ledger.ended(id);
        throw new IOException(
                request.file() + " was written to while a clone had it for its memory: what the clone has not "
                        + "touched is lost, so it is stopped");
    }

    private void takeUp(SavedFile file, Unfinished left) throws IOException {
        switch (known().settledStatus()) {
            case "completed" -> {
                finish();
                if (request.mapped()) {
                    pin(file, left.identity());
                }
            }
            case "none", "setup" -> begin(file);
            case "failed" -> {
                ledger.ended(id);
                throw new IOException(known().word().orElse("QEMU has given up"));
            }
            default -> {
                if (!file.is(left.identity())) {
                    throw new IOException(("%s is not what the guest is restored from any more: it is %s, expected %s; "
                            + "put it back and restart the daemon").formatted(request.file(), file.identity(),
                                    left.identity()));
                }
                serve(file.takeOver(left.options(), this::changed), file);
            }
        }
    }

    private RestoredQemu known() {
        return qemu.orElseThrow(() -> new IllegalStateException("only who knows the monitor is kept"));
    }

    private void changed(MigrationStatus status) {
        signals.add(new Signal.Status(status));
    }

    /** Owns the restore. What it knows of pages is megabytes, and this object is kept for who asks later: it keeps the account alone. */
    private void serve(Restore under, SavedFile file) throws IOException {
        account = () -> Account.of(under);
        restore = under;
        try (under) {
            watch(under, file);
        } finally {
            restore = null;
            Optional<Account> last = Account.of(under);
            account = () -> last;
        }
    }

    private void watch(Restore under, SavedFile file) throws IOException {
        trustedIdentity = file.identityNow();
        while (!done) {
            switch (next()) {
                case Signal.Status(MigrationStatus status) -> follow(under, status);
                case Signal.GoOn(Optional<Endpoint> where) -> {
                    trustedIdentity = file.identityNow(); // it is the operator's word that the file is right
                    goOn(under, where);
                }
                case Signal.Leave() -> {
                    return;
                }
                case null -> lookAt(file, under);
            }
        }
    }

    /** The next one, or null after a while. */
    private @Nullable Signal next() {
        try {
            return signals.poll(LOOK_MILLIS, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            LOG.debug("nobody interrupts this thread to stop it", e);
            return null;
        }
    }

    /** Of a file without a seal nothing but this shows that its pages are not what they were. */
    private void lookAt(SavedFile file, Restore under) throws IOException {
        if (!file.isSealed() && under.unreadable().isEmpty() && !file.identityNow().equals(trustedIdentity)) {
            under.distrust(request.file() + " was written to while a guest was restored from it, and it has no seal: "
                    + "see to it that it is what it was, then x-godwit-restore-continue");
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
            case POSTCOPY_ACTIVE -> {
                backoff.renew();
                if (turn != null && !turn.lastsToTheEnd(request.order())) {
                    endTurn();
                }
            }
            case POSTCOPY_PAUSED -> {
                if (under.unreadable().isPresent()) {
                    endTurn(); // until an operator has mended the file
                } else {
                    recover(under);
                }
            }
            default -> {
            }
        }
    }

    private String whyFailed(Restore under) {
        String ours = under.report().error().orElse("it was cancelled");
        return qemu.flatMap(RestoredQemu::word).map(word -> ours + "; QEMU says: " + word).orElse(ours);
    }

    private void goOn(Restore under, Optional<Endpoint> where) throws IOException {
        if (under.status() != MigrationStatus.POSTCOPY_PAUSED) {
            return;
        }
        if (where.isPresent()) {
            under.resume(where.get(), Acceptance.UNKNOWN);
        } else {
            recover(under);
        }
    }

    private void recover(Restore under) throws IOException {
        if (qemu.isPresent() && qemu.get().recover(under)) {
            finish();
        }
    }

    private void finish() throws IOException {
        if (!request.mapped()) {
            ledger.ended(id);
        }
        done = true;
        tell();
    }

    /** Whether it needs nobody any more, for better or worse. */
    boolean isDone() {
        return done;
    }

    /** Whether it is a clone that lives. */
    boolean isPinned() {
        return pinned;
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
        Optional<Account> told = account.get();
        Optional<RestoreReport> report = told.map(Account::report);
        return new RestoreInfo(id, request, status(report), Optional.ofNullable(failure), report,
                told.flatMap(Account::unreadable), pinned);
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

    /** Leaves the restore to another process. */
    void leave() {
        backoff.end();
        signals.add(new Signal.Leave());
    }

    /** Waits for the end of the thread. */
    void join() {
        Thread started = thread;
        if (started != null) {
            NativeThread.join(started);
        }
    }
}
