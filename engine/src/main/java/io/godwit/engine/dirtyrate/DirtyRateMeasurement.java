package io.godwit.engine.dirtyrate;

import io.godwit.protocol.qapi.DirtyRateInfo;
import io.godwit.protocol.qapi.DirtyRateStatus;
import java.io.IOException;
import java.time.Duration;
import java.util.OptionalLong;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One measurement, begun by being made. Owns the thread {@code dirty-rate}, which owns what it needs. */
final class DirtyRateMeasurement implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(DirtyRateMeasurement.class);

    private final Method method;
    private final Duration calcTime;
    private final CountDownLatch stop = new CountDownLatch(1);
    private final Thread thread = Thread.ofPlatform().name("dirty-rate").unstarted(this::run);
    private volatile DirtyRateInfo info;

    private DirtyRateMeasurement(Method method, Duration calcTime, DirtyRateInfo begun) {
        this.method = method;
        this.calcTime = calcTime;
        info = begun;
    }

    /** @param begun how it stands from here on */
    static DirtyRateMeasurement start(Method method, Duration calcTime, DirtyRateInfo begun) {
        var measurement = new DirtyRateMeasurement(method, calcTime, begun);
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

    boolean usesDirtyLog() {
        return method.usesDirtyLog();
    }

    private void run() {
        DirtyRateInfo end = DirtyRateInfo.UNSTARTED;
        try {
            OptionalLong rate = method.measure(calcTime, new Stop());
            end = rate.isPresent() ? info.measured(rate.getAsLong()) : DirtyRateInfo.UNSTARTED;
        } catch (IOException e) {
            LOG.error("The dirty rate cannot be measured: {}", e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            info = end;
        }
    }

    private final class Stop implements Method.Break {
        @Override
        public boolean await(long nanos) throws InterruptedException {
            return stop.await(nanos, TimeUnit.NANOSECONDS);
        }

        @Override
        public boolean isWanted() {
            return stop.getCount() == 0;
        }
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
