package io.godwit.daemon.qmp;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.locks.LockSupport;

/** How many descriptors this process has. */
public final class OpenDescriptors {
    private OpenDescriptors() {}

    public static int count() throws IOException {
        try (var all = Files.list(Path.of("/proc/self/fd"))) {
            return (int) all.count();
        }
    }

    /** A server closes a moment after its client: waits until no more than {@code expected} are open. */
    public static void awaitAtMost(int expected) throws IOException {
        long end = System.nanoTime() + 10_000_000_000L;
        while (count() > expected) {
            if (System.nanoTime() > end) {
                throw new AssertionError(count() + " descriptors are open, at most " + expected + " expected");
            }
            LockSupport.parkNanos(1_000_000);
        }
    }
}
