package io.godwit.engine.paging;

import io.godwit.engine.migration.FaultCounts;
import io.godwit.engine.migration.Latencies;
import java.util.concurrent.atomic.LongAdder;

/** How many faults there were and how long they took. Any thread. */
public final class FaultStatistics {
    private final LongAdder faults = new LongAdder();
    private final LongAdder requests = new LongAdder();
    private final Latencies served = new Latencies();

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
        served.add(nanos);
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
        return new FaultCounts(faults(), requests(), served.counts());
    }
}
