package io.godwit.engine.localhost;

import io.godwit.engine.guest.Guest;
import io.godwit.engine.linux.Fd;
import java.io.IOException;
import java.util.List;
import java.util.Optional;

/** How RAM leaves this process. The calls come in this order, from one thread. Owns its descriptors. */
interface RamGiving extends AutoCloseable {

    /** What the other side needs for it; lent. */
    List<Fd> descriptors();

    /** The other side has them. */
    void descriptorsSent();

    /** The guest still runs: what it says now that it does not need may be left behind. */
    default Optional<UnneededPages> ask(Guest guest) throws IOException {
        return Optional.empty();
    }

    /** Finds out what is to be given, the guest standing still. */
    default void list(Optional<UnneededPages> unneeded) throws IOException {}

    /** Gives all of it, the guest standing still. */
    void give() throws IOException;

    /**
     * After a failure, or without one: has everything here again. Does nothing when nothing has left.
     *
     * @throws IOException when it cannot: the guest is lost
     */
    void takeBack(Link link) throws IOException;

    @Override
    void close();
}
