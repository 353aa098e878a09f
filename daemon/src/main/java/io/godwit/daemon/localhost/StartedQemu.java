package io.godwit.daemon.localhost;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;

/**
 * Owns a QEMU that was started from here, until it is released: then it lives on, also when this process ends. What it says is in
 * a file.
 */
public final class StartedQemu implements AutoCloseable {
    private static final long LOOK_NANOS = 2_000_000;
    private static final long MOST_SAID = 1 << 16;
    /** Of a listening unix socket in /proc/net/unix: __SO_ACCEPTCON. */
    private static final String LISTENING = "00010000";

    private final Process process;
    private final Path log;
    private final List<Path> files;
    private boolean released;

    private StartedQemu(Process process, Path log, List<Path> files) {
        this.process = process;
        this.log = log;
        this.files = files;
    }

    /**
     * Starts one.
     *
     * @param directory where relative paths begin
     * @param log gets what it says
     */
    public static StartedQemu start(AdaptedCommand command, Path directory, Path log) throws IOException {
        // In a session of its own no signal of a terminal's reaches it that is meant for us.
        var words = new ArrayList<String>(List.of("setsid"));
        words.addAll(command.words());
        for (Path own : command.names().keySet()) {
            Files.deleteIfExists(own);
        }
        var builder = new ProcessBuilder(words).directory(directory.toFile()).redirectErrorStream(true)
                .redirectInput(Path.of("/dev/null").toFile()).redirectOutput(log.toFile());
        return new StartedQemu(builder.start(), log, List.copyOf(command.names().keySet()));
    }

    /**
     * Waits until it listens at a unix socket.
     *
     * @throws IOException with what it said when it ends instead, or takes longer than {@code patience}
     */
    public void awaitListening(Path socket, Duration patience) throws IOException {
        long begun = System.nanoTime();
        while (!listens(socket)) {
            if (!process.isAlive()) {
                throw new IOException("the other QEMU ended with status " + process.exitValue() + ": " + said());
            }
            if (System.nanoTime() - begun > patience.toNanos()) {
                throw new IOException("the other QEMU does not listen at '%s' after %d ms: %s".formatted(socket,
                        patience.toMillis(), said()));
            }
            LockSupport.parkNanos(LOOK_NANOS);
        }
    }

    /** A socket's file is there before anybody can connect, and a connection made to find that out would be taken for the one that counts. */
    private static boolean listens(Path socket) throws IOException {
        if (!Files.exists(socket)) {
            return false; // a process that has lost the name to another one is in the list as well
        }
        String end = " " + socket;
        for (String line : Files.readAllLines(Path.of("/proc/net/unix"), StandardCharsets.ISO_8859_1)) {
            if (line.endsWith(end) && line.contains(LISTENING)) {
                return true;
            }
        }
        return false;
    }

    public boolean isAlive() {
        return process.isAlive();
    }

    public long pid() {
        return process.pid();
    }

    /** What it said last, in one line. */
    public String said() {
        try {
            if (Files.size(log) > MOST_SAID) {
                return "see " + log;
            }
            String text = new String(Files.readAllBytes(log), StandardCharsets.UTF_8);
            return text.isBlank()
                    ? "it said nothing"
                    : text.lines().filter(line -> !line.isBlank()).collect(Collectors.joining("; "));
        } catch (IOException e) {
            return "what it said cannot be read: " + e.getMessage();
        }
    }

    /** Ends it, whatever it does. */
    public void kill() {
        process.destroyForcibly();
        try {
            process.waitFor(10, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** From now on it is nobody's. */
    public void release() {
        released = true;
    }

    /** Ends it, and removes what it has made, unless it was released. */
    @Override
    public void close() {
        if (released) {
            return;
        }
        kill();
        try {
            for (Path file : files) {
                Files.deleteIfExists(file);
            }
            Files.deleteIfExists(log);
        } catch (IOException e) {
            // A name that stays is not worth the error that is being reported.
        }
    }
}
