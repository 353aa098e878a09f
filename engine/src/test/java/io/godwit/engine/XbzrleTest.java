package io.godwit.engine;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static org.assertj.core.api.Assertions.assertThat;

import io.godwit.engine.incoming.IncomingMigration;
import io.godwit.engine.migration.DeltaCounts;
import io.godwit.engine.outgoing.OutgoingMigration;
import io.godwit.engine.ram.RamBlock;
import io.godwit.engine.switchover.PassListener.PassReport;
import io.godwit.protocol.qapi.MigrationCapability;
import io.godwit.protocol.qapi.MigrationStatus;
import io.godwit.protocol.qmp.QmpException;
import java.lang.foreign.MemorySegment;
import java.util.Iterator;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A guest moves with the capability xbzrle: what was sent before is sent again as what has changed. */
final class XbzrleTest extends EngineTest {
    private static final int PAGE = RamBlock.PAGE_SIZE;
    private static final long WHOLE = PAGE;

    /** A guest that is sent pass after pass for as long as it dirties anything. */
    private static Side source(int... pages) throws Exception {
        return Side.running(pages).with(MigrationCapability.XBZRLE).set("downtime-limit", 0).set("max-bandwidth", 0);
    }

    private OutgoingMigration move(Side source, Side target) throws Exception {
        var socket = socket();
        IncomingMigration in = target.await(socket);
        OutgoingMigration out = source.migrate(socket);
        Eventually.status(out.state(), MigrationStatus.COMPLETED);
        Eventually.status(in.state(), MigrationStatus.COMPLETED);
        for (int page = 0; page < source.guest.pages(); page++) {
            assertThat(target.guest.content(page)).as("page %d", page).isEqualTo(source.guest.content(page));
        }
        return out;
    }

    /** Writes one number into a page, and leaves the rest. */
    private static void poke(Side side, long page, int offset, int value) {
        side.guest.edit(page, content -> content.set(JAVA_BYTE, offset, (byte) value));
    }

    private static void scramble(MemorySegment page, Random random) {
        for (int i = 0; i < PAGE; i++) {
            page.set(JAVA_BYTE, i, (byte) random.nextInt());
        }
    }

    /** Does one step before each time that what is dirty is asked for; the next pass sends what it wrote. */
    private static void beforePasses(Side side, Iterator<Runnable> steps) {
        side.guest.beforeTakeDirty = () -> {
            if (side.guest.isRunning() && steps.hasNext()) {
                steps.next().run();
            }
        };
    }

    @Test
    void countsAsQemuDoes() throws Exception {
        try (Side source = source(8); Side target = Side.waiting(8)) {
            beforePasses(source, List.<Runnable>of(() -> {
                source.guest.write(0, 100);
                source.guest.write(1, 101); // pass 2: two pages that are in no cache yet
            }, () -> {
                poke(source, 0, 8, 77); // pass 3: u8 1, be16 3, 08 01 4d
                source.guest.edit(1, page -> scramble(page, new Random(1))); // an overflow
                poke(source, 2, 0, 77); // a miss
            }, () -> {
                source.guest.edit(0, same -> {}); // pass 4: found, and nothing to send
                source.guest.write(1, 0); // zero, as which it is remembered
            }, () -> poke(source, 1, 0, 77)).iterator()); // pass 5: u8 1, be16 3, 00 01 4d
            OutgoingMigration out = move(source, target);
            assertThat(out.counters().deltas())
                    .isEqualTo(new DeltaCounts(6 + PAGE + 6, 4, 3, 0, PAGE / 6.0, 1));
            assertThat(out.counters().normalPages()).isEqualTo(8 + 3 + 1);
            assertThat(out.counters().zeroPages()).isEqualTo(1);
        }
    }

    @Test
    void aPassOverPagesThatChangedLittleTakesAFewBytesForEach() throws Exception {
        int pages = 1000;
        try (Side source = source(pages); Side target = Side.waiting(pages)) {
            beforePasses(source, IntStream.range(0, 5).<Runnable>mapToObj(pass -> () -> {
                for (int page = 0; page < pages; page++) {
                    poke(source, page, page, pass);
                }
            }).iterator());
            move(source, target);
            long raw = (long) pages * PAGE;
            assertThat(source.passes).map(PassReport::sentBytes).satisfiesExactly(
                    first -> assertThat(first).isBetween(raw, raw * 11 / 10),
                    misses -> assertThat(misses).isBetween(raw, raw * 11 / 10),
                    third -> assertThat(third).isLessThan(pages * 20L),
                    fourth -> assertThat(fourth).isLessThan(pages * 20L),
                    fifth -> assertThat(fifth).isLessThan(pages * 20L),
                    sixth -> assertThat(sixth).isLessThan(pages * 20L));
        }
    }

