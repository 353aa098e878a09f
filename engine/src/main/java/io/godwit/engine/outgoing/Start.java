package io.godwit.engine.outgoing;

import io.godwit.engine.channel.AbortedException;
import io.godwit.engine.migration.WhileStill;
import java.io.IOException;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/**
 * Where a migration that is prepared waits for its begin: the meeting of the migration thread with the one that prepares and
 * begins it. What either waits for comes, or the reason why it never will.
 */
final class Start {
    private final CompletableFuture<Boolean> prepared = new CompletableFuture<>();
    private final CompletableFuture<Optional<WhileStill<?>>> wanted = new CompletableFuture<>();
    private final CompletableFuture<Boolean> begun = new CompletableFuture<>();

    /** Has it begin as soon as it is prepared, with nothing to do meanwhile. */
    void atOnce() {
        wanted.complete(Optional.empty());
    }

    /** It shall not begin any more; false when it has been told something before. */
    boolean never() {
        return wanted.completeExceptionally(new AbortedException());
    }

    /** Has it begin, unless it never shall. Once. */
    void begin(WhileStill<?> action) {
        if (!wanted.complete(Optional.of(action)) && !wanted.isCompletedExceptionally()) {
            throw new IllegalStateException("the migration has been begun before");
        }
    }

    /** Waits until all is prepared. */
    void awaitPrepared() throws IOException {
        await(prepared);
    }

    /** Waits until the guest goes on. */
    void awaitBegun() throws IOException {
        await(begun);
    }

    /** The migration thread has prepared everything: waits for what is to be done with the guest standing still. */
    Optional<WhileStill<?>> prepared() throws IOException {
        prepared.complete(true);
        return await(wanted);
    }

    /** The guest goes on. */
    void begun() {
        begun.complete(true);
    }

    /** The migration has ended for {@code reason}, everything is undone: nobody has to wait any more. */
    void ended(Throwable reason) {
        prepared.completeExceptionally(reason);
        begun.completeExceptionally(reason);
    }

    private static <T> T await(CompletableFuture<T> future) throws IOException {
        try {
            return future.join();
        } catch (CompletionException e) {
            throw e.getCause() instanceof IOException io ? io : new IOException(e.getCause());
        }
    }

    /** What was to be done with the guest standing still has failed. */
    static final class ActionFailedException extends IOException {
        private static final long serialVersionUID = 1;

        private ActionFailedException(Exception cause) {
            super(cause.getMessage(), cause);
        }

        /** Does {@code action}; whatever it throws is the cause of this. */
        static void run(WhileStill<?> action) throws ActionFailedException {
            try {
                action.run();
            } catch (Exception e) {
                throw new ActionFailedException(e);
            }
        }

        /** What {@code action}, which is the one that failed, threw. */
        @SuppressWarnings({"unchecked", "unused"}) // the action says what it can be
        <E extends Exception> E thrownBy(WhileStill<E> action) {
            return (E) Objects.requireNonNull(getCause());
        }
    }
}
