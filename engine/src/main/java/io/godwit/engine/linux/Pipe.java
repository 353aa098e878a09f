package io.godwit.engine.linux;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import io.godwit.engine.linux.ffi.Fcntl;
import io.godwit.engine.linux.ffi.Unistd;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** Owns both ends of a pipe; either may be closed before the other. */
public record Pipe(Fd reader, Fd writer) implements AutoCloseable {

    /** A blocking pipe, close-on-exec. */
    public static Pipe open() throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment ends = arena.allocate(JAVA_INT, 2);
            ErrnoException.check(Unistd.pipe2(ends, Fcntl.O_CLOEXEC), "create a pipe");
            return new Pipe(Fd.adopt(ends.getAtIndex(JAVA_INT, 0)), Fd.adopt(ends.getAtIndex(JAVA_INT, 1)));
        }
    }

    /** Asks for a buffer of {@code bytes}; returns what it got, a power of two not smaller. */
    public int setCapacity(int bytes) throws IOException {
        return ErrnoException.check(Fcntl.fcntl(writer.number(), Fcntl.F_SETPIPE_SZ, bytes),
                "set capacity of a pipe to " + bytes);
    }

    @Override
    public void close() {
        reader.close();
        writer.close();
    }
}
