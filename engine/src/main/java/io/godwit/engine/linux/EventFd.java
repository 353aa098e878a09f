package io.godwit.engine.linux;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.godwit.engine.linux.ffi.Eventfd;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** Owns an eventfd: a flag that one thread raises and others wait for in poll(2). Any thread may call. */
public final class EventFd implements AutoCloseable {
    private static final MemorySegment ONE = Arena.global().allocateFrom(JAVA_LONG, 1);
    private static final MemorySegment IGNORED_COUNT = Arena.global().allocate(JAVA_LONG);

    private final Fd fd;

    public EventFd() throws IOException {
        fd = Fd.adopt(ErrnoException.check(Eventfd.eventfd(0, Eventfd.EFD_CLOEXEC | Eventfd.EFD_NONBLOCK),
                "create an eventfd"));
    }

    /** Raises the flag. Who waits wakes up, and so does who waits later, until {@link #drain}. */
    public void signal() {
        try {
            fd.write(ONE, 0, Long.BYTES); // would block only after 2^64 - 2 signals; raised it is then, too
        } catch (ErrnoException e) {
            throw new IllegalStateException("signal " + fd, e);
        }
    }

    /** Lowers the flag and tells whether it was up. */
    public boolean drain() {
        try {
            return fd.read(IGNORED_COUNT, 0, Long.BYTES) == Long.BYTES;
        } catch (ErrnoException e) {
            throw new IllegalStateException("drain " + fd, e);
        }
    }

    /** Readable while the flag is up; lent. */
    public Fd fd() {
        return fd;
    }

    @Override
    public void close() {
        fd.close();
    }
}
