package io.godwit.inspect;

import java.util.ArrayList;
import java.util.List;

/** What came in a stream, in this order; the same thing several times in a row is told once. Grows to a bound. */
public final class Order {
    private static final int MAX_RUNS = 4096;

    private final List<Run> runs = new ArrayList<>();

    Order() {}

    /** {@code what} came {@code count} times. */
    public record Run(String what, long count) {
        @Override
        public String toString() {
            return count == 1 ? what : what + " x" + count;
        }
    }

    void note(String what) {
        note(what, 1);
    }

    void note(String what, long count) {
        int last = runs.size() - 1;
        if (last >= 0 && runs.get(last).what().equals(what)) {
            runs.set(last, new Run(what, runs.get(last).count() + count));
        } else if (runs.size() < MAX_RUNS) {
            runs.add(new Run(what, count));
        } else {
            Run more = runs.get(last);
            runs.set(last, new Run("others", (more.what().equals("others") ? more.count() : 1) + count));
        }
    }

    List<Run> runs() {
        return List.copyOf(runs);
    }
}
