package io.godwit.daemon.upgrade;

import java.io.IOException;

/**
 * Something that a daemon has and its successor is to go on with. The calls come in their order, on one thread, while no command is
 * carried out: {@code lend}, perhaps {@code move} and {@code give}, and {@code keep} or {@code leave}.
 */
public interface Holding {

    /** By which the successor knows it. */
    String name();

    /**
     * What the successor needs of it; the descriptors are lent. From now on the holding changes nothing that the successor would
     * have to know.
     *
     * @throws IOException when it cannot be passed on; it is then as it was
     */
    Part lend() throws IOException;

    /** The successor has all parts, and waits: for what does not go by descriptors alone. All but {@link #give} can be undone. */
    default void move() throws IOException {
        // Nothing but descriptors.
    }

    /**
     * All has moved.
     *
     * @return whether the successor has something now that cannot be taken back
     */
    default boolean give() throws IOException {
        return false;
    }

    /** Nothing has come of it: goes on as before. */
    default void keep() {
        // It has never ceased.
    }

    /** It is the successor's: uses it no more, and does not clear it away when closed. */
    default void leave() {
        // Closing it does not harm the successor.
    }
}
