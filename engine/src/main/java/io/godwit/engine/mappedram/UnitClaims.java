package io.godwit.engine.mappedram;

import io.godwit.engine.ram.PageBitmap;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Which units of RAM somebody loads or has loaded, so that each is loaded once; and whether that has failed, so that nobody
 * begins another one. Any thread; the lock is taken for a unit, not for a page.
 */
final class UnitClaims {
    private final List<PageBitmap> taken;
    private int loading;
    private @Nullable IOException failure;

    /** @param units how many each block has */
    UnitClaims(List<Long> units) {
        taken = units.stream().map(PageBitmap::new).toList();
    }

    /**
     * Whether the caller is to load this one, and say then that it is {@link #done} or has {@link #failed}.
     *
     * @throws IOException when one has failed
     */
    synchronized boolean take(int block, long unit) throws IOException {
        checkNotFailed();
        if (taken.get(block).get(unit)) {
            return false;
        }
        taken.get(block).set(unit);
        loading++;
        return true;
    }

    private void checkNotFailed() throws IOException {
        IOException first = failure;
        if (first != null) {
            throw first;
        }
    }

    /** The first one at or after {@code unit} that nobody has taken; less than 0 when there is none. */
    synchronized long nextFree(int block, long unit) {
        PageBitmap all = taken.get(block);
        long free = all.nextClear(unit);
        return free < all.pages() ? free : -1;
    }

    synchronized void done() {
        loading--;
        notifyAll();
    }

    /** The first reason stays. */
    synchronized void failed(IOException reason) {
        refuse(reason);
        done();
    }

    /** Nobody gets another one. */
    synchronized void refuse(IOException reason) {
        if (failure == null) {
            failure = reason;
        }
    }

    /** Waits until nobody loads any. */
    synchronized void awaitIdle() {
        boolean interrupted = false;
        while (loading > 0) {
            try {
                wait();
            } catch (InterruptedException e) {
                interrupted = true; // whoever loads uses memory that will be given back
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** As {@link #awaitIdle}; says whether all went well. */
    synchronized void awaitLoaded() throws IOException {
        awaitIdle();
        checkNotFailed();
    }
}
