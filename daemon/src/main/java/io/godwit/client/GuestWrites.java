package io.godwit.client;

import io.godwit.protocol.course.WriteCurve;

/**
 * How much a guest writes in a time, from the dirty rates that looks at its migration show: each is that of the present pass so far,
 * or, while the pass is young, of the one before. A QEMU's changes only when a pass ends. One thread.
 */
final class GuestWrites {
    private static final double MIB = 1 << 20;

    /** Of a rate that was there already at the first look at a later pass. */
    private static final double UNKNOWN_TIME_SECONDS = 1;

    private WriteCurve writes = WriteCurve.NOTHING;
    private long pass = -1;
    private long passBeganMillis;
    private long latestMillis;
    private double rate;

    /** One more look. What is new in it came somewhere between the look before and this one. */
    void look(Progress now) {
        boolean isFirst = pass < 0;
        long came = isFirst ? now.totalMillis() : (latestMillis + now.totalMillis()) / 2;
        if (isFirst) {
            passBeganMillis = now.pass() <= 1 ? 0 : came;
        }
        note(now, (came - passBeganMillis) / 1000.0);
        if (!isFirst && now.pass() != pass) {
            passBeganMillis = came;
        }
        pass = now.pass();
        latestMillis = now.totalMillis();
    }

    private void note(Progress now, double seconds) {
        double seen = now.dirtyMibPerSecond() * MIB;
        if (seen != rate) {
            rate = seen;
            double time = seconds <= 0 ? UNKNOWN_TIME_SECONDS : seconds;
            writes = writes.with(time, seen * time);
        }
    }

    /** As far as is known. */
    WriteCurve writes() {
        return writes;
    }

    /** Since the present pass began, as far as that has been seen. */
    double inPassSeconds(Progress now) {
        return (now.totalMillis() - passBeganMillis) / 1000.0;
    }
}
