package io.godwit.engine.fuzz;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Looks from time to time whether runs leave descriptors, threads or mappings behind. One thread. */
final class Leftovers {
    private static final int RUNS = 1000;
    /** What the JVM and the fuzzer may open for themselves after the first runs. */
    private static final Held SLACK = new Held(16, 8, 600);

    private long runs;
    private Held before = new Held(0, 0, 0);

    private record Held(long descriptors, long threads, long mappings) {

        static Held now() throws IOException {
            try (var mappings = Files.lines(Path.of("/proc/self/maps"))) {
                return new Held(entries("fd"), entries("task"), mappings.count());
            }
        }

        private static long entries(String directory) throws IOException {
            try (var entries = Files.list(Path.of("/proc/self", directory))) {
                return entries.count();
            }
        }

        boolean isWithin(Held other, Held slack) {
            return descriptors <= other.descriptors + slack.descriptors && threads <= other.threads + slack.threads
                    && mappings <= other.mappings + slack.mappings;
        }
    }

    /** After every run. */
    void check() throws IOException {
        if (++runs % RUNS != 0) {
            return;
        }
        Held now = Held.now();
        if (runs == RUNS) {
            before = now;
        } else if (!now.isWithin(before, SLACK)) {
            throw new AssertionError("after %d runs %s, after %d runs %s".formatted(RUNS, before, runs, now));
        }
    }
}
