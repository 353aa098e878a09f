package io.godwit.client;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import tools.jackson.databind.node.ObjectNode;

/**
 * A live table: a line for each guest, from its own monitor, which it asks anew for each look, so that other clients of the
 * monitor have their turn in between. A guest that does not answer keeps its line and says so.
 *
 * @param monitors sockets, or directories with sockets in them
 * @param once one look and no more
 */
record Top(List<Path> monitors, boolean once, Pause pause) implements FileAction {
    private static final String HEADER = String.format(Locale.ROOT, "%-20s %-12s %-16s %8s %10s %10s %9s %9s  %s",
            "GUEST", "STATE", "MIGRATION", "DONE", "SENT MiB", "LEFT MiB", "MiB/s", "DIRTY/s", "FORECAST");
    private static final String CLEAR = "\033[H\033[J";
    private static final double MIB = 1 << 20;

    /** A monitor serves one client at a time: who waits for another longer than this is shown as waiting. */
    private static final long PATIENCE_MILLIS = 1000;

    @Override
    public int run(Terminal terminal) throws IOException {
        Map<Path, Outlook> outlooks = new HashMap<>();
        Map<Path, CompletableFuture<Line>> looks = new HashMap<>();
        while (true) {
            List<Line> lines = look(looks);
            show(terminal, lines, outlooks);
            if (once || (!terminal.interactive() && !terminal.json())) {
                return lines.stream().allMatch(line -> line.trouble().isEmpty()) ? 0 : statusOfFailure();
            }
            pause.await();
        }
    }

    /** What one guest said, or why it said nothing. */
    private record Line(Path socket, String name, String state, Progress migration, String trouble) {

        static Line of(Path socket) {
            try (var monitor = new Monitor(socket)) {
                String name = monitor.execute("query-name").path("name").asString(file(socket));
                String state = monitor.execute("query-status").path("status").asString("?");
                return new Line(socket, name, state, Progress.of(monitor.execute("query-migrate")), "");
            } catch (IOException | CommandFailed e) {
                return silent(socket, Objects.requireNonNullElse(e.getMessage(), "no answer"));
            }
        }

        static Line silent(Path socket, String why) {
            return new Line(socket, file(socket), "?", Progress.of(Monitor.JSON.createObjectNode()), why);
        }

        private static String file(Path socket) {
            return String.valueOf(socket.getFileName());
        }

        String text(Forecast forecast) {
            if (!trouble.isEmpty()) {
                return String.format(Locale.ROOT, "%-20s %s", name, trouble);
            }
            return String.format(Locale.ROOT, "%-20s %-12s %-16s %7.1f%% %10.0f %10.0f %9.0f %9.0f  %s", name, state,
                    migration.status(), migration.percent(), migration.transferredBytes() / MIB,
                    migration.remainingBytes() / MIB, migration.mibPerSecond(), migration.dirtyMibPerSecond(),
                    migration.error().orElse(forecast.words())).stripTrailing();
        }

        ObjectNode json() {
            ObjectNode node = Monitor.JSON.createObjectNode().put("monitor", socket.toString()).put("name", name);
            if (!trouble.isEmpty()) {
                return node.put("error", trouble);
            }
            return node.put("status", state).put("migration", migration.status())
                    .put("transferred", migration.transferredBytes()).put("remaining", migration.remainingBytes());
        }
    }

    private List<Line> look(Map<Path, CompletableFuture<Line>> looks) throws IOException {
        List<Path> sockets = sockets();
        for (Path socket : sockets) {
            looks.computeIfAbsent(socket,
                    _ -> CompletableFuture.supplyAsync(() -> Line.of(socket), Thread::startVirtualThread));
        }
        long patientUntil = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(PATIENCE_MILLIS);
        return sockets.stream().map(socket -> answer(socket, looks, patientUntil - System.nanoTime())).toList();
    }

    /** One that does not come stays under way: it is looked for again at the next look. */
    private static Line answer(Path socket, Map<Path, CompletableFuture<Line>> looks, long patienceNanos) {
        try {
            Line line = Objects.requireNonNull(looks.get(socket)).get(Math.max(0, patienceNanos),
                    TimeUnit.NANOSECONDS);
            looks.remove(socket);
            return line;
        } catch (TimeoutException e) {
            return Line.silent(socket, "its monitor is another client's at the moment");
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

    private void show(Terminal terminal, List<Line> lines, Map<Path, Outlook> outlooks) {
        if (terminal.json()) {
            lines.forEach(line -> terminal.print(line.json()));
            return;
        }
        var text = new StringBuilder(terminal.interactive() && !once ? CLEAR : "").append(HEADER);
        for (Line line : lines) {
            Outlook outlook = outlooks.computeIfAbsent(line.socket(), _ -> new Outlook());
            text.append('\n').append(line.text(forecast(line.migration(), outlook)));
        }
        terminal.print(text.toString());
    }

    private static Forecast forecast(Progress migration, Outlook outlook) {
        return migration.ended() ? new Forecast.Unknown() : outlook.after(migration);
    }

    @Override
    public int statusOfFailure() {
        return 1;
    }
}
