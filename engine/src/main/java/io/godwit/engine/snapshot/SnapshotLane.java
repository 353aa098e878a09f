package io.godwit.engine.snapshot;

import io.godwit.engine.linux.FaultHandler;
import io.godwit.engine.linux.NativeBuffer;
import io.godwit.engine.ram.RamBlock;
import java.io.IOException;
import java.util.function.LongConsumer;

/**
 * Saves frozen RAM in the order of its pages, between what was put aside. A run is copied, its protection lifted, and the copy
 * written, so that who wants to write it waits for a copy at most. Owns its buffer. One thread.
 */
final class SnapshotLane implements AutoCloseable {
    /** A huge page: to lift the protection of a part would break it up. */
    private static final long RUN_BYTES = 2L << 20;

    private final FrozenRam ram;
    private final SnapshotImage image;
    private final LongConsumer progress;
    private final NativeBuffer buffer = new NativeBuffer(RUN_BYTES);
    private final FaultHandler lifter;

    /** @param progress told how many pages were taken, each time some were */
    SnapshotLane(FrozenRam ram, SnapshotImage image, LongConsumer progress) {
        this.ram = ram;
        this.image = image;
        this.progress = progress;
        lifter = ram.lifter();
    }

    /** Saves those of a block's pages {@code from} up to, not including, {@code to} that nobody has taken. */
    void save(int index, long from, long to) throws IOException {
        FrozenBlock block = ram.blocks().get(index);
        long unitPages = block.unitBytes() / RamBlock.PAGE_SIZE;
        long limit = Math.min(to / unitPages, block.units());
        long unit = block.nextUntaken(from / unitPages, limit);
        while (unit >= 0) {
            ram.check();
            ram.aside().saveTo(image);
            int count = block.take(unit, Math.min(limit, unit + RUN_BYTES / block.unitBytes()));
            if (count > 0) {
                save(index, block, unit, count);
                progress.accept(count * unitPages);
            }
            unit = block.nextUntaken(unit + count, limit);
        }
        ram.aside().saveTo(image);
    }

    private void save(int index, FrozenBlock block, long unit, int count) throws IOException {
        block.copy(unit, count, buffer.segment(), 0);
        ram.copied(count);
        block.lift(lifter, unit, count);
        image.save(index, unit * block.unitBytes(), buffer.segment(), 0, count * block.unitBytes());
    }

    @Override
    public void close() {
        lifter.close();
        buffer.close();
    }
}
