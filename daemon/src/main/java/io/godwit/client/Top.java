package io.godwit.client;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * A live table: a line for each guest and each of its jobs, from its own monitor or a control monitor, which it asks anew for each
 * look, so that other clients of the monitor have their turn in between. A monitor that does not answer has a line that says so.
 *
 * @param monitors sockets, or directories with sockets in them
 * @param once one look and no more
 */
record Top(List<Path> monitors, boolean once, Pause pause) implements FileAction {
    private static final String CLEAR = "\033[H\033[J";

    /** A monitor serves one client at a time: who waits for another longer than this is shown as waiting. */
    private static final long PATIENCE_MILLIS = 1000;

    @Override
    public int run(Terminal terminal) throws IOException {
        Map<String, TimeLeft> timesLeft = new HashMap<>();
        Map<Path, CompletableFuture<List<TopGuest>>> looks = new HashMap<>();
        while (true) {
            List<TopGuest> guests = look(looks);
            show(terminal, guests, timesLeft);
            if (once || (!terminal.interactive() && !terminal.json())) {
                return guests.stream().allMatch(guest -> guest.trouble().isEmpty()) ? 0 : statusOfFailure();
            }
            pause.await();
        }
    }

    private List<TopGuest> look(Map<Path, CompletableFuture<List<TopGuest>>> looks) throws IOException {
        List<Path> sockets = sockets();
        for (Path socket : sockets) {
            looks.computeIfAbsent(socket,
                    _ -> CompletableFuture.supplyAsync(() -> TopLook.at(socket), Thread::startVirtualThread));
        }
        long patientUntil = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(PATIENCE_MILLIS);
        return sockets.stream().flatMap(socket -> answer(socket, looks, patientUntil - System.nanoTime()).stream())
                .toList();
    }

    /** One that does not come stays under way: it is looked for again at the next look. */
    private static List<TopGuest> answer(Path socket, Map<Path, CompletableFuture<List<TopGuest>>> looks,
            long patienceNanos) {
        try {
            List<TopGuest> guests = Objects.requireNonNull(looks.get(socket)).get(Math.max(0, patienceNanos),
                    TimeUnit.NANOSECONDS);
            looks.remove(socket);
            return guests;
        } catch (TimeoutException e) {
            return List.of(TopGuest.silent(socket, "its monitor is another client's at the moment"));
        } catch (ExecutionException | InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private List<Path> sockets() throws IOException {
        var sockets = new ArrayList<Path>();
        for (Path given : monitors) {
            if (Files.isDirectory(given)) {
                try (var inside = Files.list(given)) {
                    inside.sorted().filter(Top::isSocket).forEach(sockets::add);
                }
            } else {
                sockets.add(given);
            }
        }
        return sockets;
    }

    /** Neither a file nor a directory nor a link: a guess, the connection tells. */
    private static boolean isSocket(Path path) {
        return Files.exists(path) && !Files.isRegularFile(path) && !Files.isDirectory(path);
    }

    private void show(Terminal terminal, List<TopGuest> guests, Map<String, TimeLeft> timesLeft) {
        if (terminal.json()) {
            guests.forEach(guest -> terminal.print(guest.json()));
            return;
        }
        var text = new StringBuilder(terminal.interactive() && !once ? CLEAR : "").append(TopGuest.HEADER);
        for (TopGuest guest : guests) {
            TimeLeft timeLeft = timesLeft.computeIfAbsent(guest.key(), _ -> new TimeLeft());
            guest.lines(forecast(guest.migration(), timeLeft)).forEach(line -> text.append('\n').append(line));
        }
        terminal.print(text.toString());
    }

    private static Forecast forecast(Progress migration, TimeLeft timeLeft) {
        return migration.ended() ? new Forecast.Unknown() : timeLeft.after(migration);
    }

    @Override
    public int statusOfFailure() {
        return 1;
    }
}
