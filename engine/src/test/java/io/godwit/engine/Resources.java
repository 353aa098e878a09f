package io.godwit.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What a process holds: open descriptors, mappings of files and memfds, and threads of ours. */
record Resources(long descriptors, Set<String> threads) {

    static Resources now() throws IOException {
        try (Stream<Path> fds = Files.list(Path.of("/proc/self/fd"))) {
            Set<String> threads = Thread.getAllStackTraces().keySet().stream().map(Thread::getName)
                    .filter(name -> name.startsWith("migration") || name.startsWith("return-path")
                            || name.startsWith("vcpu") || name.startsWith("workload"))
                    .collect(Collectors.toSet());
            return new Resources(fds.count(), threads);
        }
    }

    /** Threads end a moment after they have shown their last state. */
    void assertSameNow() throws IOException {
        Eventually.until("threads " + threads, () -> {
            try {
                return now().equals(this);
            } catch (IOException e) {
                return false;
            }
        });
        assertThat(now()).isEqualTo(this);
    }
}
