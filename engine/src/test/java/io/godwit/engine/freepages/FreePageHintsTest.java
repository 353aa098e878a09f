package io.godwit.engine.freepages;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.godwit.engine.linux.Mapping;
import io.godwit.engine.ram.MemoryBlock;
import io.godwit.engine.ram.PageBitmap;
import io.godwit.engine.ram.PendingPages;
import io.godwit.engine.ram.RamBlock;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class FreePageHintsTest {
    private static final int PAGES = 256;
    private static final int SEEDS = Integer.getInteger("godwit.schedules", 2000);

    private final List<Integer> rung = new ArrayList<>();
    private MemoryBlock ram;
    private FreePageHints hints;
    private PendingPages pending;
    private PendingPages listed;

    @BeforeEach
    void make() throws IOException {
        ram = new MemoryBlock("ram", Mapping.anonymous((long) PAGES * RamBlock.PAGE_SIZE));
        hints = new FreePageHints(List.of(ram), () -> rung.add(hints.commandId()));
        pending = new PendingPages(List.of(ram));
        listed = new PendingPages(List.of(ram));
        pending.addAll();
        listed.addAll();
    }

    @AfterEach
    void close() {
        ram.close();
    }

    @Test
    void aPageThatIsReportedInTimeIsTakenOutOnce() {
        hints.start();
        hints.report(hints.commandId(), 0, 10, 5);
        assertThat(hints.withhold(pending, listed)).isEqualTo(5);
        assertThat(hints.withhold(pending, listed)).isZero();
        assertThat(pending.count()).isEqualTo(PAGES - 5);
        assertThat(listed.bitmap(0).get(9)).isTrue();
        assertThat(listed.bitmap(0).get(10)).isFalse();
        assertThat(hints.counts()).isEqualTo(new FreePageHints.Counts(1, 0, 5));
    }

    @Test
    void aPageThatIsNotPendingStaysListed() {
        pending.clear();
        hints.start();
        hints.report(hints.commandId(), 0, 0, PAGES);
        assertThat(hints.withhold(pending, listed)).isZero();
        assertThat(listed.count()).isEqualTo(PAGES);
    }

    @Test
    void aReportForACommandThatIsOverCountsForNothing() {
        hints.start();
        int over = hints.commandId();
        hints.stop();
        hints.report(over, 0, 0, 10);
        hints.start();
        hints.report(over, 0, 0, 10);
        hints.report(FreePageHints.STOP, 0, 0, 10);
        hints.finished(over);
        assertThat(hints.isFinished()).isFalse();
        assertThat(hints.withhold(pending, listed)).isZero();
        assertThat(hints.counts()).isEqualTo(new FreePageHints.Counts(0, 3, 0));
    }

    @Test
    void whatWasReportedAndNotTakenIsForgottenWhenTheLogIsRead() {
        hints.start();
        hints.report(hints.commandId(), 0, 0, 10);
        hints.stop();
        assertThat(hints.withhold(pending, listed)).isZero();
    }

    @Test
    void eachStartHasAnIdOfItsOwnAndTheBellIsRungForIt() {
        hints.start();
        hints.stop();
        hints.start();
        hints.done();
        assertThat(rung).hasSize(3).doesNotHaveDuplicates();
        assertThat(FreePageHints.isStart(rung.get(0))).isTrue();
        assertThat(FreePageHints.isStart(rung.get(1))).isTrue();
        assertThat(rung.get(2)).isEqualTo(FreePageHints.DONE);
    }

    @ParameterizedTest
    @CsvSource({"0, 0, 257", "0, 257, 0", "0, -1, 2", "0, 1, -1", "0, 5, 9223372036854775807", "1, 0, 1", "-1, 0, 1"})
    void pagesThatThereAreNotAreRefused(int block, long first, long pages) {
        hints.start();
        assertThatIllegalArgumentException().isThrownBy(() -> hints.report(hints.commandId(), block, first, pages));
    }

    /** Every step of a guest and a migration in one order or another; what matters at the end is what the guest may read. */
    @Test
    void whateverTheScheduleNoPageThatTheGuestMayReadIsLost() {
        for (int seed = 1; seed <= SEEDS; seed++) {
            new Schedule(seed).run();
        }
    }

    /** A report on its way: for the command that the guest saw, of a page that was free then. */
    private record OnItsWay(int id, int page) {}

    private final class Schedule {
        private final int seed;
        private final Random random;
        private final int[] source = new int[PAGES];
        private final int[] destination = new int[PAGES];
        private final boolean[] used = new boolean[PAGES];
        private final PageBitmap dirty = new PageBitmap(PAGES);
        private final List<OnItsWay> onTheirWay = new ArrayList<>();
        private int writes;

        Schedule(int seed) {
            this.seed = seed;
            random = new Random(seed);
        }

        void run() {
            for (int page = 0; page < PAGES; page++) {
                used[page] = random.nextBoolean();
                write(page);
            }
            dirty.clearAll();
            pending.addAll();
            hints.start();
            for (int step = random.nextInt(3000); step > 0; step--) {
                if (random.nextInt(3) == 0) {
                    migrationDoes();
                } else {
                    guestDoes();
                }
            }
            hints.stop();
            readLog();
            boolean more = true;
            while (more) {
                more = sendOne();
            }
            hints.done();
            for (int page = 0; page < PAGES; page++) {
                if (used[page]) {
                    assertThat(destination[page]).as("seed %d, page %d", seed, page).isEqualTo(source[page]);
                }
            }
        }

        private void guestDoes() {
            int page = random.nextInt(PAGES);
            switch (random.nextInt(6)) {
                case 0 -> used[page] = false;
                case 1, 2 -> {
                    used[page] = true;
                    write(page);
                }
                case 3, 4 -> {
                    if (!used[page]) {
                        onTheirWay.add(new OnItsWay(hints.commandId(), page));
                    }
                }
                default -> {
                    if (!onTheirWay.isEmpty()) {
                        OnItsWay arrived = onTheirWay.remove(random.nextInt(onTheirWay.size()));
                        hints.report(arrived.id, 0, arrived.page, 1);
                    }
                }
            }
        }

        private void write(int page) {
            source[page] = ++writes;
            dirty.set(page);
        }

        private void migrationDoes() {
            switch (random.nextInt(20)) {
                case 0 -> {
                    hints.stop();
                    readLog();
                    hints.start();
                }
                case 1, 2, 3, 4 -> hints.withhold(pending, listed);
                default -> sendOne();
            }
        }

        private void readLog() {
            pending.bitmap(0).or(dirty);
            dirty.clearAll();
        }

        private boolean sendOne() {
            long page = pending.bitmap(0).nextSet(0);
            if (page < 0) {
                return false;
            }
            pending.bitmap(0).clear(page);
            destination[(int) page] = source[(int) page];
            return true;
        }
    }
}
