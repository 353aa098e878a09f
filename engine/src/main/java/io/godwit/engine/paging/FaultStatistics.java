package io.godwit.engine.paging;

import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.LongAccumulator;
import java.util.concurrent.atomic.LongAdder;

/** How many faults there were and how long they took. Any thread. */
public final class FaultStatistics {
    /** Bucket n counts latencies below 2^n microseconds; the last one all others. */
    private static final int BUCKETS = 26;

    private final LongAdder faults = new LongAdder();
    private final LongAdder requests = new LongAdder();
    private final LongAdder servedNanos = new LongAdder();
    private final LongAccumulator longestNanos = new LongAccumulator(Math::max, 0);
    private final AtomicLongArray buckets = new AtomicLongArray(BUCKETS);

    /** Nothing has happened yet. */
    public FaultStatistics() {}

    /** One was taken from the kernel. */
    public void fault() {
        faults.increment();
    }

    void requested() {
        requests.increment();
    }

    /** One that was taken so long ago is over. */
    public void served(long nanos) {
        servedNanos.add(nanos);
        longestNanos.accumulate(nanos);
        int bucket = Long.SIZE - Long.numberOfLeadingZeros(nanos / 1000);
        buckets.incrementAndGet(Math.min(bucket, BUCKETS - 1));
    }

    /** Faults taken from the kernel. */
    public long faults() {
        return faults.sum();
    }

    /** Host pages asked for, each once but for recoveries. */
    public long requests() {
        return requests.sum();
    }

    /** Time between fault and page, of all faults for which a page was asked, together. */
    public long servedNanos() {
        return servedNanos.sum();
    }

    /** Time of the one that took longest. */
    public long longestNanos() {
        return longestNanos.get();
    }

    /** How many faults took less than 2^{@code power} microseconds, and not less than half of that. */
    public long servedWithin(int power) {
        return buckets.get(power);
    }

    public static int buckets() {
        return BUCKETS;
    }
}
