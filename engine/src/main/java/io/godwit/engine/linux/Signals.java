package io.godwit.engine.linux;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.godwit.engine.linux.ffi.Signal;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** What happens to this process on a signal. */
public final class Signals {
    /** A real-time signal that the JVM (1 2 3 4 7 8 11 12 13 15 25 62) and glibc (32 33) leave alone. */
    public static final int KICK = 44;

    private Signals() {}

    /**
     * Makes {@code signal} end a blocking system call with EINTR and do nothing else. The handler is libc's abs(3): an
     * upcall into Java would meet threads that are in Java already. Without SA_RESTART, or the call would go on.
     */
    public static void ignoreWithNoop(int signal) throws ErrnoException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment action = arena.allocate(Signal.SIGACTION);
            action.set(JAVA_LONG, 0, Signal.addressOfAbs());
            ErrnoException.check(Signal.sigaction(signal, action, MemorySegment.NULL), "handle signal " + signal);
        }
    }
}
