package io.godwit.it.soak;

import io.godwit.it.fixture.DaemonProcess;
import io.godwit.it.fixture.ProcessResources;
import io.godwit.it.fixture.Until;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/**
 * What daemons hold may depend on which kinds of things they have done, never on how often: by these it is known what the first one
 * held, and all others must hold no more.
 */
final class Holdings {
    /** JIT and allocator map and unmap a little on their own; guests and channels map in tens. */
    private static final int JVM_OWN_MAPPINGS = 32;

    private record Held(ProcessResources resources, int mappings) {}

    private final Map<String, Held> first = new HashMap<>();
    private int compared;

    /** Waits until a daemon holds no more than one of its kind does that has done the same; what has ended is seen a moment longer. */
    void check(String kind, Set<String> done, DaemonProcess daemon) {
        String key = kind + " after " + done;
        Held expected = first.get(key);
        if (expected == null) {
            first.put(key, new Held(daemon.resources(), daemon.mappings()));
            return;
        }
        compared++;
        try {
            Until.holds(key + " holds no more than the first one", () -> holds(daemon, expected));
        } catch (AssertionError e) {
            throw new AssertionError("%s: expected %s, got %d mappings and beyond that %s".formatted(e.getMessage(),
                    expected, daemon.mappings(), daemon.resources().beyond(expected.resources())), e);
        }
    }

    private static boolean holds(DaemonProcess daemon, Held expected) {
        return daemon.resources().beyond(expected.resources()).isEmpty()
                && Math.abs(daemon.mappings() - expected.mappings()) <= JVM_OWN_MAPPINGS;
    }

    /** How often something was compared. */
    int compared() {
        return compared;
    }
}
