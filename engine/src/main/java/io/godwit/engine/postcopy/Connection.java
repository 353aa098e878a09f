package io.godwit.engine.postcopy;

import io.godwit.engine.channel.Channel;
import io.godwit.engine.ram.RamBlock;
import io.godwit.engine.switchover.PostcopyListener;
import io.godwit.engine.switchover.ReturnPath;
import io.godwit.engine.switchover.Source;
import io.godwit.protocol.stream.MalformedStreamException;
import io.godwit.protocol.stream.ReturnPathMessage.PageRequest;
import io.godwit.protocol.stream.WireInput;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * The connection to a destination that runs the guest, for as long as it holds: what comes back on it, checked. Owns its
 * requests and its preempt channel; the channel is lent. When anything about it breaks, all of it is broken off, and whoever
 * waits for it goes on.
 */
final class Connection implements PostcopyListener, AutoCloseable {
    /** A huge page: nobody's fault needs more at once. */
    private static final int MOST_BYTES = 2 << 20;

    private final Channel channel;
    private final ReturnPath returnPath;
    private final OwedPages owed;
    private final Source source;
    private final PageRequests requests = new PageRequests();
    /** What the main channel has to answer: with a preempt channel what went there, for its neighbours to follow. */
    private final PageRequests forMain;
    private final Recovery recovery;
    private @Nullable PreemptChannel preempt;
    private boolean ended;
    private boolean allSent;
    private int lastBlock = -1;

    Connection(Channel channel, ReturnPath returnPath, OwedPages owed, Source source, boolean preempted) {
        this.channel = channel;
        this.returnPath = returnPath;
        this.owed = owed;
        this.source = source;
        forMain = preempted ? new PageRequests() : requests;
        recovery = new Recovery(owed);
        returnPath.listen(this);
    }

    Channel channel() {
        return channel;
    }

    ReturnPath returnPath() {
        return returnPath;
    }

    Recovery recovery() {
        return recovery;
    }

    /** All requests, for the one who answers them. */
    PageRequests requests() {
        return requests;
    }

    PageRequests forMain() {
        return forMain;
    }

    /** Requested pages go there from now on. Takes ownership. */
    synchronized void use(PreemptChannel opened) {
        preempt = opened;
        if (ended) {
            opened.shutdown();
        }
    }

    @Override
    public void aboutToRun() {
        source.clock().guestRuns();
    }

    @Override
    public void requested(PageRequest request) throws IOException {
        int block = request.block().isPresent() ? owed.indexOf(request.block().get()) : lastBlock;
        if (block < 0) {
            throw new MalformedStreamException(
                    request.block()
                            .map(name -> "the destination asks for pages of block '" + name + "', which is not there")
                            .orElse("the destination asks for pages before it has named a block"));
        }
        lastBlock = block;
        RamBlock asked = owed.blocks().get(block);
        long start = request.start();
        int length = request.length();
        long page = asked.memoryPageBytes();
        if (length <= 0 || length > MOST_BYTES || length % page != 0 || start % page != 0 || start < 0
                || start > asked.byteSize() - length) {
            throw new MalformedStreamException(
                    "the destination asks for %s bytes at 0x%x of block '%s', expected whole pages of %d bytes, at most %d, within %d bytes"
                            .formatted(Integer.toUnsignedString(length), start, asked.name(), page, MOST_BYTES,
                                    asked.byteSize()));
        }
        source.counters().addPostcopyRequest();
        requests.add(block, start / RamBlock.PAGE_SIZE, length / RamBlock.PAGE_SIZE);
    }

    @Override
    public void received(String block, WireInput in) throws IOException {
        recovery.received(block, in);
    }

    @Override
    public void resumeAcknowledged(int value) throws IOException {
        recovery.acknowledged(value);
    }

    @Override
    public void ended() {
        recovery.ended();
        breakOff();
    }

    /** The end is about to be sent: what is asked for from now on is zero, and a destination that has no need of it closes its preempt channel. */
    synchronized void allIsSent() {
        allSent = true;
    }

    /** The preempt channel broke. After the end only the destination knows whether it lacks anything: its last word is what counts. */
    synchronized void preemptLost() {
        if (!allSent) {
            breakOff();
        }
    }

    /** Ends all traffic. Any thread, any number of times. */
    synchronized void breakOff() {
        ended = true;
        requests.close();
        forMain.close();
        channel.shutdown();
        if (preempt != null) {
            preempt.shutdown();
        }
    }

    /** The cause, as far as it is known, of a failure that showed as {@code seen}. */
    IOException cause(IOException seen) {
        return returnPath.failure().orElse(seen) instanceof MalformedStreamException said ? said : seen;
    }

    /** Waits for the threads that listen and send. */
    @Override
    public void close() {
        breakOff();
        returnPath.close();
        PreemptChannel opened;
        synchronized (this) {
            opened = preempt;
            preempt = null;
        }
        if (opened != null) {
            opened.close();
        }
    }
}
