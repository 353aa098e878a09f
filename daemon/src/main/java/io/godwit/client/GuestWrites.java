package io.godwit.client;

import io.godwit.protocol.course.WriteCurve;

/**
 * How much a guest writes in a time, from the dirty rates that looks at its migration show: each is that of the present pass so far,
 * or, while the pass is young, of the one before. A QEMU's changes only when a pass ends. One thread.
 */
final class GuestWrites {
    private static final double MIB = 1 << 20;

    /** Of a rate that was there at the first look. */
    private static final double UNKNOWN_TIME_SECONDS = 1;

    private WriteCurve writes = WriteCurve.NOTHING;
    private long pass = -1;
    private long passBeganMillis;
    private double rate;

    /** One more look. */
    void look(Progress now) {
        if (now.pass() != pass) {
            note(now, (now.totalMillis() - passBeganMillis) / 1000.0);
            pass = now.pass();
            passBeganMillis = now.totalMillis();
        } else {
            note(now, inPassSeconds(now));
        }
    }

    private void note(Progress now, double seconds) {
        double seen = now.dirtyMibPerSecond() * MIB;
        if (seen != rate) {
            rate = seen;
            double time = pass < 0 || seconds <= 0 ? UNKNOWN_TIME_SECONDS : seconds;
            writes = writes.with(time, seen * time);
        }
    }

    /** As far as is known. */
    WriteCurve writes() {
        return writes;
    }

    /** Since the first look at the present pass. */
    double inPassSeconds(Progress now) {
        return (now.totalMillis() - passBeganMillis) / 1000.0;
    }
}
