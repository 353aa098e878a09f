package io.godwit.protocol.course;

import java.util.List;
import java.util.stream.Stream;

/**
 * How much of its RAM a guest writes in a time: bytes of different pages over seconds, as last seen. A guest that writes the same
 * pages again and again has written no more after a minute than after a second; so one rate does not say it. Immutable.
 *
 * <pre>
 * bytes |         ____*-----   behind the last point as in the last part before it
 *       |     _*--
 *       |  _*-                 up to the first as fast as that says
 *       |_*____________ seconds
 * </pre>
 */
public final class WriteCurve {
    /** A guest that writes nothing. */
    public static final WriteCurve NOTHING = new WriteCurve(List.of());

    /** Nearer points than this factor are one. So there are few, however long it takes. */
    private static final double ABOUT_THE_SAME = 1.08;
    /** How it goes on is judged by the last fifth of what was seen: between two points that are near each other errors are large. */
    private static final double LAST_PART = 1.25;

    private final List<Point> points;

    private record Point(double seconds, double bytes) {}

    private WriteCurve(List<Point> points) {
        this.points = points;
    }

    /** With what was seen lately. It replaces what was known of about the same time; of others that stays, as far as the two agree. */
    public WriteCurve with(double seconds, double bytes) {
        if (seconds <= 0) {
            return this;
        }
        var shorter = points.stream().filter(point -> point.seconds() * ABOUT_THE_SAME < seconds)
                .map(point -> new Point(point.seconds(), Math.min(bytes, point.bytes())));
        var longer = points.stream().filter(point -> point.seconds() > seconds * ABOUT_THE_SAME)
                .map(point -> new Point(point.seconds(), Math.max(bytes, point.bytes())));
        return new WriteCurve(Stream.of(shorter, Stream.of(new Point(seconds, bytes)), longer)
                .flatMap(stream -> stream).toList());
    }

    /** The same of a guest that writes so many times as much. */
    public WriteCurve times(double factor) {
        return new WriteCurve(
                points.stream().map(point -> new Point(point.seconds(), factor * point.bytes())).toList());
    }

    /** Whether nothing is known, or that nothing is written. */
    public boolean isFlat() {
        return points.stream().allMatch(point -> point.bytes() == 0);
    }

    /** Bytes of different pages written in {@code seconds}. */
    public double bytes(double seconds) {
        Point from = new Point(0, 0);
        Point base = from;
        for (Point to : points) {
            if (seconds <= to.seconds()) {
                return between(from, to, seconds);
            }
            if (from.seconds() * LAST_PART <= points.getLast().seconds()) {
                base = from;
            }
            from = to;
        }
        return points.isEmpty() ? 0 : between(base, from, seconds);
    }

    private static double between(Point from, Point to, double seconds) {
        double slope = (to.bytes() - from.bytes()) / (to.seconds() - from.seconds());
        return from.bytes() + slope * (seconds - from.seconds());
    }
}
