package io.godwit.engine.dirtyrate;

import io.godwit.engine.linux.NativeBuffer;
import io.godwit.engine.linux.Pagemap;
import io.godwit.engine.ram.MemoryBlock;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.OptionalLong;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;

/** By looking twice at a sample of the pages: needs nothing of the guest. The blocks are lent. */
record SampledRate(List<MemoryBlock> ram, int pagesPerGibibyte) implements Method {

    @Override
    public OptionalLong measure(Duration calcTime, Break end) throws IOException, InterruptedException {
        try (var pagemap = new Pagemap(); var page = new NativeBuffer(MemoryBlock.PAGE_SIZE)) {
            var hasher = new PageHasher(pagemap, page, end::isWanted);
            var sampling = new PageSampling(ram, pagesPerGibibyte, new SplittableRandom());
            long began = System.nanoTime();
            sampling.remember(hasher);
            if (end.await(calcTime.toNanos() - (System.nanoTime() - began))) {
                return OptionalLong.empty();
            }
            long rate = sampling.rate(hasher, TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - began));
            return end.isWanted() ? OptionalLong.empty() : OptionalLong.of(rate);
        }
    }

    @Override
    public boolean usesDirtyLog() {
        return false;
    }
}
