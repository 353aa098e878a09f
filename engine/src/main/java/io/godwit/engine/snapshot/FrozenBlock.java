package io.godwit.engine.snapshot;

import io.godwit.engine.linux.FaultHandler;
import io.godwit.engine.linux.Mapping;
import io.godwit.engine.ram.MemoryBlock;
import io.godwit.engine.ram.PageBitmap;
import io.godwit.engine.ram.RamBlock;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * A block of RAM whose pages are to be copied as they are, each once, by whoever takes it first. Counts in units: pages of the
 * block's memory, in which it is protected. Any thread, no locks, and nothing is allocated per page.
 */
final class FrozenBlock {
    private final MemoryBlock block;
    private final long unitBytes;
    private final long units;
    /** Protected, and nobody's yet. */
    private final AtomicLongArray untaken;
    /** Of no interest any more: copied, or never touched. */
    private final AtomicLongArray done;

    FrozenBlock(MemoryBlock block) {
        this.block = block;
        unitBytes = block.memoryPageBytes();
        units = block.byteSize() / unitBytes;
        untaken = new AtomicLongArray(Math.toIntExact((units + 63) / 64));
        done = new AtomicLongArray(untaken.length());
    }

    Mapping memory() {
        return block.memory();
    }

    MemoryBlock block() {
        return block;
    }

    long units() {
        return units;
    }

    long unitBytes() {
        return unitBytes;
    }

    /** Has the units that {@code touched} has pages of copied, and no others; returns how many they are. The guest stands still. */
    long expect(PageBitmap touched) {
        long unitPages = unitBytes / RamBlock.PAGE_SIZE;
        long count = 0;
        for (int i = 0; i < untaken.length(); i++) {
            long word = unitPages == 1 ? touched.word(i) : wordOfLargeUnits(touched, i, unitPages);
            untaken.setPlain(i, word);
            done.setPlain(i, ~word);
            count += Long.bitCount(word);
        }
        return count;
    }

    private long wordOfLargeUnits(PageBitmap touched, int index, long unitPages) {
        long word = 0;
        for (long unit = (long) index << 6; unit < Math.min(units, (index + 1L) << 6); unit++) {
            if (touched.nextSet(unit * unitPages, (unit + 1) * unitPages) >= 0) {
                word |= 1L << unit;
            }
        }
        return word;
    }

    /** The first unit that is nobody's yet, at or after {@code from} and before {@code limit}, or -1. Another may take it first. */
    long nextUntaken(long from, long limit) {
        if (from >= limit) {
            return -1;
        }
        int last = (int) ((limit - 1) >>> 6);
        int i = (int) (from >>> 6);
        long word = untaken.get(i) & (-1L << from);
        while (word == 0) {
            if (++i > last) {
                return -1;
            }
            word = untaken.get(i);
        }
        long found = ((long) i << 6) + Long.numberOfTrailingZeros(word);
        return found < limit ? found : -1;
    }

    /** Takes {@code unit} and those that follow it, as far as they are nobody's and before {@code limit}; returns how many, 0 for none. */
    int take(long unit, long limit) {
        long end = Math.min(limit, units);
        int taken = 0;
        while (unit + taken < end) {
            int got = takeInWord(unit + taken, end);
            taken += got;
            if (got == 0 || (unit + taken) % Long.SIZE != 0) {
                break;
            }
        }
        return taken;
    }

    private int takeInWord(long unit, long limit) {
        int index = (int) (unit >>> 6);
        int room = (int) Math.min(limit - unit, Long.SIZE - unit % Long.SIZE);
        while (true) {
            long word = untaken.get(index);
            int run = Math.min(room, Long.numberOfTrailingZeros(~(word >>> unit))); // shifts count modulo 64
            if (run == 0) {
                return 0;
            }
            long bits = (-1L >>> (Long.SIZE - run)) << unit;
            if (untaken.compareAndSet(index, word, word & ~bits)) {
                return run;
            }
        }
    }

    /** Copies units that were taken. */
    void copy(long unit, int count, MemorySegment target, long at) {
        block.memory().copyTo(unit * unitBytes, target, at, count * unitBytes);
        for (long done = unit; done < unit + count;) {
            int inWord = (int) Math.min(unit + count - done, Long.SIZE - done % Long.SIZE);
            this.done.getAndAccumulate((int) (done >>> 6), (-1L >>> (Long.SIZE - inWord)) << done,
                    (old, bits) -> old | bits);
            done += inWord;
        }
    }

    /** Lets units be written again that were copied, and those go on who wait for that. */
    void lift(FaultHandler lifter, long unit, int count) throws IOException {
        lifter.writeProtect(block.memory(), unit * unitBytes, count * unitBytes, false);
    }

    /** Whether nothing of a unit is needed any more: only then may its protection be lifted. */
    boolean isDone(long unit) {
        return (done.get((int) (unit >>> 6)) & (1L << unit)) != 0;
    }
}
