package io.godwit.it.soak;

import io.godwit.it.fixture.DaemonProcess;
import io.godwit.it.fixture.ProcessResources;
import io.godwit.it.fixture.Until;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * What daemons hold may depend on which kinds of things they have done, never on how often: by these it is known what the first one
 * held, and all others must hold the same.
 */
final class Holdings {
    /** JIT and allocator map and unmap a little on their own; guests and channels map in tens. */
    private static final int JVM_OWN_MAPPINGS = 32;

    private record Held(ProcessResources resources, int mappings) {}

    private final Map<String, Held> first = new HashMap<>();
    private int compared;

    /** Waits until a daemon holds what one of its kind does that has done the same; what has ended is seen a moment longer. */
    void check(String kind, Set<String> done, DaemonProcess daemon) {
        String key = kind + " after " + done;
        Held expected = first.get(key);
        if (expected == null) {
            first.put(key, new Held(resources(daemon), daemon.mappings()));
            return;
        }
        compared++;
        try {
            Until.holds(key + " holds the same as the first one", () -> holds(daemon, expected));
        } catch (AssertionError e) {
            throw new AssertionError("%s: expected %s, got %s with %d mappings".formatted(e.getMessage(), expected,
                    resources(daemon), daemon.mappings()), e);
        }
    }

    private static boolean holds(DaemonProcess daemon, Held expected) {
        return resources(daemon).equals(expected.resources())
                && Math.abs(daemon.mappings() - expected.mappings()) <= JVM_OWN_MAPPINGS;
    }

    /** Its log bears its own number. */
    private static ProcessResources resources(DaemonProcess daemon) {
        ProcessResources held = daemon.resources();
        var descriptors = new TreeMap<String, Integer>();
        held.descriptors().forEach(
                (name, count) -> descriptors.merge(name.replaceAll("daemon-[0-9]+", "daemon"), count, Integer::sum));
        return new ProcessResources(descriptors, held.kernelMappings(), held.threads());
    }

    /** How often something was compared. */
    int compared() {
        return compared;
    }
}
