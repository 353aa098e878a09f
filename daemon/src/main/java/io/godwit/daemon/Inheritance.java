package io.godwit.daemon;

import io.godwit.daemon.upgrade.Part;
import io.godwit.daemon.upgrade.Predecessor;
import io.godwit.engine.GuestSpec;
import io.godwit.engine.Rehearsal;
import io.godwit.engine.linux.Fd;
import io.godwit.protocol.qmp.QmpVersion;
import java.io.EOFException;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a daemon takes over from the one whose place it takes: nothing, where there is none. Owns the connection to it while this
 * one starts. The main thread.
 */
final class Inheritance implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Inheritance.class);
    /** On a machine so busy that this does not do, a pause is longer anyway. */
    private static final Duration REHEARSAL = Duration.ofSeconds(10);

    private final Optional<Predecessor> predecessor;
    private final Map<String, Part> parts = new HashMap<>();

    private Inheritance(Optional<Predecessor> predecessor) {
        this.predecessor = predecessor;
    }

    static Inheritance none() {
        return new Inheritance(Optional.empty());
    }

    /**
     * Calls whoever waits there. By then all is loaded and compiled that moving a guest takes: it will stand still meanwhile.
     *
     * @param kind what most of the guests that come may be
     */
    static Inheritance of(Optional<Path> socket, GuestSpec.Kind kind) throws IOException {
        if (socket.isEmpty()) {
            return none();
        }
        try {
            Rehearsal.begin(kind, FirstUse::ofReport).join(REHEARSAL);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return new Inheritance(Optional.of(Predecessor.call(socket.get(), QmpVersion.GODWIT.packageName())));
    }

    boolean isPresent() {
        return predecessor.isPresent();
    }

    /** Whether there is such a part. */
    boolean has(String name) {
        if (!parts.containsKey(name)) {
            predecessor.flatMap(from -> from.take(name)).ifPresent(part -> parts.put(name, part));
        }
        return parts.containsKey(name);
    }

    /** The part, which there must be; the caller owns its descriptors. */
    Part take(String name) throws IOException {
        Part part = has(name) ? parts.get(name) : null;
        if (part == null) {
            throw new IOException("nothing has come of '" + name + "'");
        }
        return part;
    }

    /** Knows of a part that needs nothing, if there is one. */
    void note(String name) {
        has(name);
    }

    /** A part that consists of so many descriptors; the caller owns them. */
    List<Fd> descriptors(String name, int count) throws IOException {
        List<Fd> descriptors = take(name).descriptors();
        if (descriptors.size() != count) {
            descriptors.forEach(Fd::close);
            throw new IOException("of '%s', %d descriptors have come, expected %d".formatted(name, descriptors.size(),
                    count));
        }
        return descriptors;
    }

    /** Everything has been taken, and can be used. */
    void ready() throws IOException {
        if (predecessor.isPresent()) {
            predecessor.get().ready();
        }
    }

    /**
     * Waits until everything is this process's. With a guest here the other process has nothing left to say: what can be is served,
     * even if it does not say so.
     */
    void awaitGo(boolean guestIsHere) throws IOException {
        try {
            if (predecessor.isPresent()) {
                predecessor.get().awaitGo();
            }
        } catch (EOFException e) {
            LOG.warn("The process whose place this one takes has gone without a last word");
        } catch (IOException e) {
            if (!guestIsHere) {
                throw e;
            }
            LOG.warn("The process whose place this one takes: {}", e.getMessage());
        }
    }

    /** It comes to nothing: says so. */
    void refuse(Throwable reason) {
        predecessor.ifPresent(from -> from.refuse(String.valueOf(reason.getMessage())));
    }

    @Override
    public void close() {
        predecessor.ifPresent(Predecessor::close);
    }
}
