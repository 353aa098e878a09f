package io.godwit.engine.incoming;

import io.godwit.engine.channel.Channel;
import io.godwit.engine.linux.NativeThread;
import java.io.IOException;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

/**
 * The connection for requested pages, accepted while the first one is read: a source of secured ones goes on only when its
 * handshake is done, and no guest is to stand still for it. Owns the thread {@code preempt-accept}, and the channel until it is taken.
 */
final class SecondConnection implements AutoCloseable {
    private final FutureTask<Channel> accepting;
    private final Thread thread;
    private boolean taken;

    /** @param accept ends with an exception when the first connection is lost or shut down */
    SecondConnection(Callable<Channel> accept) {
        accepting = new FutureTask<>(accept);
        thread = Thread.ofPlatform().name("preempt-accept").start(accepting);
    }

    /** Waits for it; the caller owns it. Once. */
    Channel take() throws IOException {
        NativeThread.join(thread);
        taken = true;
        try {
            return accepting.get();
        } catch (ExecutionException e) {
            throw e.getCause() instanceof IOException io ? io : new IOException(e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while waiting for the source's second connection", e);
        }
    }

    /** The first connection has been shut down. */
    @Override
    public void close() {
        NativeThread.join(thread);
        if (!taken) {
            try {
                accepting.get().close();
            } catch (ExecutionException e) {
                // None came, as is usual when the guest went without postcopy.
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
