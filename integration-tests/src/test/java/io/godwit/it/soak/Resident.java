package io.godwit.it.soak;

import static org.assertj.core.api.Assertions.assertThat;

import io.godwit.it.fixture.DaemonProcess;
import io.godwit.it.fixture.JavaHeap;
import java.util.TreeSet;

/** A daemon that lives as long as the soak does, so that whatever it does not give back adds up. */
final class Resident {
    /** Then everything has been loaded that these steps need. */
    private static final int STEPS_TO_WARM_UP = 4;
    private static final long MOST_GROWTH_BYTES = 8 << 20;

    private final String name;
    private final DaemonProcess daemon;
    private final Holdings holdings;
    private final TreeSet<String> done = new TreeSet<>();
    private int steps;
    private long heapBytes;

    Resident(String name, DaemonProcess daemon, Holdings holdings) {
        this.name = name;
        this.daemon = daemon;
        this.holdings = holdings;
        daemon.qmp();
        heapBytes = JavaHeap.usedBytes(daemon);
    }

    DaemonProcess daemon() {
        return daemon;
    }

    /** It has had a part in a step that is over. */
    void did(String step) {
        done.add(step);
        steps++;
        holdings.check(name, done, daemon);
        if (steps == STEPS_TO_WARM_UP) {
            heapBytes = JavaHeap.usedBytes(daemon);
        }
    }

    /** Checks its heap; a line for the summary. */
    String summary() {
        long now = JavaHeap.usedBytes(daemon);
        if (steps > STEPS_TO_WARM_UP) {
            assertThat(now).as("heap of %s, which was %d bytes after %d steps", name, heapBytes, STEPS_TO_WARM_UP)
                    .isLessThan(heapBytes + MOST_GROWTH_BYTES);
        }
        return "%s, %d steps: heap %d KiB, then %d KiB; %d descriptors, %d mappings, %d MiB in all".formatted(name,
                steps, heapBytes >> 10, now >> 10, daemon.resources().descriptorCount(), daemon.mappings(),
                daemon.proportionalBytes() >> 20);
    }
}
