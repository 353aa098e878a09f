package io.godwit.engine.dirtyrate;

import io.godwit.engine.guest.NativeGuest;
import io.godwit.engine.migration.MigrationException.Refused;
import io.godwit.engine.ram.MemoryBlock;
import io.godwit.protocol.qapi.DirtyRateInfo;
import java.time.Duration;
import java.time.Instant;
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

    /** Begins to measure by a sample of pages, unless that is being done; {@link #info} says so from here on. */
    public void start(Duration calcTime, int pagesPerGibibyte) throws Refused {
        begin(new SampledRate(ram, pagesPerGibibyte), calcTime,
                DirtyRateInfo.measuring(now(), calcTime.toMillis(), pagesPerGibibyte));
    }

    /** The same by the dirty log of the guest, which is lent as the blocks are, and has it for nobody else then. */
    public void startByLog(Duration calcTime, NativeGuest guest) throws Refused {
        begin(new LoggedRate(guest), calcTime, DirtyRateInfo.measuringByBitmap(now(), calcTime.toMillis()));
    }

    private static long now() {
        return Instant.now().getEpochSecond();
    }

    private synchronized void begin(Method method, Duration calcTime, DirtyRateInfo begun) throws Refused {
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
        last = DirtyRateMeasurement.start(method, calcTime, begun);
    }

    /** Somebody else needs the dirty log: breaks off what is being measured by it, and returns when the log is free. */
    public synchronized void freeLog() {
        DirtyRateMeasurement present = last;
        if (present != null && present.usesDirtyLog()) {
            present.close();
        }
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
