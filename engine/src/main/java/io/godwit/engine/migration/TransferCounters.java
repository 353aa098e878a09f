package io.godwit.engine.migration;

import io.godwit.protocol.course.WriteCurve;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;

/**
 * What one migration has moved. Written by its own thread alone, save what is said to be any's; read by any: a reader may see
 * one number a moment ahead of another.
 */
public final class TransferCounters {
    private final LongAdder precopyBytes = new LongAdder();
    private final LongAdder downtimeBytes = new LongAdder();
    private final LongAdder postcopyBytes = new LongAdder();
    private final LongAdder postcopyNormalPages = new LongAdder();
    private final LongAdder postcopyZeroPages = new LongAdder();
    private final LongAdder postcopyRequestedPages = new LongAdder();
    private final LongAdder postcopyRequests = new LongAdder();
    private final Latencies postcopyRequestsServed = new Latencies();
    private final CountDownLatch firstPage = new CountDownLatch(1);
    private final LongAdder hintedPages = new LongAdder();
    private final AtomicLong passes = new AtomicLong();
    private volatile long normalPages;
    private volatile long zeroPages;
    private volatile long untouchedPages;
    private volatile long remainingPages;
    private volatile long pagesBehind;
    private volatile long dirtyPagesPerSecond;
    private volatile int throttlePercent;
    private volatile DeltaCounts deltas = DeltaCounts.NONE;
    private volatile WriteCurve writes = WriteCurve.NOTHING;
    private volatile Stretch stretch = new Stretch(System.nanoTime(), 0, 0, 0, 0);
    private volatile LongAdder bytesOfPhase = precopyBytes;

    /**
     * A pass, or postcopy: when it began, what had been sent then, and how fast that was lately.
     *
     * @param bytesBefore a second, of the stretch before
     */
    private record Stretch(long beganNanos, long bytes, long pages, long bytesBefore, long pagesBefore) {
        private static final double LEAST_SECONDS = 0.1;

        double seconds() {
            return (System.nanoTime() - beganNanos) / 1e9;
        }

        /** As long as it is young, how fast the one before was. */
        long bytesPerSecond(long bytesNow) {
            double seconds = seconds();
            return seconds < LEAST_SECONDS ? bytesBefore : (long) ((bytesNow - bytes) / seconds);
        }

        long pagesPerSecond(long pagesNow) {
            double seconds = seconds();
            return seconds < LEAST_SECONDS ? pagesBefore : (long) ((pagesNow - pages) / seconds);
        }
    }

    /** An empty count. */
    public TransferCounters() {}

    /** Bytes that a channel took or gave; they count for the phase that it is in. */
    public void addBytes(long bytes) {
        bytesOfPhase.add(bytes);
    }

    /** From precopy to downtime. */
    public void guestStops() {
        bytesOfPhase = downtimeBytes;
    }

    /** From downtime to postcopy: the guest has been given away. */
    public void postcopyBegins() {
        bytesOfPhase = postcopyBytes;
        beginStretch();
    }

    /** Pages sent in postcopy, by any thread; so many of them because somebody waits for them. */
    public void addPostcopyPages(long normal, long zero, long requested) {
        postcopyNormalPages.add(normal);
        postcopyZeroPages.add(zero);
        postcopyRequestedPages.add(requested);
    }

    /** The destination has asked for pages. */
    public void addPostcopyRequest() {
        postcopyRequests.increment();
    }

    /** A page that was asked for has been written to the channel, so long after that. */
    public void postcopyRequestServed(long nanos) {
        postcopyRequestsServed.add(nanos);
    }

    /** Set by the thread that counts, in batches. */
    public void setPages(long normal, long zero, long remaining) {
        normalPages = normal;
        zeroPages = zero;
        remainingPages = remaining;
        if (normal + zero > 0) {
            firstPage.countDown();
        }
    }

    /** Waits until a page has been counted; false when none has within {@code nanos}. Any thread. */
    public boolean awaitFirstPage(long nanos) throws InterruptedException {
        return firstPage.await(nanos, TimeUnit.NANOSECONDS);
    }

    /** Set in batches, by a sender that has the capability xbzrle. */
    public void setDeltas(DeltaCounts counts) {
        deltas = counts;
    }

    /** Set when a pass begins. */
    public void setRemaining(long pages) {
        remainingPages = pages;
    }

    /** Percent of the time that the guest is made to stand still. */
    public void setThrottle(int percent) {
        throttlePercent = percent;
    }

    public void setUntouched(long pages) {
        untouchedPages = pages;
    }

    /** Pages were not sent because the guest does not need them. */
    public void addHinted(long pages) {
        hintedPages.add(pages);
    }

    /** What is to be sent in this pass besides what its sender has been given so far. */
    public void setBehind(long pages) {
        pagesBehind = pages;
    }

    /** A pass begins; returns its number, counting from 1. */
    public long nextPass() {
        beginStretch();
        return passes.incrementAndGet();
    }

    private void beginStretch() {
        stretch = new Stretch(System.nanoTime(), transferredBytes(), normalPages(), bytesPerSecond(),
                pagesPerSecond());
    }

    /** How fast the guest writes, as far as is known. */
    public void setWrites(WriteCurve curve) {
        writes = curve;
    }

    /** As last set; that of a guest that writes nothing before. */
    public WriteCurve writes() {
        return writes;
    }

    /** Since the present pass began. */
    public double passSeconds() {
        return stretch.seconds();
    }

    public void setDirtyRate(long pagesPerSecond) {
        dirtyPagesPerSecond = pagesPerSecond;
    }

    public long transferredBytes() {
        return precopyBytes.sum() + downtimeBytes.sum() + postcopyBytes.sum();
    }

    public long precopyBytes() {
        return precopyBytes.sum();
    }

    public long downtimeBytes() {
        return downtimeBytes.sum();
    }

    public long postcopyBytes() {
        return postcopyBytes.sum();
    }

    /** How often the destination has asked. */
    public long postcopyRequests() {
        return postcopyRequests.sum();
    }

    /** Pages sent after the guest was given away, asked for or not. */
    public long postcopyPages() {
        return postcopyNormalPages.sum() + postcopyZeroPages.sum();
    }

    /** Those of them that were asked for. */
    public long postcopyRequestedPages() {
        return postcopyRequestedPages.sum();
    }

    /** From each request until what it asked for was written to the channel. */
    public LatencyCounts postcopyRequestsServed() {
        return postcopyRequestsServed.counts();
    }

    public long normalPages() {
        return normalPages + postcopyNormalPages.sum();
    }

    public long zeroPages() {
        return zeroPages + postcopyZeroPages.sum();
    }

    public DeltaCounts deltas() {
        return deltas;
    }

    public long untouchedPages() {
        return untouchedPages;
    }

    /** Pages that were due and not sent, as the guest had said that it did not need them. */
    public long hintedPages() {
        return hintedPages.sum();
    }

    public long remainingPages() {
        return remainingPages + pagesBehind;
    }

    public long passes() {
        return passes.get();
    }

    public long dirtyPagesPerSecond() {
        return dirtyPagesPerSecond;
    }

    public int throttlePercent() {
        return throttlePercent;
    }

    /** Sent in this pass or in postcopy so far; that of the pass before as long as it is younger than a tenth of a second. */
    public long bytesPerSecond() {
        return stretch.bytesPerSecond(transferredBytes());
    }

    /** Likewise, of pages with content. */
    public long pagesPerSecond() {
        return stretch.pagesPerSecond(normalPages());
    }
}
