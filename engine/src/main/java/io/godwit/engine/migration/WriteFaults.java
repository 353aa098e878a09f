package io.godwit.engine.migration;

import java.util.List;

/**
 * A guest's writes to pages that a background snapshot had not copied yet, over all its snapshots: how long they waited for the
 * copy, from when the kernel's word of them was taken.
 *
 * @param below at index n: how many waited less than 2^n microseconds and not less than half of that; the last: all others
 * @param nanos all of them together
 */
public record WriteFaults(List<Long> below, long nanos, long longestNanos) {
    public WriteFaults {
        below = List.copyOf(below);
    }
}
