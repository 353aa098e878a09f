package io.godwit.engine.dirtyrate;

import io.godwit.engine.guest.DirtyLog;
import io.godwit.engine.guest.NativeGuest;
import io.godwit.engine.ram.MemoryBlock;
import io.godwit.engine.ram.PageBitmap;
import java.io.IOException;
import java.time.Duration;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;

/** By the guest's dirty log, of which there is one: every page counts once, however often it is written. The guest is lent. */
record LoggedRate(NativeGuest guest) implements Method {
    private static final int MEBIBYTE_SHIFT = 20;
    private static final long MILLIS_PER_SECOND = 1000;

    @Override
    public OptionalLong measure(Duration calcTime, Break end) throws IOException, InterruptedException {
        try (DirtyLog log = guest.startDirtyLog()) {
            long began = System.nanoTime();
            if (end.await(calcTime.toNanos())) {
                return OptionalLong.empty();
            }
            long pages = 0;
            for (MemoryBlock block : guest.ram()) {
                var dirty = new PageBitmap(block.pages());
                log.takeDirty(block, dirty);
                pages += dirty.cardinality();
            }
            long millis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - began);
            return OptionalLong.of(((pages * MemoryBlock.PAGE_SIZE) >> MEBIBYTE_SHIFT) * MILLIS_PER_SECOND / millis);
        }
    }

    @Override
    public boolean usesDirtyLog() {
        return true;
    }
}
