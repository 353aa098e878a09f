package io.godwit.daemon;

import io.godwit.daemon.command.Guests;
import io.godwit.daemon.command.LongWork;
import io.godwit.daemon.config.DaemonCommandLine;
import io.godwit.daemon.config.GuestSetup;
import io.godwit.daemon.config.Invocation;
import io.godwit.daemon.qmp.ShutdownCause;
import io.godwit.daemon.upgrade.Holding;
import io.godwit.protocol.qmp.QmpException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.node.ObjectNode;

/** Owns the guests of a process that has many, and the thread on which one ends that has a reason of its own. Any thread. */
final class ServedGuests implements Guests, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ServedGuests.class);
    private static final long LAST_GUEST_SECONDS = 60;
    /** Each has threads, descriptors and memory of its own. */
    private static final int MOST = 1000;

    private final Hosting hosting;
    private final DaemonCommandLine commandLine;
    private final Consumer<String> added;
    private final BiConsumer<String, String> removed;
    private final Map<String, Member> byName = new LinkedHashMap<>();
    private final ExecutorService endingThread = Executors
            .newSingleThreadExecutor(Thread.ofPlatform().name("guest-ends").factory());
    private boolean closed;

    /** @param words that a client has described it by; none for the guest of the process's command line */
    private record Member(ServedGuest guest, List<String> words) {}

    /**
     * @param hosting lent
     * @param commandLine reads what a client describes a guest by
     * @param added told who came
     * @param removed told who has gone and why
     */
    ServedGuests(Hosting hosting, DaemonCommandLine commandLine, Consumer<String> added,
            BiConsumer<String, String> removed) {
        this.hosting = hosting;
        this.commandLine = commandLine;
        this.added = added;
        this.removed = removed;
    }

    /**
     * Makes a guest that is here from the start, and is served with the others.
     *
     * @param words what a client has described it by; none for the guest of the process's command line
     */
    synchronized ServedGuest prepare(GuestSetup setup, List<String> words, InheritedGuest inheritance)
            throws IOException {
        String name = setup.label();
        var guest = new ServedGuest(setup, hosting, inheritance, Optional.empty(), ending -> endsItself(name, ending));
        byName.put(name, new Member(guest, words));
        return guest;
    }

    /** The guest that words describe. */
    GuestSetup described(List<String> words) throws IOException {
        return switch (commandLine.parse(words.toArray(String[]::new))) {
            case Invocation.Misused(var sentence) -> throw new IOException(sentence);
            case Invocation.Serve(var options) when options.guest().isPresent() -> options.guest().get();
            default -> throw new IOException("No guest is described");
        };
    }

    /** As {@link Served#arrive}. */
    boolean arrive() throws IOException {
        boolean come = false;
        for (ServedGuest guest : all()) {
            come |= guest.arrive();
        }
        return come;
    }

    /** As {@link Served#serve}. */
    void serve() throws IOException {
        for (ServedGuest guest : all()) {
            guest.serve();
        }
    }

    private synchronized List<ServedGuest> all() {
        return byName.values().stream().map(Member::guest).toList();
    }

    /** As {@link Served#hold}; none is added or removed meanwhile when the control monitor is held before. */
    void hold(Stillness stillness) throws IOException {
        stillness.hold("a guest that ends", endingThread);
        for (ServedGuest guest : all()) {
            guest.hold(stillness);
        }
    }

    /** As {@link Served#holdings}: first of all who they are. */
    synchronized List<Holding> holdings() {
        var holdings = new ArrayList<Holding>();
        holdings.add(new Roster(byName.values().stream()
                .map(member -> new Roster.Entry(member.guest().label(), member.words())).toList()));
        byName.forEach((name, member) -> member.guest().holdings()
                .forEach(holding -> holdings.add(new Holdings.OfGuest(name, holding))));
        return holdings;
    }

    @Override
    public void add(List<String> words) throws QmpException {
        try {
            start(described(words), words);
        } catch (IOException e) {
            throw new QmpException(String.valueOf(e.getMessage()));
        }
    }

    private synchronized void start(GuestSetup setup, List<String> words) throws IOException {
        String name = setup.label();
        if (closed) {
            throw new IOException("The daemon is ending");
        }
        if (byName.containsKey(name)) {
            throw new IOException("There is a guest '" + name + "' already");
        }
        if (byName.size() >= MOST) {
            throw new IOException("There are " + MOST + " guests, and no more are served by one daemon");
        }
        ServedGuest guest = prepare(setup, words, InheritedGuest.none());
        try {
            guest.serve();
        } catch (IOException | RuntimeException | Error e) {
            byName.remove(name);
            guest.close();
            throw e;
        }
        added.accept(name);
    }

    private void endsItself(String name, Ending ending) {
        try {
            endingThread.execute(() -> {
                String why = reason(ending);
                LOG.info("Guest '{}' ends: {}", name, why);
                remove(name, why);
            });
        } catch (RejectedExecutionException e) {
            LOG.debug("Guest '{}' ends with the daemon", name);
        }
    }

    private static String reason(Ending ending) {
        return switch (ending) {
            case Ending.Quit() -> "quit";
            case Ending.Signal() -> "signal";
            case Ending.Upgraded(var pid) -> "it goes on in process " + pid;
            case Ending.QemuLost(var why) -> "its QEMU was lost: " + why;
            case Ending.IncomingFailed(var why) -> "the incoming migration failed: " + why;
        };
    }

    /** Ends a guest; false when there is none of that name. Returns when nothing of it is left. */
    private boolean remove(String name, String why) {
        Member member;
        synchronized (this) {
            member = byName.remove(name);
        }
        if (member == null) {
            return false;
        }
        member.guest().close();
        removed.accept(name, why);
        return true;
    }

    @Override
    public void remove(String name) throws QmpException {
        try {
            find(name).announce(ShutdownCause.HOST_QMP_QUIT);
        } catch (IOException e) {
            throw new QmpException(String.valueOf(e.getMessage()));
        }
        remove(name, "guest-remove"); // it may also have ended of its own accord meanwhile
    }

    @Override
    public List<ObjectNode> query() {
        return all().stream().map(ServedGuest::info).toList();
    }

    @Override
    public Map<String, LongWork> work() {
        var work = new LinkedHashMap<String, LongWork>();
        all().forEach(guest -> work.put(guest.label(), guest.work()));
        return work;
    }

    /** As {@link Served#status}. */
    List<ObjectNode> status() {
        return all().stream().flatMap(guest -> guest.status().stream()).toList();
    }

    private synchronized ServedGuest find(String name) throws IOException {
        Member member = byName.get(name);
        if (member == null) {
            throw new IOException("There is no guest '" + name + "'");
        }
        return member.guest();
    }

    /** As {@link Served#leave}. */
    void leave() {
        all().forEach(ServedGuest::leave);
    }

    /** As {@link Served#announce}. */
    void announce(ShutdownCause cause) {
        all().forEach(guest -> guest.announce(cause));
    }

    /** Ends all guests. Idempotent. */
    @Override
    public void close() {
        List<ServedGuest> all;
        synchronized (this) {
            closed = true;
            all = all();
            byName.clear();
        }
        all.forEach(ServedGuest::close);
        endingThread.shutdown();
        try {
            if (!endingThread.awaitTermination(LAST_GUEST_SECONDS, TimeUnit.SECONDS)) {
                LOG.warn("A guest has not come to its end within {} s", LAST_GUEST_SECONDS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
