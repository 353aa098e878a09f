package io.godwit.engine.precopy;

import io.godwit.protocol.qapi.MigrationParameters;

/**
 * Decides how much to slow down a guest that dirties its memory faster than it can be sent: the capability
 * {@code auto-converge}. One thread.
 */
final class AutoConverge {
    private static final int PASSES_BEFORE_ACTION = 2;

    private int highPasses;
    private int percent;

    /**
     * A pass is over in which the guest dirtied {@code dirtied} bytes while {@code sent} were sent; returns the throttle
     * from now on, in percent of the time that the guest stands still.
     */
    int afterPass(long dirtied, long sent, MigrationParameters parameters) {
        boolean high = dirtied > sent / 100 * parameters.throttleTriggerThreshold();
        if (high && ++highPasses >= PASSES_BEFORE_ACTION) {
            highPasses = 0;
            percent = next(dirtied, sent, parameters);
        }
        return percent;
    }

    private int next(long dirtied, long sent, MigrationParameters parameters) {
        if (percent == 0) {
            return Math.min(parameters.cpuThrottleInitial(), parameters.maxCpuThrottle());
        }
        int step = parameters.cpuThrottleIncrement();
        if (parameters.cpuThrottleTailslow()) {
            // Near the end no more than it takes to bring the dirtying below the threshold at the present speed.
            long running = 100L - percent;
            long ideal = dirtied == 0 ? 0 : Math.max(0, running - running * sent / dirtied);
            step = Math.clamp(ideal, 1, step);
        }
        return Math.min(percent + step, parameters.maxCpuThrottle());
    }
}
