package io.godwit.engine.switchover;

import io.godwit.engine.channel.Channel;
import io.godwit.engine.channel.StreamInput;
import io.godwit.protocol.stream.ReturnPathMessage;
import io.godwit.protocol.stream.StreamCommand;
import java.io.EOFException;
import java.io.IOException;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
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
    public static final int PING_OPENED = 1;

    /** The value of the ping that follows the discards: what was loaded so far has been loaded. */
    public static final int PING_DISCARDED = 2;
    /** The value of the ping that follows the discards which are sent while the guest runs. */
    public static final int PING_DISCARDED_EARLY = 4;
    /** The value of the ping in the package: the devices have been loaded, and the guest is about to run. */
    public static final int PING_ABOUT_TO_RUN = 3;

    private static final Logger LOG = LoggerFactory.getLogger(ReturnPath.class);

    private final Channel channel;
    private final Thread reader;
    private final CompletableFuture<Integer> shut = new CompletableFuture<>();
    private final CompletableFuture<Void> switchoverAck = new CompletableFuture<>();
    private final Map<Integer, CompletableFuture<Void>> pongs = Map.of(PING_OPENED, new CompletableFuture<>(),
            PING_DISCARDED_EARLY, new CompletableFuture<>(), PING_DISCARDED, new CompletableFuture<>(),
            StreamCommand.Ping.LOADED, new CompletableFuture<>());
    private volatile PostcopyListener postcopy = PostcopyListener.NONE;

    public ReturnPath(Channel channel) {
        this.channel = channel;
        reader = Thread.ofPlatform().name("return-path").daemon().start(this::read);
    }

    /** From now on {@code listener} hears of postcopy. To be called before the destination can have reason to speak of it. */
    public void listen(PostcopyListener listener) {
        postcopy = listener;
        if (shut.isDone()) {
            listener.ended();
        }
    }

    private void read() {
        try (var in = new StreamInput(channel, bytes -> {})) {
            while (!shut.isDone()) {
                take(ReturnPathMessage.read(in), in);
            }
        } catch (EOFException e) {
            lost(new IOException("the destination closed the return path before it said whether the guest was loaded",
                    e));
        } catch (IOException | RuntimeException e) {
            lost(e);
        }
        postcopy.ended();
    }

    private void take(ReturnPathMessage message, StreamInput in) throws IOException {
        LOG.debug("{}", message);
        switch (message) {
            case ReturnPathMessage.Shut(int value) -> {
                shut.complete(value);
                nothingElse(new DestinationFailedException(value));
            }
            case ReturnPathMessage.Pong(int value) -> {
                CompletableFuture<Void> awaited = pongs.get(value);
                if (awaited != null) {
                    awaited.complete(null);
                } else if (value == PING_ABOUT_TO_RUN) {
                    postcopy.aboutToRun();
                }
            }
            case ReturnPathMessage.SwitchoverAck _ -> switchoverAck.complete(null);
            case ReturnPathMessage.PageRequest request -> postcopy.requested(request);
            case ReturnPathMessage.Received(String block) -> postcopy.received(block, in);
            case ReturnPathMessage.ResumeAck(int value) -> postcopy.resumeAcknowledged(value);
        }
    }

    private void lost(Exception e) {
        shut.completeExceptionally(e);
        nothingElse(e);
    }

    private void nothingElse(Exception reason) {
        switchoverAck.completeExceptionally(reason);
        pongs.values().forEach(pong -> pong.completeExceptionally(reason));
    }

    /** Waits until the destination agrees to the guest's stop. */
    void awaitSwitchoverAck() throws IOException {
        await(switchoverAck);
    }

    /** Waits for the answer to {@link StreamCommand.Ping#LOADED}: all that was sent before it has been loaded. */
    void awaitLoaded() throws IOException {
        awaitPong(StreamCommand.Ping.LOADED);
    }

    /** Waits until the destination has come to the ping {@code value}, one of those named here. */
    public void awaitPong(int value) throws IOException {
        await(Objects.requireNonNull(pongs.get(value)));
    }

    /** Waits for the destination's last word: 0 when it has the guest. */
    public int awaitShut() throws IOException {
        return await(shut);
    }

    /** The destination's last word if it has already been said. */
    public OptionalInt shutSoFar() {
        return shut.isDone() && !shut.isCompletedExceptionally() ? OptionalInt.of(shut.join()) : OptionalInt.empty();
    }

    /** Why it ended without a last word; empty when it has not. */
    public Optional<Throwable> failure() {
        return shut.isCompletedExceptionally() ? Optional.of(shut.exceptionNow()) : Optional.empty();
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