    /** Raw, each pass would take a quarter of a second at this speed, which is more than the guest may stand still. */
    @Test
    void endsWhenWhatHasChangedFitsIntoTheDowntimeAlthoughThePagesWouldNot() throws Exception {
        int pages = 500;
        try (Side source = source(pages).set("max-bandwidth", 8 << 20).set("downtime-limit", 50);
                Side target = Side.waiting(pages)) {
            beforePasses(source, Stream.<Runnable>generate(() -> () -> {
                for (int page = 0; page < pages; page++) {
                    poke(source, page, 9, source.passes.size());
                }
            }).iterator());
            move(source, target);
            assertThat(source.passes.getFirst().expectedDowntimeNanos()).isGreaterThan(100_000_000);
            assertThat(source.passes.getLast().expectedDowntimeNanos()).isLessThan(50_000_000);
        }
    }

    /** One page that has hardly changed says nothing of a thousand others. */
    @Test
    void takesPagesThatItHasNotSeenChangeForWhole() throws Exception {
        int pages = 1000;
        try (Side source = source(pages).set("avail-switchover-bandwidth", 1_000_000);
                Side target = Side.waiting(pages)) {
            Runnable pokeOne = () -> poke(source, 0, 9, source.passes.size() + 1);
            Runnable pokeAll = () -> {
                for (int page = 0; page < pages; page++) {
                    poke(source, page, 10, source.passes.size() + 1);
                }
            };
            beforePasses(source, List.of(pokeAll, pokeOne, pokeAll, pokeAll, pokeAll).iterator());
            move(source, target);
            long delta = 8 + 1 + 2 + 3;
            assertThat(source.passes).map(pass -> pass.expectedDowntimeNanos() / 1000).as("bytes expected")
                    .containsExactly(pages * WHOLE, WHOLE, (pages - 1) * WHOLE + delta, pages * delta, pages * delta,
                            0L);
        }
    }

    @Test
    void anotherCacheSizeIsObeyedFromTheNextPassOn() throws Exception {
        try (Side source = source(64).set("xbzrle-cache-size", PAGE); Side target = Side.waiting(64)) {
            Runnable pokeAll = () -> {
                for (int page = 0; page < 64; page++) {
                    poke(source, page, 5, source.passes.size() + 1);
                }
            };
            beforePasses(source, List.of(pokeAll, pokeAll, () -> {
                pokeAll.run();
                set(source, "xbzrle-cache-size", 64 * PAGE);
            }, pokeAll).iterator());
            OutgoingMigration out = move(source, target);
            assertThat(out.counters().deltas().pages()).as("1 in pass 3, 64 in pass 5").isEqualTo(1 + 64);
            assertThat(out.counters().deltas().misses()).isEqualTo(64 + 63 + 64);
        }
    }

    private static void set(Side side, String name, int value) {
        try {
            side.set(name, value);
        } catch (QmpException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void aPausedGuestNeedsNoCache() throws Exception {
        try (Side source = source(100); Side target = Side.waiting(100)) {
            source.run.stop();
            OutgoingMigration out = move(source, target);
            assertThat(out.counters().deltas()).isEqualTo(DeltaCounts.NONE);
        }
    }

    /** Pages change in every way there is, also while they are read; what arrives is what was there at the stop. */
    @ParameterizedTest
    @ValueSource(ints = {PAGE, 16 * PAGE, 1 << 20, 1 << 30})
    void arrivesWholeHoweverPagesChangeAndHoweverFewAreRemembered(int cacheBytes) throws Exception {
        int[] blocks = {300, 7, 93};
        try (Side source = source(blocks).set("xbzrle-cache-size", cacheBytes); Side target = Side.waiting(blocks)) {
            var writes = new AtomicInteger();
            var over = new AtomicBoolean();
            Thread guest = Thread.ofPlatform().name("guest").start(() -> {
                var random = new Random(cacheBytes);
                while (!over.get()) {
                    change(source.guest, random);
                    writes.incrementAndGet();
                }
            });
            var passes = new AtomicInteger();
            source.guest.beforeTakeDirty = () -> {
                int enough = writes.get() + 100;
                Eventually.until("writes of the guest", () -> over.get() || writes.get() >= enough);
                if (passes.incrementAndGet() == 45) { // 15 for each of three blocks
                    over.set(true);
                }
            };
            OutgoingMigration out;
            try {
                out = move(source, target);
            } finally {
                over.set(true);
                guest.join();
            }
            assertThat(out.counters().deltas().pages()).isPositive();
            assertThat(out.counters().deltas().misses()).isPositive();
        }
    }

    private static void change(MemoryGuest guest, Random random) {
        synchronized (guest) {
            if (guest.isRunning()) {
                guest.edit(random.nextLong(guest.pages()), page -> change(page, random));
            }
        }
    }

    private static void change(MemorySegment page, Random random) {
        switch (random.nextInt(8)) {
            case 0 -> scramble(page, random);
            case 1 -> page.fill((byte) 0);
            case 2 -> page.fill((byte) random.nextInt());
            case 3 -> page.set(JAVA_BYTE, 0, page.get(JAVA_BYTE, 0));
            default -> {
                for (int i = random.nextInt(100); i >= 0; i--) {
                    page.set(JAVA_BYTE, random.nextInt(PAGE), (byte) random.nextInt());
                }
            }
        }
    }
}
