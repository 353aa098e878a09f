package io.godwit.engine.mappedram;

import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;
import static org.assertj.core.api.Assertions.assertThat;

import io.godwit.engine.linux.NativeBuffer;
import io.godwit.engine.ram.RamBlock;
import io.godwit.protocol.stream.Configuration;
import io.godwit.protocol.stream.RamBlockEntry;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
final class MappedRamFileTest {
    private static final int THREADS = 8;
    private static final int PAGES = 16384;
    private static final int PAGE_SIZE = RamBlock.PAGE_SIZE;

    @TempDir
    Path dir;

    /** Neighbours come from different threads: the bits of a word too, and what is gathered for one write. */
    @Test
    void takesPagesFromManyThreadsAtOnce() throws Exception {
        var entries = List.of(new RamBlockEntry("pc.ram", PAGES * (long) PAGE_SIZE),
                new RamBlockEntry("rom", PAGES * (long) PAGE_SIZE));
        try (var file = new MappedRamFile(dir.resolve("ram"), new Configuration("pc", Optional.empty()), 1, entries,
                true);
                var page = new NativeBuffer(PAGE_SIZE)) {
            inParallel(thread -> writeEvery(THREADS, thread, file.blocks()));
            for (RamBlock block : file.blocks()) {
                for (int i = 0; i < PAGES; i++) {
                    block.read(i * (long) PAGE_SIZE, page.segment(), 0, PAGE_SIZE);
                    assertThat(page.segment().get(JAVA_LONG_UNALIGNED, 0)).as("page %d of %s", i, block.name())
                            .isEqualTo(i % 5 == 0 ? 0 : i);
                }
            }
        }
    }

    private interface Work {
        void run(int thread) throws IOException;
    }

    private static void inParallel(Work work) throws InterruptedException {
        List<Throwable> failures = new ArrayList<>();
        List<Thread> threads = IntStream.range(0, THREADS).mapToObj(i -> Thread.ofPlatform().unstarted(() -> {
            try {
                work.run(i);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        })).toList();
        for (Thread thread : threads) {
            thread.setUncaughtExceptionHandler((_, e) -> {
                synchronized (failures) {
                    failures.add(e);
                }
            });
            thread.start();
        }
        for (Thread thread : threads) {
            thread.join();
        }
        assertThat(failures).isEmpty();
    }

    /** Each page is filled with its number, and every fifth is zeroed again. */
    private static void writeEvery(int step, int first, List<? extends RamBlock> blocks) throws IOException {
        try (var page = new NativeBuffer(PAGE_SIZE)) {
            for (RamBlock block : blocks) {
                for (int i = first; i < PAGES; i += step) {
                    page.segment().set(JAVA_LONG_UNALIGNED, 0, i);
                    block.write(i * (long) PAGE_SIZE, page.segment(), 0, PAGE_SIZE);
                    if (i % 5 == 0) {
                        block.zero(i * (long) PAGE_SIZE, PAGE_SIZE);
                    }
                }
            }
        }
    }
}
