package io.godwit.client;

import io.godwit.protocol.course.PrecopyCourse;
import io.godwit.protocol.course.WriteCurve;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * Tells from the latest looks at a migration how long it still takes: what is left in this pass at the speed of the last
 * seconds, and then pass after pass what the guest has written meanwhile, until that is so little that the guest can stand
 * still for it. Slow and fast stretches of those seconds give the two ends. One thread; reads no clock but the migration's.
 */
final class TimeLeft {
    private static final long WINDOW_MILLIS = 4000;
    /** Before that the speed of a pass is that of the one before. */
    private static final long LEAST_MILLIS = 300;
    /** Shorter stretches show how packets come, and a limit's tenths of a second, rather than how fast the channel is. */
    private static final long STRETCH_MILLIS = 1000;
    private static final double MIB = 1 << 20;
    /** QEMU's default downtime-limit; another one moves the end by less than the last pass takes. */
    private static final double STILL_SECONDS = 0.3;
    /** How far the guest's speed may be off: it is that of a while ago. */
    private static final double GUEST_VARIES = 0.05;

    private final Deque<Progress> looks = new ArrayDeque<>();
    /** Bytes a second in this pass, or while it is young in the one before; 0 while nothing is known. */
    private double latest;
    private final GuestWrites guest = new GuestWrites();

    /** What one more look says. */
    Forecast after(Progress look) {
        if (!looks.isEmpty() && isAnother(looks.getLast(), look)) {
            latest = looks.getLast().status().equals(look.status()) ? latest : 0;
            looks.clear();
        }
        guest.look(look);
        looks.addLast(look);
        while (look.totalMillis() - looks.getFirst().totalMillis() > WINDOW_MILLIS) {
            looks.removeFirst();
        }
        return forecast(look);
    }

    /** In another pass what is left jumps; in another phase it goes down otherwise. */
    private static boolean isAnother(Progress before, Progress now) {
        return before.pass() != now.pass() || !before.status().equals(now.status())
                || now.remainingBytes() > before.remainingBytes() || now.totalMillis() < before.totalMillis();
    }

    private Forecast forecast(Progress now) {
        if (now.totalMillis() - looks.getFirst().totalMillis() >= LEAST_MILLIS) {
            latest = speed(looks.getFirst(), now);
        }
        double mean = latest;
        if (mean <= 0) {
            return new Forecast.Unknown();
        }
        double slowest = mean;
        double fastest = mean;
        Progress from = looks.getFirst();
        for (Progress to : looks) {
            if (to.totalMillis() - from.totalMillis() >= STRETCH_MILLIS) {
                double speed = speed(from, to);
                slowest = Math.min(slowest, speed);
                fastest = Math.max(fastest, speed);
                from = to;
            }
        }
        boolean guestRunsHere = now.status().equals("active");
        WriteCurve writes = guestRunsHere ? guest.writes() : WriteCurve.NOTHING;
        if (guestRunsHere && now.pass() <= 1 && writes.isFlat()) {
            return new Forecast.NotBefore(now.remainingBytes() / mean);
        }
        PrecopyCourse middle = course(now, mean, writes);
        if (!middle.converges()) {
            return new Forecast.NotConverging(middle.writtenPerSecond() / MIB, mean / MIB);
        }
        PrecopyCourse best = course(now, (mean + fastest) / 2, writes.times(1 - GUEST_VARIES));
        PrecopyCourse worst = course(now, (mean + slowest) / 2, writes.times(1 + GUEST_VARIES));
        // The last pass has no max-bandwidth to keep: it may take no time at all.
        double least = Math.min(best.seconds(), middle.seconds() - middle.downtimeSeconds());
        return worst.converges()
                ? new Forecast.Within(least, Math.max(worst.seconds(), middle.seconds()))
                : new Forecast.NotBefore(least);
    }

    private PrecopyCourse course(Progress now, double speed, WriteCurve writes) {
        return PrecopyCourse.of((double) now.remainingBytes(), guest.inPassSeconds(now), speed, writes, STILL_SECONDS);
    }

    /** Bytes of RAM done with in a second: sent, or found not to need sending. */
    private static double speed(Progress from, Progress to) {
        return 1000.0 * (from.remainingBytes() - to.remainingBytes()) / (to.totalMillis() - from.totalMillis());
    }
}
