package io.godwit.engine.guest.workload;

/** What part of the time the guest is made to stand still. Set by any thread, takes effect within a batch of pages. */
final class Throttle {
    private volatile int percent;

    /** @param percent 0 to 99 */
    void set(int percent) {
        if (percent < 0 || percent > 99) {
            throw new IllegalArgumentException("throttle of " + percent + " percent, 0 to 99 expected");
        }
        this.percent = percent;
    }

    /** How long to rest after {@code nanos} of work. */
    long restAfter(long nanos) {
        int now = percent;
        return nanos * now / (100 - now);
    }

    /** What becomes of the interval of something done at a steady rate. */
    double stretch(double nanos) {
        return nanos * 100 / (100 - percent);
    }
}
