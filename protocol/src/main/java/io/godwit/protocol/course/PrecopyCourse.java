package io.godwit.protocol.course;

/**
 * How a precopy goes on by the rule that it goes by: pass after pass what the guest has written meanwhile, until that is so
 * little that the guest can stand still for it.
 *
 * @param converges whether that ever is so; else the others are those of the passes that were looked at
 * @param seconds from now to the end
 * @param bytes from now to the end
 * @param downtimeSeconds of the last pass alone
 * @param writtenPerSecond bytes of different pages that the guest writes while the last pass looked at is sent
 */
public record PrecopyCourse(boolean converges, double seconds, double bytes, double downtimeSeconds,
        double writtenPerSecond) {
    private static final int MOST_PASSES = 1000;
    /** Passes that get shorter by less than this in a hundred do not lead anywhere. */
    private static final double SHRINKS = 0.995;
    /** Passes go on while each halves what is left, but not for less downtime than this. */
    private static final double NEGLIGIBLE_SECONDS = 0.005;

    /**
     * From within a pass on.
     *
     * @param leftBytes of this pass
     * @param inPassSeconds since it began
     * @param bytesPerSecond of the channel, more than 0
     * @param stillSeconds how long the guest may stand still
     */
    public static PrecopyCourse of(double leftBytes, double inPassSeconds, double bytesPerSecond, WriteCurve writes,
            double stillSeconds) {
        double sent = leftBytes;
        double passSeconds = inPassSeconds + leftBytes / bytesPerSecond;
        double left = writes.bytes(passSeconds);
        double before = Double.MAX_VALUE;
        for (int pass = 0; pass < MOST_PASSES; pass++) {
            double still = left / bytesPerSecond;
            boolean another = still > NEGLIGIBLE_SECONDS && left <= before / 2;
            if (still <= stillSeconds && !another) {
                return new PrecopyCourse(true, (sent + left) / bytesPerSecond, sent + left, still, left / passSeconds);
            }
            if (still > stillSeconds && left >= before * SHRINKS) {
                break;
            }
            sent += left;
            before = left;
            passSeconds = still;
            left = writes.bytes(passSeconds);
        }
        return new PrecopyCourse(false, (sent + left) / bytesPerSecond, sent + left, left / bytesPerSecond,
                left / Math.max(passSeconds, Double.MIN_NORMAL));
    }
}
