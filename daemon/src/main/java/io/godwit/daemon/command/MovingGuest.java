package io.godwit.daemon.command;

import io.godwit.daemon.upgrade.Holding;
import io.godwit.daemon.upgrade.Part;
import io.godwit.engine.MigrationEngine;
import io.godwit.engine.linux.Fd;
import io.godwit.engine.linux.StreamSocket;
import io.godwit.engine.migration.Endpoint;
import io.godwit.engine.migration.MigrationException;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/** The guest itself, if there is one: it moves to another process over a socket of its own. */
public final class MovingGuest implements Holding {
    /** Its name among a daemon's holdings. */
    public static final String NAME = "guest";

    private static final String COMES = "comes";

    private final MigrationEngine engine;
    private @Nullable Fd ours;
    private @Nullable Fd theirs;
    /** It is on its way, and has not been given away yet. */
    private boolean waits;

    /** {@code engine} is lent. */
    public MovingGuest(MigrationEngine engine) {
        this.engine = engine;
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public Part lend() throws IOException {
        var data = Json.object();
        try {
            if (engine.isEmpty()) {
                return new Part(data.put(COMES, false), List.of());
            }
        } catch (MigrationException e) {
            throw new IOException(e.getMessage(), e);
        }
        List<Fd> pair = StreamSocket.pair();
        ours = pair.getFirst();
        theirs = pair.getLast();
        return new Part(data.put(COMES, true), List.of(pair.getLast()));
    }

    @Override
    public void move() throws IOException {
        Fd socket = ours;
        if (socket == null) {
            return;
        }
        close(theirs); // only the successor has it now, so that its end is seen
        theirs = null;
        ours = null; // the engine's from here on
        try {
            engine.passOn(socket);
        } catch (MigrationException e) {
            throw new IOException(e.getMessage(), e);
        }
        waits = true;
        check(engine.awaitReady());
    }

    @Override
    public boolean give() throws IOException {
        if (!waits) {
            return false;
        }
        waits = false;
        engine.decide(true);
        check(engine.awaitOutgoing());
        return true;
    }

    private static void check(Optional<String> failure) throws IOException {
        if (failure.isPresent()) {
            throw new IOException(failure.get());
        }
    }

    @Override
    public void keep() {
        if (waits) {
            waits = false;
            engine.decide(false);
            engine.awaitOutgoing(); // the guest runs here again
        }
        close(ours);
        close(theirs);
        ours = null;
        theirs = null;
    }

    private static void close(@Nullable Fd end) {
        if (end != null) {
            end.close();
        }
    }

    /** Whether one comes with the part. */
    public static boolean comes(Part part) {
        return part.data().path(COMES).asBoolean(false);
    }

    /** Expects the one that comes. Takes ownership of the socket. */
    public static void expect(MigrationEngine engine, Fd socket) throws IOException {
        try {
            engine.migrateIncoming(new Endpoint.Descriptor(forWriting -> socket, OptionalLong.empty()), false);
        } catch (MigrationException e) {
            socket.close();
            throw new IOException(e.getMessage(), e);
        }
    }
}
