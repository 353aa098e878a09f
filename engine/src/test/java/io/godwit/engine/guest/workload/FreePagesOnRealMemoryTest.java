package io.godwit.engine.guest.workload;

import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.assertj.core.api.Assertions.assertThat;

import io.godwit.engine.freepages.FreePageHints;
import io.godwit.engine.freepages.FreePageReporting;
import io.godwit.engine.linux.DirtyTracking;
import io.godwit.engine.linux.Fd;
import io.godwit.engine.linux.Mapping;
import io.godwit.engine.linux.MemFd;
import io.godwit.engine.linux.NativeBuffer;
import io.godwit.engine.ram.MemoryBlock;
import io.godwit.engine.ram.PendingPages;
import io.godwit.engine.ram.RamBlock;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A guest's thread writes, frees, hints and gives memory back as it likes while passes over its real memory go on, with the kernel's own
 * dirty log. Each seed is another schedule; how the two interleave, the machine decides.
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

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void noPageThatTheGuestMayReadIsLost(boolean inMemfd) throws Exception {
        long late = 0;
        long returned = 0;
        for (int seed = 1; seed <= SEEDS; seed++) {
            try (var race = new Race(seed, inMemfd)) {
                race.run();
                late += race.hints.counts().lateReports();
                returned += race.reporting.counts().returnedPages();
            }
        }
        assertThat(late).as("late reports").isPositive();
        assertThat(returned).as("pages given back").isPositive();
    }

    /** A report on its way: for the command that the guest saw, of pages that were free then. */
    private record OnItsWay(int id, int first, int pages) {}

    private static final class Race implements AutoCloseable {
        private final int seed;
        private final MemoryBlock source;
        private final MemoryBlock destination;
        private final FreePageHints hints;
        private final FreePageReporting reporting;
        private final AtomicReference<@Nullable AsyncDirtyLog> dirtyLog = new AtomicReference<>();
        private final PendingPages pending;
        private final PendingPages listed;
        private final NativeBuffer staging = new NativeBuffer(PAGE);
        private final long[] expected = new long[PAGES];
        private final boolean[] used = new boolean[PAGES];

        Race(int seed, boolean inMemfd) throws IOException {
            this.seed = seed;
            source = block(inMemfd);
            destination = block(inMemfd);
            hints = new FreePageHints(List.of(source), () -> {});
            reporting = new FreePageReporting(List.of(source), this::givenBack);
            pending = new PendingPages(List.of(source));
            listed = new PendingPages(List.of(source));
        }

        private void givenBack(MemoryBlock block, long first, long pages) {
            AsyncDirtyLog log = dirtyLog.get();
            if (log != null) {
                log.discarded(first, pages);
            }
        }

        private static MemoryBlock block(boolean inMemfd) throws IOException {
            long bytes = (long) PAGES * PAGE;
            if (!inMemfd) {
                return new MemoryBlock("ram", Mapping.anonymous(bytes));
            }
            try (Fd memfd = MemFd.create("test-ram", bytes)) {
                return new MemoryBlock("ram", Mapping.shared(memfd, bytes));
            }
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
            try (AsyncDirtyLog log = new AsyncDirtyLog(source, () -> {})) {
                dirtyLog.set(log);
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
                    switch (random.nextInt(9)) {
                        case 0, 1 -> used[page] = false;
                        case 2, 3, 4 -> write(page, (long) seed << 32 | step, buffer);
                        case 5, 6 -> onTheirWay.add(new OnItsWay(hints.commandId(), page, freeFrom(page)));
                        case 7 -> reporting.report(0, page, freeFrom(page));
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

        private int freeFrom(int page) {
            int end = page;
            while (end < PAGES && !used[end]) {
                end++;
            }
            return end - page;
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
