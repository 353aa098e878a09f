package io.godwit.engine.postcopy;

import io.godwit.engine.channel.Channel;
import io.godwit.engine.migration.Acceptance;
import io.godwit.engine.migration.Endpoint;
import io.godwit.engine.migration.MigrationException.Refused;
import io.godwit.engine.precopy.RamFrame;
import io.godwit.engine.ram.PendingPages;
import io.godwit.engine.switchover.DestinationFailedException;
import io.godwit.engine.switchover.ReturnPath;
import io.godwit.engine.switchover.Source;
import io.godwit.protocol.qapi.MigrationCapability;
import io.godwit.protocol.qapi.MigrationStatus;
import io.godwit.protocol.stream.SectionType;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends the rest of the RAM of a guest that has been given away, for as long as it takes: what the destination asks for first,
 * and everything else meanwhile. When the connection is lost everything is kept until the operator says where to go on. The
 * migration thread runs {@link #serve}; pause and resume may come from any.
 *
 * <pre>
 * PACKAGED { ... }                      the guest starts over there
 * PART ram { pages, EOS } *             requested ones; between them the others, nearest to the last request first
 * END ram { EOS }, EOF
 *                       SHUT 0 on the return path
 *
 * lost: postcopy-paused, until resume; then on a new connection {@link Recovery}, and on with PART
 * </pre>
 */
public final class PostcopySource implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(PostcopySource.class);
    /** 128 KiB between two looks at the requests. */
    private static final long PAGES_PER_TURN = 32;
    /** Who holds pages back looks so often whether that is still wanted. */
    private static final long LOOK_NANOS = 50_000_000;
    /**
     * The guest's start over there comes first, for so long: what nobody asks for would take processor and line away from it. What it is
     * known to want next does not wait.
     */
    private static final long START_NANOS = 100_000_000;
    private static final long START_LOOK_NANOS = 500_000;
    /** What may stand in the kernel before a page that is asked for. */
    private static final int QUEUE_BYTES = 256 << 10;

    /** Connects to a destination. */
    @FunctionalInterface
    public interface Connector {
        Channel connect(Endpoint endpoint) throws IOException;
    }

    private final Source source;
    private final Connector connector;
    private final boolean preempted;
    private final PushOrder order;
    private final Pace pace;
    private final PageRun request = new PageRun();
    private final PageRun run = new PageRun();
    private final Neighbours neighbours = new Neighbours();
    private Endpoint endpoint;
    private @Nullable Rest rest;
    private @Nullable Channel preemptChannel;
    private @Nullable Connection connection;
    private Acceptance acceptance = Acceptance.UNKNOWN;
    private boolean pausedByUser;
    private boolean resumed;

    /** What is left to do when the guest has been given away; by whom else, if there is nothing to give. */
    private record Rest(OwedPages owed, @Nullable DevicePackage given, int ramSectionId) {}

    /** Nothing has been given away yet. */
    public PostcopySource(Source source, Endpoint endpoint, Connector connector, PushOrder order) {
        this.source = source;
        this.order = order;
        this.endpoint = endpoint;
        this.connector = connector;
        preempted = source.options().capabilities().has(MigrationCapability.POSTCOPY_PREEMPT);
        pace = new Pace(() -> source.options().parameters().get().maxPostcopyBandwidth());
    }

    /** With the capability postcopy-preempt: opens the second connection, for later. */
    void connectPreempt() throws IOException {
        if (preempted) {
            preemptChannel = connector.connect(endpoint);
        }
    }

    /** The guest has been given away; what is missing will follow by {@link #serve}. The channel is lent. */
    synchronized void take(OwedPages owed, DevicePackage given, int ramSectionId, Channel channel,
            ReturnPath returnPath) {
        rest = new Rest(owed, given, ramSectionId);
        connection = new Connection(channel, returnPath, owed, source, preempted);
    }

    /**
     * Somebody else has given the guest away and is gone: the destination waits, {@code postcopy-paused}, for what it lacks,
     * which follows by {@link #serve} when {@link #resume} has said where.
     *
     * @param touched all that is not zero; kept
     */
    public synchronized void takeOver(PendingPages touched, int ramSectionId) {
        rest = new Rest(new OwedPages(touched, touched), null, ramSectionId);
    }

    /**
     * Sends everything; returns when the destination has said that it is whole, at once when nothing has been given away.
     *
     * @throws IOException only when the migration was aborted
     */
    public void serve() throws IOException {
        Rest left = rest;
        Connection first = connection;
        if (left == null) {
            return;
        }
        boolean done = first != null && left.given() != null && begin(first, left, left.given());
        while (!done) {
            done = recover(left);
        }
    }

    private boolean begin(Connection first, Rest left, DevicePackage given) throws IOException {
        return serve(first, left, out -> {
            given.write(out.out());
            out.flush();
            source.counters().postcopyBegins();
        });
    }

    /** What comes first on a connection. */
    @FunctionalInterface
    private interface Opening {
        void write(PageChannel out) throws IOException;
    }

    /** Whether it came to its end; else it is paused. */
    private boolean serve(Connection used, Rest left, Opening opening) throws IOException {
        try (used;
                var out = new PageChannel(used.channel(), left.owed().blocks(), source.abort(),
                        source.counters())) {
            used.channel().keepQueueShort(QUEUE_BYTES);
            opening.write(out);
            startPreempt(used, left.owed());
            send(used, left, out);
            synchronized (this) {
                connection = null;
            }
            return true;
        } catch (IOException e) {
            source.abort().check();
            pause(used.cause(e));
            return false;
        } catch (RuntimeException e) { // must not cost the guest its memory, either
            source.abort().check();
            LOG.error("postcopy is interrupted by a fault of our own", e);
            pause(e);
            return false;
        }
    }

    private void startPreempt(Connection used, OwedPages owed) {
        Channel opened = preemptChannel;
        if (opened != null) {
            preemptChannel = null;
            used.use(new PreemptChannel(opened, owed, used.requests(), order, source.abort(),
                    source.counters(), used.forMain(), used::preemptLost));
        }
    }

    private void send(Connection used, Rest left, PageChannel out) throws IOException {
        var frame = new RamFrame(out.out(), left.ramSectionId());
        OwedPages owed = left.owed();
        boolean starting = left.given() != null;
        long began = System.nanoTime();
        while (!used.forMain().isClosed()) {
            if (used.forMain().poll(request)) {
                if (preempted) {
                    follow(owed, frame, out);
                } else {
                    answer(owed, frame, out);
                }
                continue;
            }
            starting = starting && !order.knows() && isStarting(began);
            if (starting) {
                used.forMain().awaitOne(START_LOOK_NANOS);
                continue;
            }
            long wait = pace.nanosToWait();
            if (wait > 0) {
                used.forMain().awaitOne(wait);
            } else if (order.takeListed(owed, run)) {
                frame.resume(SectionType.PART);
                putListed(owed, out);
                endTurn(owed, frame, out);
            } else if (order.takeNext(owed, PAGES_PER_TURN, run)) {
                frame.resume(SectionType.PART);
                out.putNext(run);
                endTurn(owed, frame, out);
            } else if (order.holdsBack(owed)) {
                used.forMain().awaitOne(LOOK_NANOS);
            } else {
                break;
            }
        }
        if (!used.forMain().isClosed()) {
            finish(used, frame, out);
        }
        int last = used.returnPath().awaitShut();
        if (last != 0) {
            throw new DestinationFailedException(last);
        }
        if (owed.left() > 0) {
            throw new IOException(
                    "the destination said that it is whole, with " + owed.left() + " pages still to come");
        }
    }

    private boolean isStarting(long since) {
        return source.clock().downtimeNanos().isEmpty() && System.nanoTime() - since < START_NANOS;
    }

    /** Several, each with its neighbours: one by one, the guest would be as quick to ask for them. */
    private void putListed(OwedPages owed, PageChannel out) throws IOException {
        long put = 0;
        do {
            neighbours.around(run);
            out.putOutOfTurn(run);
            put += run.pages() + neighbours.put(owed, out);
        } while (put < PAGES_PER_TURN && order.takeListed(owed, run));
    }

    private void endTurn(OwedPages owed, RamFrame frame, PageChannel out) throws IOException {
        frame.end();
        pace.used(out.flush());
        source.counters().setRemaining(owed.left());
    }

    private void answer(OwedPages owed, RamFrame frame, PageChannel out) throws IOException {
        long from = request.first();
        if (!owed.takeRequested(request, from, run)) {
            return; // it is on its way
        }
        frame.resume(SectionType.PART);
        do {
            order.asked(run);
            out.putRequested(run);
            from = run.end();
        } while (owed.takeRequested(request, from, run));
        out.flush(); // it can be used at once, in the middle of the section
        source.counters().postcopyRequestServed(request.nanosSinceAsked());
        neighbours.around(request);
        neighbours.put(owed, out);
        frame.end();
        out.flush();
        source.counters().setRemaining(owed.left());
    }

    /** What was asked for has gone on the other connection; its neighbours go here, where the end comes after them. */
    private void follow(OwedPages owed, RamFrame frame, PageChannel out) throws IOException {
        frame.resume(SectionType.PART);
        neighbours.around(request);
        neighbours.put(owed, out);
        endTurn(owed, frame, out);
    }

    /** Everything that must be sent has been: what is asked for from now on is zero, and the end says so. */
    private void finish(Connection used, RamFrame frame, PageChannel out) throws IOException {
        if (preempted) {
            used.requests().awaitAnswered();
        } else {
            used.requests().close();
        }
        used.allIsSent();
        frame.resume(SectionType.END);
        frame.end();
        out.out().u8(SectionType.EOF.code());
        out.flush();
    }

    private void pause(Exception why) {
        LOG.warn("postcopy is interrupted: {}", why.getMessage());
        synchronized (this) {
            connection = null;
            source.state().noteError(pausedByUser
                    ? "Postcopy migration is paused by the user"
                    : String.valueOf(why.getMessage()));
            pausedByUser = false;
            for (MigrationStatus status : List.of(MigrationStatus.POSTCOPY_ACTIVE,
                    MigrationStatus.POSTCOPY_RECOVER_SETUP, MigrationStatus.POSTCOPY_RECOVER)) {
                if (source.state().advance(status, MigrationStatus.POSTCOPY_PAUSED)) {
                    return;
                }
            }
        }
    }

    /** Waits until the operator says where to go on, and goes on there; false when it is paused again. */
    private boolean recover(Rest left) throws IOException {
        Place place = awaitResume();
        Channel opened;
        try {
            opened = connector.connect(place.endpoint());
        } catch (IOException e) {
            source.abort().check();
            pause(e);
            return false;
        }
        try (opened) {
            var again = new Connection(opened, new ReturnPath(opened), left.owed(), source, preempted);
            synchronized (this) {
                connection = again;
                source.state().advance(MigrationStatus.POSTCOPY_RECOVER_SETUP, MigrationStatus.POSTCOPY_RECOVER);
            }
            return serve(again, left, out -> {
                again.recovery().learnWhatArrived(out.out());
                connectPreempt();
                if (preempted) {
                    place.acceptance().await();
                }
                again.recovery().resume(out.out(), preempted);
                source.counters().setRemaining(left.owed().left());
                source.state().advance(MigrationStatus.POSTCOPY_RECOVER, MigrationStatus.POSTCOPY_ACTIVE);
            });
        } finally {
            closeUnused();
        }
    }

    /** Where it goes on. */
    private record Place(Endpoint endpoint, Acceptance acceptance) {}

    private synchronized Place awaitResume() throws IOException {
        while (!resumed) {
            source.abort().check();
            try {
                wait();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IOException("interrupted while waiting to be resumed", e);
            }
        }
        resumed = false;
        return new Place(endpoint, acceptance);
    }

    /** QMP's migrate-pause: breaks the connection off, to be resumed on another. */
    public synchronized void pause() throws Refused {
        MigrationStatus status = source.state().status();
        Connection present = connection;
        boolean right = status == MigrationStatus.POSTCOPY_ACTIVE || status == MigrationStatus.POSTCOPY_RECOVER;
        if (!right || present == null) {
            throw new Refused(
                    "migrate-pause is currently only supported during postcopy-active or postcopy-recover state");
        }
        pausedByUser = true;
        present.breakOff();
    }

    /** Breaks the connection off, if there is one: QMP's yank. */
    public synchronized void breakOff() {
        if (connection != null) {
            connection.breakOff();
        }
    }

    /** QMP's migrate with {@code resume}: goes on with a destination that waits at {@code where}. */
    public synchronized void resume(Endpoint where, Acceptance accepted) throws Refused {
        if (!source.state().advance(MigrationStatus.POSTCOPY_PAUSED, MigrationStatus.POSTCOPY_RECOVER_SETUP)) {
            throw new Refused("Cannot resume if there is no paused migration");
        }
        source.state().forgetError();
        pausedByUser = false;
        endpoint = where;
        acceptance = accepted;
        resumed = true;
        notifyAll();
    }

    /** The migration has been aborted: whoever waits here finds out. */
    public synchronized void aborted() {
        notifyAll();
    }

    private void closeUnused() {
        Channel unused = preemptChannel;
        if (unused != null) {
            preemptChannel = null;
            unused.close();
        }
    }

    /** Closes what was opened and not used. Only when nothing serves. */
    @Override
    public void close() {
        closeUnused();
    }
}
