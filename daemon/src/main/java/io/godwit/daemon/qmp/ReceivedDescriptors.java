package io.godwit.daemon.qmp;

import io.godwit.engine.linux.Fd;
import java.util.List;

/**
 * Descriptors that came with a message; goes through the pipeline before the bytes at whose end they belong. Whoever
 * reads it owns them.
 */
record ReceivedDescriptors(List<Fd> descriptors) {
    ReceivedDescriptors {
        descriptors = List.copyOf(descriptors);
    }
}
