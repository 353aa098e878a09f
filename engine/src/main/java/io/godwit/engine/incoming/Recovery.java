package io.godwit.engine.incoming;

import io.godwit.engine.channel.AbortedException;
import io.godwit.engine.channel.Incoming;
import io.godwit.engine.migration.MigrationException.ChannelLost;
import io.godwit.engine.migration.MigrationException.Refused;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * Where a paused postcopy is told where to listen anew: once for each time that it is paused. Owns what it was told until that
 * is taken. Any thread.
 */
final class Recovery implements AutoCloseable {
    private boolean paused;
    private boolean over;
    private @Nullable Incoming told;

    /** Opens what the operator named. */
    @FunctionalInterface
    interface Opener {
        Incoming open() throws IOException;
    }

    /** The connection is lost: from here on it may be told. To be called before anybody can see that. */
    synchronized void pause() {
        paused = true;
    }

    /**
     * The operator's word.
     *
     * @throws Refused when nothing is paused or it has been told already
     * @throws ChannelLost when it cannot be opened; another try may follow
     */
    synchronized Incoming tell(Opener opener) throws Refused, ChannelLost {
        if (!paused || over) {
            throw new Refused("Migrate recovery is triggered already");
        }
        try {
            Incoming opened = opener.open();
            paused = false;
            told = opened;
            notifyAll();
            return opened;
        } catch (IOException e) {
            throw new ChannelLost(String.valueOf(e.getMessage()), e);
        }
    }

    /** Waits to be told; gives what was opened away. */
    synchronized Incoming await() throws AbortedException {
        while (told == null && !over) {
            try {
                wait();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                over = true; // nobody interrupts this thread; if somebody does, it is to end
            }
        }
        Incoming taken = told;
        told = null;
        if (taken == null) {
            throw new AbortedException();
        }
        return taken;
    }

    /** There will be none any more: who waits comes back. */
    @Override
    public synchronized void close() {
        over = true;
        notifyAll();
        Incoming left = told;
        told = null;
        if (left != null) {
            left.close();
        }
    }
}
