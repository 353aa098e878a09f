package io.godwit.daemon;

import java.util.ArrayDeque;
import java.util.Deque;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Closes what was acquired one after another, in reverse order; one that cannot be closed does not keep the others. */
final class Owned implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Owned.class);

    private final Deque<AutoCloseable> things = new ArrayDeque<>();

    <T extends AutoCloseable> T own(T thing) {
        things.push(thing);
        return thing;
    }

    /** Idempotent. */
    @Override
    public void close() {
        while (!things.isEmpty()) {
            var thing = things.pop();
            try {
                thing.close();
            } catch (Exception e) {
                LOG.warn("{} could not be closed", thing.getClass().getSimpleName(), e);
            }
        }
    }
}
