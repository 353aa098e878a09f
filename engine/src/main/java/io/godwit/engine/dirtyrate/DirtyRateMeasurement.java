package io.godwit.engine.dirtyrate;

import io.godwit.engine.linux.NativeBuffer;
import io.godwit.engine.linux.Pagemap;
import io.godwit.engine.ram.MemoryBlock;
import io.godwit.protocol.qapi.DirtyRateInfo;
import io.godwit.protocol.qapi.DirtyRateStatus;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One measurement, begun by being made. Owns the thread {@code dirty-rate}, which owns what it needs. */
final class DirtyRateMeasurement implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(DirtyRateMeasurement.class);

    private final List<MemoryBlock> ram;
    private final Duration calcTime;
    private final int pagesPerGibibyte;
    private final CountDownLatch stop = new CountDownLatch(1);
    private final Thread thread = Thread.ofPlatform().name("dirty-rate").unstarted(this::run);
    private volatile DirtyRateInfo info;

    private DirtyRateMeasurement(List<MemoryBlock> ram, Duration calcTime, int pagesPerGibibyte) {
        this.ram = ram;
        this.calcTime = calcTime;
        this.pagesPerGibibyte = pagesPerGibibyte;
        info = DirtyRateInfo.measuring(Instant.now().getEpochSecond(), calcTime.toMillis(), pagesPerGibibyte);
    }

    /** The blocks are lent until {@link #close}. */
    static DirtyRateMeasurement start(List<MemoryBlock> ram, Duration calcTime, int pagesPerGibibyte) {
        var measurement = new DirtyRateMeasurement(ram, calcTime, pagesPerGibibyte);
        measurement.thread.start();
        return measurement;
    }

    /** One that was closed before its end, or could not be finished, is as if it had never been started. */
    DirtyRateInfo info() {
        return info;
    }

    boolean isRunning() {
        return info.status() == DirtyRateStatus.MEASURING;
    }

    private void run() {
        DirtyRateInfo end = DirtyRateInfo.UNSTARTED;
        try (var pagemap = new Pagemap(); var page = new NativeBuffer(MemoryBlock.PAGE_SIZE)) {
            end = measure(new PageHasher(pagemap, page, this::isStopped));
        } catch (IOException e) {
            LOG.error("The dirty rate cannot be measured: {}", e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            info = end;
        }
    }

    private DirtyRateInfo measure(PageHasher hasher) throws IOException, InterruptedException {
        var sampling = new PageSampling(ram, pagesPerGibibyte, new SplittableRandom());
        long began = System.nanoTime();
        sampling.remember(hasher);
        if (stop.await(calcTime.toNanos() - (System.nanoTime() - began), TimeUnit.NANOSECONDS)) {
            return DirtyRateInfo.UNSTARTED;
        }
        long rate = sampling.rate(hasher, TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - began));
        return isStopped() ? DirtyRateInfo.UNSTARTED : info.measured(rate);
    }

    private boolean isStopped() {
        return stop.getCount() == 0;
    }

    /** Breaks it off and waits for its thread's end. */
    @Override
    public void close() {
        stop.countDown();
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
