package io.godwit.daemon.upgrade;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;
import java.util.function.LongConsumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Has another process take this one's place. The new one starts while everything goes on; during the hand-over no command is carried
 * out, so that nothing changes meanwhile. Any thread.
 */
public final class Upgrade {
    private static final Logger LOG = LoggerFactory.getLogger(Upgrade.class);

    /** How far it has come. */
    private enum Status {
        NONE,
        STARTING,
        MOVING,
        COMPLETED,
        FAILED;

        String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    private final OwnCommand command;
    private final Belongings belongings;
    private final Consumer<ObjectNode> events;
    private final LongConsumer completed;
    private Status status = Status.NONE;
    private Optional<String> error = Optional.empty();

    /**
     * @param command how this process was started
     * @param belongings lent
     * @param events hears of each status: the data of the event
     * @param completed told the new process's id when nothing is left to do here but to end; must return at once
     */
    public Upgrade(OwnCommand command, Belongings belongings, Consumer<ObjectNode> events, LongConsumer completed) {
        this.command = command;
        this.belongings = belongings;
        this.events = events;
        this.completed = completed;
    }

    /**
     * Begins; how it goes is told by events and asked for by {@link #query}.
     *
     * @param program to start instead of what this process was started as, with the same options
     */
    public void begin(Optional<Path> program) throws IOException {
        synchronized (this) {
            if (status == Status.STARTING || status == Status.MOVING || status == Status.COMPLETED) {
                throw new IOException("An upgrade is under way");
            }
            status = Status.STARTING;
            error = Optional.empty();
        }
        List<String> line;
        try {
            line = command.line(program);
        } catch (IOException e) {
            change(Status.FAILED, Optional.of(String.valueOf(e.getMessage())));
            throw e;
        }
        Thread.ofPlatform().name("upgrade").start(() -> run(line));
    }

    private void run(List<String> line) {
        LOG.info("starting {}", line.getFirst());
        tell();
        try (Successor successor = Successor.start(line)) {
            long pid = successor.pid();
            LOG.info("process {}, version {}, is up", pid, successor.version());
            belongings.whileStill(holdings -> handOver(holdings, successor, pid));
        } catch (IOException | RuntimeException e) {
            failed(e);
        }
    }

    private void handOver(List<Holding> holdings, Successor successor, long pid) throws IOException {
        change(Status.MOVING, Optional.empty());
        var lent = new ArrayList<Holding>();
        try {
            var parts = new ArrayList<Part>();
            for (Holding holding : holdings) {
                parts.add(holding.lend());
                lent.add(holding);
            }
            successor.give(lent.stream().map(Holding::name).toList(), parts);
            for (Holding holding : holdings) {
                holding.move();
            }
            give(holdings, successor);
        } catch (IOException | RuntimeException e) {
            successor.refuse(String.valueOf(e.getMessage()));
            lent.reversed().forEach(Holding::keep);
            throw e;
        }
        lent.reversed().forEach(Upgrade::leave);
        successor.go();
        LOG.info("process {} goes on", pid);
        change(Status.COMPLETED, Optional.empty());
        completed.accept(pid);
    }

    /** Once it has something that it cannot give back, a successor that lives is to go on, whatever becomes of the rest. */
    private static void give(List<Holding> holdings, Successor successor) throws IOException {
        boolean given = false;
        for (Holding holding : holdings) {
            try {
                given |= holding.give();
            } catch (IOException e) {
                if (!given || successor.hasEnded()) {
                    throw e;
                }
                LOG.error("{} may have been lost: {}", holding.name(), e.getMessage());
            }
        }
    }

    private static void leave(Holding holding) {
        try {
            holding.leave();
        } catch (RuntimeException e) {
            LOG.error("{} could not be left", holding.name(), e); // too late to turn back: the guest has gone
        }
    }

    private void failed(Throwable reason) {
        if (reason instanceof RejectedExecutionException) {
            return; // this process ends already
        }
        if (reason instanceof IOException) {
            LOG.warn("everything stays here: {}", reason.getMessage());
        } else {
            LOG.error("everything stays here, by a fault of our own", reason);
        }
        change(Status.FAILED, Optional.of(String.valueOf(reason.getMessage())));
    }

    private void change(Status next, Optional<String> why) {
        synchronized (this) {
            status = next;
            error = why;
        }
        tell();
    }

    private void tell() {
        events.accept(query());
    }

    /** How it stands. */
    public synchronized ObjectNode query() {
        ObjectNode json = JsonNodeFactory.instance.objectNode().put("status", status.word());
        error.ifPresent(why -> json.put("error-desc", why));
        return json;
    }
}
