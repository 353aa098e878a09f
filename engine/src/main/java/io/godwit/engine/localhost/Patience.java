package io.godwit.engine.localhost;

import io.godwit.engine.channel.Abort;
import io.godwit.engine.linux.Fd;
import io.godwit.engine.linux.Poll;
import java.io.IOException;

/**
 * Waits for the other side. An abort ends that at once, as long as either side can do without the other. From then on it only
 * makes a wait finite. Owns what it polls with. One thread.
 */
final class Patience implements AutoCloseable {
    private static final long LAST_MILLIS = 30_000;

    private final Abort abort;
    private final Abort never = new Abort();
    private final Poll untilAborted;
    private final Poll untilStuck = never.poll();
    private boolean seesThrough;

    /** {@code abort} is lent. */
    Patience(Abort abort) throws IOException {
        this.abort = abort;
        untilAborted = abort.poll();
    }

    /** From now on the guest depends on both sides: what has begun is seen through. */
    void seeThrough() {
        seesThrough = true;
    }

    /** Whether somebody wants it to end. */
    boolean isAbortWanted() {
        return abort.requested();
    }

    void awaitReadable(Fd fd) throws IOException {
        await(Poll::awaitReadable, fd);
    }

    void awaitWritable(Fd fd) throws IOException {
        await(Poll::awaitWritable, fd);
    }

    private interface Wait {
        Poll.Outcome on(Poll poll, Fd fd, long timeoutMillis) throws IOException;
    }

    private void await(Wait wait, Fd fd) throws IOException {
        if (!seesThrough) {
            wait.on(untilAborted, fd, Poll.FOREVER);
            abort.check();
        } else if (wait.on(untilAborted, fd, Poll.FOREVER) == Poll.Outcome.ABORTED
                && wait.on(untilStuck, fd, LAST_MILLIS) == Poll.Outcome.TIMED_OUT) {
            throw new IOException("the other side has not moved for " + LAST_MILLIS / 1000 + " s");
        }
    }

    @Override
    public void close() {
        untilAborted.close();
        untilStuck.close();
        never.close();
    }
}
