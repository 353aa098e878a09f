package io.godwit.daemon.restore;

import io.godwit.engine.migration.Endpoint;
import io.godwit.engine.restore.SavedFile;
import io.godwit.engine.restore.SavedFiles;
import io.godwit.protocol.qapi.MigrationParameters;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * All restores of a daemon: those that it was asked for, and those that another process has left. Owns them. Any thread.
 */
public final class Pager implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Pager.class);
    private static final int MOST_UNDER_WAY = 256;
    private static final int MOST_KEPT = 512;
    private static final String ID = "restore-";

    private final SavedFiles files;
    private final Ledger ledger;
    private final RestoreEvents events;
    private final Turns turns = new Turns();
    private final Map<String, PagedGuest> guests = new LinkedHashMap<>();
    private long lastNumber;
    private boolean closed;

    /**
     * Goes on with what another process has left.
     *
     * @param state where to keep which restores are under way; without it they are lost to the next process
     * @param parameters the {@code max-postcopy-bandwidth} among them is for each restore by itself
     * @throws IOException with a sentence for the user, when {@code state} is no such file
     */
    public Pager(Optional<Path> state, Supplier<MigrationParameters> parameters, RestoreEvents events)
            throws IOException {
        files = new SavedFiles(parameters);
        ledger = new Ledger(state);
        this.events = events;
        for (Unfinished left : ledger.all()) {
            lastNumber = Math.max(lastNumber, number(left.id()));
            var guest = new PagedGuest(left.id(), left.request(), files, ledger, turns, events);
            guests.put(left.id(), guest);
            LOG.info("{} of {} was left unfinished: going on with it", left.id(), left.request().file());
            guest.goOn(left);
        }
    }

    private static long number(String id) {
        String digits = id.startsWith(ID) ? id.substring(ID.length()) : "";
        return digits.matches("[0-9]{1,18}") ? Long.parseLong(digits) : 0;
    }

    /**
     * Begins a restore and returns its id; how it goes is asked for by {@link #query}.
     *
     * @throws IOException with a sentence for the user, when it cannot be begun
     */
    public synchronized String start(RestoreRequest request) throws IOException {
        if (closed) {
            throw new IOException("the daemon is ending");
        }
        List<PagedGuest> underWay = guests.values().stream().filter(guest -> !guest.isDone()).toList();
        if (underWay.size() >= MOST_UNDER_WAY) {
            throw new IOException("%d restores are under way, and no more are served at a time".formatted(
                    underWay.size()));
        }
        for (PagedGuest other : underWay) {
            if (isSameQemu(other.request(), request)) {
                throw new IOException("%s into the same QEMU is under way".formatted(other.id()));
            }
        }
        forgetOldest();
        String id = ID + ++lastNumber;
        var guest = new PagedGuest(id, request, files, ledger, turns, events);
        guests.put(id, guest);
        guest.start();
        return id;
    }

    private static boolean isSameQemu(RestoreRequest one, RestoreRequest other) {
        boolean sameMonitor = one.qmp().isPresent() && one.qmp().equals(other.qmp());
        return sameMonitor || one.uri().equals(other.uri());
    }

    private void forgetOldest() {
        var old = guests.values().stream().filter(guest -> guest.isDone() && !guest.isPinned()).map(PagedGuest::id)
                .toList();
        old.stream().limit(Math.max(0, guests.size() - MOST_KEPT)).forEach(guests::remove);
    }

    /** All that are under way, and the last ones that have ended, the oldest first. */
    public synchronized ArrayNode query() {
        ArrayNode list = JsonNodeFactory.instance.arrayNode();
        guests.values().forEach(guest -> list.add(guest.info().toJson()));
        return list;
    }

    /** What a saved guest was, and where in its file its main memory lies. */
    public ObjectNode describe(Path path) throws IOException {
        try (SavedFile file = files.open(path)) {
            SavedFile.MainMemory memory = file.mainMemory();
            ObjectNode json = JsonNodeFactory.instance.objectNode().put("file", path.toString())
                    .put("block", memory.block()).put("size", memory.bytes()).put("offset", memory.offset());
            file.savedRunState().ifPresent(state -> json.put("run-state", state));
            return json;
        }
    }

    /**
     * Has a paused restore go on.
     *
     * @param where its destination waits; empty when that is to be told so by its monitor
     */
    public void goOn(String id, Optional<Endpoint> where) throws IOException {
        find(id).send(new Signal.GoOn(where));
    }

    /** Has one send all that is left, also what nobody asks for. */
    public void push(String id) throws IOException {
        find(id).push();
    }

    private synchronized PagedGuest find(String id) throws IOException {
        PagedGuest guest = guests.get(id);
        if (guest == null) {
            throw new IOException("there is no restore '" + id + "'");
        }
        return guest;
    }

    /** Whether another process could go on with what is under way: it would find it in the state file. */
    public synchronized boolean canBeLeft() {
        return ledger.isKept() || guests.values().stream().allMatch(PagedGuest::isDone);
    }

    /** Breaks all connections: guests that run elsewhere pause for the lack of pages, until another process goes on. Idempotent. */
    @Override
    public void close() {
        List<PagedGuest> all;
        synchronized (this) {
            closed = true;
            all = new ArrayList<>(guests.values());
        }
        all.forEach(PagedGuest::leave);
        turns.end(all.size());
        all.forEach(PagedGuest::join);
    }
}
