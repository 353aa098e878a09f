package io.godwit.daemon.metrics;

import io.netty.util.concurrent.DefaultThreadFactory;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** Makes an event loop's one thread, and can wait for its end: Netty reports a loop as terminated a moment earlier. */
final class LoopThread extends DefaultThreadFactory {
    private final AtomicReference<@Nullable Thread> thread = new AtomicReference<>();

    LoopThread(String name) {
        super(name, true);
    }

    @Override
    public Thread newThread(Runnable loop) {
        var made = super.newThread(loop);
        thread.set(made);
        return made;
    }

    void join() {
        var made = thread.get();
        try {
            if (made != null) {
                made.join();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
