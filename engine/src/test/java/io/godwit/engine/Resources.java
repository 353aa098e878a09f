package io.godwit.engine;

import io.godwit.engine.linux.ProcessResources;
import java.io.IOException;
import java.util.Set;
import java.util.SortedSet;
import java.util.stream.Collectors;

/** What a migration could leave behind in this process: open descriptors, and threads of ours. */
record Resources(SortedSet<String> descriptors, Set<String> threads) {
    private static final Set<String> OURS = Set.of("migration", "migration-incoming", "return-path", "writeback",
            "faults", "write-faults", "seal");

    static Resources now() {
        Set<String> threads = Thread.getAllStackTraces().keySet().stream()
                .map(Thread::getName)
                .filter(name -> OURS.contains(name) || name.startsWith("multifd-") || name.startsWith("postcopy-"))
                .collect(Collectors.toSet());
        try {
            return new Resources(ProcessResources.descriptors(), threads);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    /** Threads end a moment after they have shown their last state. */
    void assertSameNow() {
        try {
            Eventually.until("again what it was", () -> now().equals(this));
        } catch (AssertionError e) {
            throw new AssertionError("got " + now() + ", expected " + this, e);
        }
    }
}
