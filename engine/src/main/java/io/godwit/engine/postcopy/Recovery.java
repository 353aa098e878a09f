package io.godwit.engine.postcopy;

import io.godwit.engine.channel.StreamOutput;
import io.godwit.engine.ram.PageBitmap;
import io.godwit.engine.ram.RamBlock;
import io.godwit.protocol.stream.MalformedStreamException;
import io.godwit.protocol.stream.ReceivedBitmap;
import io.godwit.protocol.stream.ReturnPathMessage;
import io.godwit.protocol.stream.StreamCommand;
import io.godwit.protocol.stream.WireInput;
import java.io.IOException;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Takes up a postcopy again on a new connection: learns what has arrived, as what was under way is lost. The migration thread
 * asks, the return path's thread hears.
 *
 * <pre>
 * RECV_BITMAP block  ->
 *                    <-  RECV_BITMAP block, bitmap        for each block
 * POSTCOPY_RESUME    ->
 * PING *                                                   with a preempt channel, in the same write
 *                    <-  RESUME_ACK 1
 *                    <-  PONG *
 * </pre>
 */
final class Recovery {
    /**
     * A QEMU that is resumed wakes its thread for the preempt channel, which crashes when the connection is lost before it has woken
     * (10.0.2: at one in forty of the times that we were killed just then). QEMU sees a loss only when it has read all that was
     * sent, so it is given something to read: with 2000 or 8000 pings, a millisecond of work or some, it was none of four hundred.
     */
    static final int PINGS_BEHIND_RESUME = 4000;
    /** Nobody waits for its answer. */
    private static final int PING_VALUE = 5;

    private final OwedPages owed;
    private @Nullable PageBitmap awaited;
    private int awaitedBlock = -1;
    private boolean bitmapCame;
    private boolean ackAwaited;
    private boolean ackCame;
    private boolean ended;

    Recovery(OwedPages owed) {
        this.owed = owed;
    }

    /** Asks for the bitmap of each block and believes it. */
    void learnWhatArrived(StreamOutput out) throws IOException {
        for (int i = 0; i < owed.blocks().size(); i++) {
            RamBlock block = owed.blocks().get(i);
            PageBitmap received = new PageBitmap(block.pages());
            expectBitmap(i, received);
            new StreamCommand.SendReceivedBitmap(block.name()).write(out);
            out.flush();
            await(() -> bitmapCame, "what it has received");
            owed.lacksAllBut(i, received);
        }
    }

    /**
     * Lets the destination go on.
     *
     * @param preempted whether it has a preempt channel to be woken
     */
    void resume(StreamOutput out, boolean preempted) throws IOException {
        synchronized (this) {
            ackAwaited = true;
        }
        new StreamCommand.PostcopyResume().write(out);
        for (int i = 0; preempted && i < PINGS_BEHIND_RESUME; i++) {
            new StreamCommand.Ping(PING_VALUE).write(out);
        }
        out.flush();
        await(() -> ackCame, "that it goes on");
    }

    private synchronized void expectBitmap(int block, PageBitmap into) {
        awaited = into;
        awaitedBlock = block;
        bitmapCame = false;
    }

    void received(String name, WireInput in) throws IOException {
        PageBitmap into;
        synchronized (this) {
            into = awaited;
            if (into == null || owed.indexOf(name) != awaitedBlock) {
                throw new MalformedStreamException("the destination says what it has received of block '" + name
                        + "', which it was not asked for");
            }
            awaited = null;
        }
        ReceivedBitmap.read(in, into.pages(), into::orWord);
        synchronized (this) {
            bitmapCame = true;
            notifyAll();
        }
    }

    synchronized void acknowledged(int value) throws IOException {
        if (!ackAwaited || value != ReturnPathMessage.ResumeAck.GO_ON) {
            throw new MalformedStreamException("the destination says RESUME_ACK %d, expected %s".formatted(value,
                    ackAwaited ? "" + ReturnPathMessage.ResumeAck.GO_ON : "nothing of the kind"));
        }
        ackCame = true;
        notifyAll();
    }

    synchronized void ended() {
        ended = true;
        notifyAll();
    }

    private synchronized void await(BooleanSupplier came, String what) throws IOException {
        try {
            while (!came.getAsBoolean()) {
                if (ended) {
                    throw new IOException("the destination closed the return path before it said " + what);
                }
                wait();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while waiting for the destination", e);
        }
    }
}
