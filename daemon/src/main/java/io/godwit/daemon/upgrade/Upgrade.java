package io.godwit.daemon.upgrade;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;
import java.util.function.LongConsumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Has another process take this one's place. The new one starts while everything goes on; the hand-over itself runs on the thread
 * of the guest's commands, so that nothing changes meanwhile. Any thread.
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
    private final ExecutorService commandThread;
    private final Consumer<ObjectNode> events;
    private final LongConsumer completed;
    private final List<Holding> holdings = new ArrayList<>();
    private Status status = Status.NONE;
    private Optional<String> error = Optional.empty();

    /**
     * @param command how this process was started
     * @param commandThread lent; where nothing else happens to the guest while a task runs
     * @param events hears of each status: the data of the event
     * @param completed told the new process's id when nothing is left to do here but to end; must return at once
     */
    public Upgrade(OwnCommand command, ExecutorService commandThread, Consumer<ObjectNode> events,
            LongConsumer completed) {
        this.command = command;
        this.commandThread = commandThread;
        this.events = events;
        this.completed = completed;
    }

    /** Has one more thing to pass on, after those before it. Before the first {@link #begin}. */
    public void add(Holding holding) {
        holdings.add(holding);
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
        List<String> line = command.line(program);
        Thread.ofPlatform().name("upgrade").start(() -> run(line));
    }

    private void run(List<String> line) {
        LOG.info("starting {}", line.getFirst());
        tell();
        try (Successor successor = Successor.start(line)) {
            long pid = successor.pid();
            LOG.info("process {}, version {}, is up", pid, successor.version());
            commandThread.submit(() -> {
                handOver(successor, pid);
                return pid;
            }).get();
        } catch (ExecutionException e) {
            failed(e.getCause() == null ? e : e.getCause());
        } catch (IOException | RuntimeException e) {
            failed(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            failed(e);
        }
    }

    private void handOver(Successor successor, long pid) throws IOException {
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
