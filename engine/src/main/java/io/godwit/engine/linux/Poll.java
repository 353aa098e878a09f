package io.godwit.engine.linux;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import io.godwit.engine.linux.ffi.PollH;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * Waits for one descriptor, or for being told to stop waiting, and sees others lose their peers meanwhile. Owns the memory that poll(2) needs, so that waiting
 * allocates nothing. One thread at a time; whoever wants it to stop signals the event.
 */
public final class Poll implements AutoCloseable {
    /** A timeout that never ends. */
    public static final long FOREVER = -1;

    private static final long EVENTS = 4;
    private static final long REVENTS = 6;
    private static final long ABORT = PollH.POLLFD.byteSize();
    private static final long OTHERS = 2 * PollH.POLLFD.byteSize();
    private static final long MAX_SLICE_MILLIS = 1 << 30;

    /** Why waiting ended. */
    public enum Outcome {
        /** The descriptor is ready, or is at its end or broken: the next call on it tells, without blocking. */
        READY,
        /** The event was signalled; it stays so until somebody drains it. Comes before the others. */
        ABORTED,
        /** One of the others has lost its peer; comes after the others. */
        LOST,
        TIMED_OUT
    }

    private final Arena arena = Arena.ofShared();
    private final MemorySegment pollfds;
    private final EventFd abort;

    /** {@code abort} is lent and must stay open longer than this. */
    public Poll(EventFd abort) {
        this(abort, 0);
    }

    /** As {@link #Poll(EventFd)}, with room for so many others. */
    public Poll(EventFd abort, int mostOthers) {
        this.abort = abort;
        pollfds = arena.allocate(PollH.POLLFD, 2L + mostOthers);
    }

    public Outcome awaitReadable(Fd fd, long timeoutMillis) throws IOException {
        return await(fd.number(), PollH.POLLIN, List.of(), timeoutMillis);
    }

    /** Waits for as long as it takes, or until one of {@code others} loses its peer, whatever that has left to be read. */
    public Outcome awaitReadable(Fd fd, List<Fd> others) throws IOException {
        return await(fd.number(), PollH.POLLIN, others, FOREVER);
    }

    /** Waits for as long as it takes until one of {@code fds}, no more than there is room for others, can be read from. */
    public Outcome awaitAnyReadable(List<Fd> fds) throws IOException {
        Outcome outcome = await(-1, (short) 0, fds, PollH.POLLIN, FOREVER);
        return outcome == Outcome.LOST ? Outcome.READY : outcome;
    }

    public Outcome awaitWritable(Fd fd, long timeoutMillis) throws IOException {
        return await(fd.number(), PollH.POLLOUT, List.of(), timeoutMillis);
    }

    /** Waits for nothing but the event: {@code ABORTED} or {@code TIMED_OUT}. */
    public Outcome awaitAbort(long timeoutMillis) throws IOException {
        return await(-1, (short) 0, List.of(), timeoutMillis); // poll(2) ignores a negative descriptor
    }

    private Outcome await(int fd, short events, List<Fd> others, long timeoutMillis) throws IOException {
        return await(fd, events, others, PollH.POLLRDHUP, timeoutMillis);
    }

    private Outcome await(int fd, short events, List<Fd> others, short eventsOfOthers, long timeoutMillis)
            throws IOException {
        pollfds.set(JAVA_INT, 0, fd);
        pollfds.set(JAVA_SHORT, EVENTS, events);
        pollfds.set(JAVA_INT, ABORT, abort.fd().number());
        pollfds.set(JAVA_SHORT, ABORT + EVENTS, PollH.POLLIN);
        for (int i = 0; i < others.size(); i++) {
            pollfds.set(JAVA_INT, OTHERS + i * PollH.POLLFD.byteSize(), others.get(i).number());
            pollfds.set(JAVA_SHORT, OTHERS + i * PollH.POLLFD.byteSize() + EVENTS, eventsOfOthers);
        }
        long start = System.nanoTime();
        while (true) {
            long left = timeoutMillis < 0 ? FOREVER : timeoutMillis - (System.nanoTime() - start) / 1_000_000;
            int ready = PollH.poll(pollfds, 2L + others.size(),
                    (int) Math.clamp(left, timeoutMillis < 0 ? -1 : 0, MAX_SLICE_MILLIS));
            if (ready > 0) {
                return outcome(fd);
            }
            if (ready < 0 && Errno.ofResult(ready) != Errno.EINTR) {
                throw new ErrnoException("poll fd " + fd, ready);
            }
            if (timeoutMillis >= 0 && left <= 0) {
                return Outcome.TIMED_OUT;
            }
        }
    }

    private Outcome outcome(int fd) throws IOException {
        if (pollfds.get(JAVA_SHORT, ABORT + REVENTS) != 0) {
            return Outcome.ABORTED;
        }
        if ((pollfds.get(JAVA_SHORT, REVENTS) & PollH.POLLNVAL) != 0) {
            throw new ErrnoException("poll fd " + fd, Errno.EBADF.result());
        }
        return pollfds.get(JAVA_SHORT, REVENTS) != 0 ? Outcome.READY : Outcome.LOST;
    }

    @Override
    public void close() {
        if (arena.scope().isAlive()) {
            arena.close();
        }
    }
}
