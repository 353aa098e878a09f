package io.godwit.engine.dirtyrate;

import io.godwit.engine.migration.MigrationException.Refused;
import io.godwit.engine.ram.MemoryBlock;
import io.godwit.protocol.qapi.DirtyRateInfo;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** How fast a guest writes its RAM. Owns the present or last measurement; any thread may call. */
public final class DirtyRate implements AutoCloseable {
    private final List<MemoryBlock> ram;
    private volatile @Nullable DirtyRateMeasurement last;
    private boolean closed;

    /** The blocks are lent until {@link #close}. */
    public DirtyRate(List<MemoryBlock> ram) {
        this.ram = ram;
    }

    /** Begins to measure, unless that is being done; {@link #info} says so from here on. */
    public synchronized void start(Duration calcTime, int pagesPerGibibyte) throws Refused {
        if (closed) {
            throw new Refused("The dirty rate cannot be measured: the guest is being ended");
        }
        DirtyRateMeasurement before = last;
        if (before != null) {
            if (before.isRunning()) {
                throw new Refused("the dirty rate is already being measured.");
            }
            before.close(); // it has shown its end, so this is the blink of its thread's end
        }
        last = DirtyRateMeasurement.start(ram, calcTime, pagesPerGibibyte);
    }

    /** How the present or last measurement stands. */
    public DirtyRateInfo info() {
        DirtyRateMeasurement present = last;
        return present == null ? DirtyRateInfo.UNSTARTED : present.info();
    }

    /** Breaks off what is being measured; from then on nothing looks at the blocks. Idempotent. */
    @Override
    public synchronized void close() {
        closed = true;
        DirtyRateMeasurement present = last;
        if (present != null) {
            present.close();
        }
    }
}
