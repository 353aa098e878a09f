package io.godwit.daemon.qmp;

import io.godwit.engine.linux.Fd;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Owns the one received descriptor that a connection keeps until a command takes it. A newer one replaces it; of several
 * in one message only the first is kept. Used on the event loop only.
 */
final class DescriptorSlot implements AutoCloseable {
    private @Nullable Fd waiting;
    private boolean closed;

    /** Takes ownership of all of them. */
    void receive(List<Fd> descriptors) {
        for (int i = 1; i < descriptors.size(); i++) {
            descriptors.get(i).close();
        }
        if (!descriptors.isEmpty()) {
            close(waiting);
            waiting = descriptors.getFirst();
        }
        closeIfDead();
    }

    /** Gives the waiting descriptor away. */
    @Nullable
    Fd take() {
        Fd taken = waiting;
        waiting = null;
        return taken;
    }

    /** Puts back what {@link #take} gave and nobody used; one that came meanwhile has replaced it. */
    void giveBack(Fd unused) {
        if (waiting == null) {
            waiting = unused;
        } else {
            unused.close();
        }
        closeIfDead();
    }

    private void closeIfDead() {
        if (closed) {
            close(take());
        }
    }

    /** Closes what waits, and from now on whatever is put in. */
    @Override
    public void close() {
        closed = true;
        close(take());
    }

    private static void close(@Nullable Fd descriptor) {
        if (descriptor != null) {
            descriptor.close();
        }
    }
}
