package io.godwit.engine.guest.workload;

import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.assertj.core.api.Assertions.assertThat;

import io.godwit.engine.freepages.FreePageHints;
import io.godwit.engine.guest.DirtyLog;
import io.godwit.engine.linux.DirtyTracking;
import io.godwit.engine.linux.Mapping;
import io.godwit.engine.linux.NativeBuffer;
import io.godwit.engine.ram.MemoryBlock;
import io.godwit.engine.ram.PendingPages;
import io.godwit.engine.ram.RamBlock;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * A guest's thread writes, frees and reports as it likes while passes over its real memory go on, with the kernel's own dirty
 * log. Each seed is another schedule; how the two interleave, the machine decides.
 */
final class FreePagesOnRealMemoryTest {
    private static final int PAGES = 512;
    private static final int PAGE = RamBlock.PAGE_SIZE;
    private static final int SEEDS = Integer.getInteger("godwit.races", 20);
    private static final int STEPS = 20_000;

    @BeforeEach
    void needsDirtyTracking() {
        DirtyTracking.assume();
    }

    @Test
    void noPageThatTheGuestMayReadIsLost() throws Exception {
        for (int seed = 1; seed <= SEEDS; seed++) {
            try (var race = new Race(seed)) {
                race.run();
            }
        }
    }

    /** A report on its way: for the command that the guest saw, of pages that were free then. */
    private record OnItsWay(int id, int first, int pages) {}

    private static final class Race implements AutoCloseable {
        private final int seed;
        private final MemoryBlock source = block();
        private final MemoryBlock destination = block();
        private final FreePageHints hints = new FreePageHints(List.of(source), () -> {});
        private final PendingPages pending = new PendingPages(List.of(source));
        private final PendingPages listed = new PendingPages(List.of(source));
        private final NativeBuffer staging = new NativeBuffer(PAGE);
        private final long[] expected = new long[PAGES];
        private final boolean[] used = new boolean[PAGES];

        Race(int seed) throws IOException {
            this.seed = seed;
        }

        private static MemoryBlock block() throws IOException {
            return new MemoryBlock("ram", Mapping.anonymous((long) PAGES * PAGE));
        }

        void run() throws Exception {
            var ended = new CompletableFuture<Void>();
            Thread guest = Thread.ofPlatform().start(() -> {
                try {
                    beGuest();
                    ended.complete(null);
                } catch (Throwable t) {
                    ended.completeExceptionally(t);
                }
            });
            try (DirtyLog log = new AsyncDirtyLog(source, () -> {})) {
                pending.addTouched();
                while (!ended.isDone()) {
                    hints.start();
                    sendPass();
                    hints.stop();
                    log.takeDirty(source, pending.bitmap(0));
                }
                guest.join();
                ended.get();
                log.takeDirty(source, pending.bitmap(0));
                sendAll();
                hints.done();
            }
            compare();
        }

        private void sendPass() {
            while (pending.count() > 0) {
                hints.withhold(pending, listed);
                for (int sent = 0; sent < 16 && pending.count() > 0; sent++) {
                    send(pending.bitmap(0).nextSet(0));
                }
            }
        }

        private void sendAll() {
            while (pending.count() > 0) {
                send(pending.bitmap(0).nextSet(0));
            }
        }

        private void send(long page) {
            pending.bitmap(0).clear(page);
            source.read(page * PAGE, staging.segment(), 0, PAGE);
            destination.write(page * PAGE, staging.segment(), 0, PAGE);
        }

        private void beGuest() {
            var random = new Random(seed);
            var onTheirWay = new ArrayList<OnItsWay>();
            try (var buffer = new NativeBuffer(PAGE)) {
                for (int step = 0; step < STEPS; step++) {
                    int page = random.nextInt(PAGES);
                    switch (random.nextInt(8)) {
                        case 0, 1 -> used[page] = false;
                        case 2, 3, 4 -> write(page, (long) seed << 32 | step, buffer);
                        case 5, 6 -> {
                            int end = page;
                            while (end < PAGES && !used[end]) {
                                end++;
                            }
                            onTheirWay.add(new OnItsWay(hints.commandId(), page, end - page));
                        }
                        default -> {
                            if (!onTheirWay.isEmpty()) {
                                OnItsWay arrived = onTheirWay.remove(random.nextInt(onTheirWay.size()));
                                hints.report(arrived.id, 0, arrived.first, arrived.pages);
                            }
                        }
                    }
                }
            }
        }

        private void write(int page, long value, NativeBuffer buffer) {
            used[page] = true;
            expected[page] = value;
            buffer.segment().setAtIndex(JAVA_LONG, 0, value);
            source.write((long) page * PAGE, buffer.segment(), 0, PAGE);
        }

        private void compare() {
            for (int page = 0; page < PAGES; page++) {
                if (used[page]) {
                    destination.read((long) page * PAGE, staging.segment(), 0, PAGE);
                    assertThat(staging.segment().getAtIndex(JAVA_LONG, 0))
                            .as("seed %d, page %d", seed, page).isEqualTo(expected[page]);
                }
            }
        }

        @Override
        public void close() {
            staging.close();
            source.close();
            destination.close();
        }
    }
}
