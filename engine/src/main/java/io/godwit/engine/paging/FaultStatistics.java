package io.godwit.engine.paging;

import io.godwit.engine.migration.FaultCounts;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.IntStream;

/** How many faults there were and how long they took. Any thread. */
public final class FaultStatistics {
    /** Bucket n counts latencies below 2^n microseconds; the last one all others. */
    private static final int BUCKETS = 26;

    private final LongAdder faults = new LongAdder();
    private final LongAdder requests = new LongAdder();
    private final LongAdder servedNanos = new LongAdder();
    private final AtomicLongArray buckets = new AtomicLongArray(BUCKETS);

    /** Nothing has happened yet. */
    public FaultStatistics() {}

    void fault() {
        faults.increment();
    }

    void requested() {
        requests.increment();
    }

    void served(long nanos) {
        servedNanos.add(nanos);
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

    /** All of it, at this moment. */
    public FaultCounts counts() {
        return new FaultCounts(faults(), requests(), servedNanos.sum(),
                IntStream.range(0, BUCKETS).mapToObj(buckets::get).toList());
    }
}
