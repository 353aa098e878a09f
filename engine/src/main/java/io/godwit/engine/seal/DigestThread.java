package io.godwit.engine.seal;

import io.godwit.engine.ram.RamBlock;
import java.io.IOException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;

/**
 * Notes for a {@link Sealing} what a block's pages are, while others go on writing them to the file. A page that the guest
 * changes before it is digested is dirty: it is written once more, and noted after that. Owns the thread ({@code seal}); the
 * sealing is lent. Any thread may call.
 */
public final class DigestThread implements AutoCloseable {
    private final Sealing sealing;
    private final ExecutorService thread = Executors
            .newSingleThreadExecutor(Thread.ofPlatform().name("seal").factory());
    private volatile @Nullable Exception failure;

    public DigestThread(Sealing sealing) {
        this.sealing = sealing;
    }

    /** {@code length} bytes at {@code offset} of the block go to the byte {@code position} of the file. */
    public void note(RamBlock block, long offset, long length, long position) {
        thread.execute(() -> {
            try {
                sealing.note(block, offset, length, position);
            } catch (IOException | RuntimeException e) {
                failure = e;
            }
        });
    }

    /** Returns when everything that was told so far has been noted. */
    public void await() throws IOException {
        try {
            thread.submit(() -> {}).get(); // there is one thread: this comes after all of it
        } catch (ExecutionException e) {
            throw new IOException(e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while the file's pages were digested", e);
        }
        Exception failed = failure;
        if (failed != null) {
            throw new IOException("the file's pages could not be digested: " + failed.getMessage(), failed);
        }
    }

    /** Ends the thread, which leaves what it has not come to: who wants that waits for it before. */
    @Override
    public void close() {
        thread.shutdownNow();
        thread.close();
    }
}
