package io.godwit.engine.switchover;

import io.godwit.engine.guest.DeviceState;
import java.io.IOException;
import java.util.Optional;

/**
 * Where the guest goes, and what it takes to know that it has arrived: a destination at the other end of a wire, or a file.
 * The calls come in this order, each at most once, from the migration thread.
 */
public interface FarEnd extends AutoCloseable {

    /** Says behind the configuration what is to be said there. */
    void open() throws IOException;

    /** Whether it has been told to give up all that its RAM held before: what it never gets is zero then. */
    default boolean givesUpItsRam() {
        return false;
    }

    /** What it says comes here; empty when it says nothing. */
    default Optional<ReturnPath> returnPath() {
        return Optional.empty();
    }

    /** Waits until the guest may be stopped. */
    void awaitSwitchoverAck() throws IOException;

    /** Waits until everything written so far is certain to be of use: until here the guest can be taken back. */
    void awaitLoaded() throws IOException;

    /**
     * Ends the stream and gives the guest away. Returns when it has arrived, as far as that can be known.
     *
     * @throws DestinationFailedException when it is certain that it has not
     */
    void handOver(DeviceState devices, HandOver handOver) throws IOException;

    /** What the other side said of why it gave up, if it said anything. */
    Optional<String> lastWord();

    /** Ends what listens to the other side. */
    @Override
    void close();
}
