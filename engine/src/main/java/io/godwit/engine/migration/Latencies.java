package io.godwit.engine.migration;

import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.IntStream;

/** Counts how long things take. Any thread; allocates nothing but when it is asked. */
public final class Latencies {
    /** Bucket n counts what took less than 2^n microseconds; the last one all others. */
    private static final int BUCKETS = 26;

    private final LongAdder all = new LongAdder();
    private final AtomicLongArray buckets = new AtomicLongArray(BUCKETS);

    /** Nothing has happened yet. */
    public Latencies() {}

    /** Something took so long. */
    public void add(long nanos) {
        all.add(nanos);
        int bucket = Long.SIZE - Long.numberOfLeadingZeros(nanos / 1000);
        buckets.incrementAndGet(Math.min(bucket, BUCKETS - 1));
    }

    /** All of it, at this moment. */
    public LatencyCounts counts() {
        return new LatencyCounts(all.sum(), IntStream.range(0, BUCKETS).mapToObj(buckets::get).toList());
    }
}
