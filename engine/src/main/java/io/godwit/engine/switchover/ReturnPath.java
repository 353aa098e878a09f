package io.godwit.engine.switchover;

import io.godwit.engine.channel.Channel;
import io.godwit.engine.channel.StreamInput;
import io.godwit.protocol.stream.MalformedStreamException;
import io.godwit.protocol.stream.ReturnPathMessage;
import io.godwit.protocol.stream.StreamCommand;
import java.io.EOFException;
import java.io.IOException;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The source's reading side of the return path: a thread of its own that hears what the destination says while the
 * migration thread sends. The channel is lent.
 */
public final class ReturnPath implements AutoCloseable {
    /** The value of the ping that opens the return path. */
    static final int PING_OPENED = 1;

    private static final Logger LOG = LoggerFactory.getLogger(ReturnPath.class);

    private final Channel channel;
    private final Thread reader;
    private final CompletableFuture<Integer> shut = new CompletableFuture<>();
    private final CompletableFuture<Void> switchoverAck = new CompletableFuture<>();
    private final CompletableFuture<Void> loaded = new CompletableFuture<>();

    public ReturnPath(Channel channel) {
        this.channel = channel;
        reader = Thread.ofPlatform().name("return-path").daemon().start(this::read);
    }

    private void read() {
        try (var in = new StreamInput(channel, bytes -> {})) {
            while (!shut.isDone()) {
                take(ReturnPathMessage.read(in));
            }
        } catch (EOFException e) {
            lost(new IOException("the destination closed the return path before it said whether the guest was loaded",
                    e));
        } catch (IOException | RuntimeException e) {
            lost(e);
        }
    }

    private void take(ReturnPathMessage message) throws MalformedStreamException {
        LOG.debug("{}", message);
        switch (message) {
            case ReturnPathMessage.Shut(int value) -> {
                shut.complete(value);
                switchoverAck.completeExceptionally(new DestinationFailedException(value));
                loaded.completeExceptionally(new DestinationFailedException(value));
            }
            case ReturnPathMessage.Pong(int value) -> {
                if (value == StreamCommand.Ping.LOADED) {
                    loaded.complete(null);
                }
            }
            case ReturnPathMessage.SwitchoverAck _ -> switchoverAck.complete(null);
            default -> throw new MalformedStreamException(
                    "the destination speaks of postcopy (" + message + "), which is not switched on here");
        }
    }

    private void lost(Exception e) {
        shut.completeExceptionally(e);
        switchoverAck.completeExceptionally(e);
        loaded.completeExceptionally(e);
    }

    /** Waits until the destination agrees to the guest's stop. */
    void awaitSwitchoverAck() throws IOException {
        await(switchoverAck);
    }

    /** Waits for the answer to {@link StreamCommand.Ping#LOADED}: all that was sent before it has been loaded. */
    void awaitLoaded() throws IOException {
        await(loaded);
    }

    /** Waits for the destination's last word: 0 when it has the guest. */
    int awaitShut() throws IOException {
        return await(shut);
    }

    /** The destination's last word if it has already been said. */
    public OptionalInt shutSoFar() {
        return shut.isDone() && !shut.isCompletedExceptionally() ? OptionalInt.of(shut.join()) : OptionalInt.empty();
    }

    private static <T> T await(CompletableFuture<T> future) throws IOException {
        try {
            return future.get(); // the reader ends with the channel or with an abort, and completes both futures then
        } catch (ExecutionException e) {
            throw e.getCause() instanceof IOException io ? io : new IOException(e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while waiting for the destination", e);
        }
    }

    /** Ends the channel's traffic and waits for the reader. */
    @Override
    public void close() {
        channel.shutdown();
        try {
            reader.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
