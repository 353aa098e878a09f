package io.godwit.engine.localhost;

import io.godwit.engine.ram.MemoryBlock;
import java.io.IOException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Puts fresh memory in place of what is, or will be, another process's. */
final class OwnMemory {
    private static final Logger LOG = LoggerFactory.getLogger(OwnMemory.class);

    private OwnMemory() {}

    /** That it cannot be done changes nothing for the guest: nobody here uses the memory any more. */
    static void renew(MemoryBlock block) {
        try {
            block.memory().renew();
        } catch (IOException e) {
            LOG.warn("RAM block '{}' stays mapped until this process ends: {}", block.name(), e.getMessage());
        }
    }
}
