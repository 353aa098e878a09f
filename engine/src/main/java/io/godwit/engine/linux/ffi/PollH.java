package io.godwit.engine.linux.ffi;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.invoke.MethodHandle;

/** poll.h. */
public final class PollH {
    public static final short POLLIN = 1;
    public static final short POLLOUT = 4;
    public static final short POLLNVAL = 0x20;
    /** Linux's own: the peer has ended the connection or its half of it. */
    public static final short POLLRDHUP = 0x2000;

    /** {@code struct pollfd}. */
    public static final StructLayout POLLFD = MemoryLayout.structLayout(JAVA_INT.withName("fd"),
            JAVA_SHORT.withName("events"), JAVA_SHORT.withName("revents"));

    private static final MethodHandle POLL = CallState.link("poll",
            FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT));

    private PollH() {}

    /** poll(2): how many are ready, 0 at the timeout, or -errno. A timeout below zero is none. */
    public static int poll(MemorySegment fds, long nfds, int timeoutMillis) {
        MemorySegment state = CallState.ofThread();
        try {
            return CallState.result((int) POLL.invokeExact(state, fds, nfds, timeoutMillis), state);
        } catch (Throwable t) {
            throw CallState.rethrow("poll", t);
        }
    }
}
