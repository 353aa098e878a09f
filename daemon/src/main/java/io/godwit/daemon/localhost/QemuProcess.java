package io.godwit.daemon.localhost;

import io.godwit.engine.linux.PeerCredentials;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/** A process of this host that serves a monitor, as /proc shows it. */
public record QemuProcess(long pid) {
    private static final long KIB = 1024;
    private static final long LOOK_NANOS = 2_000_000;

    /**
     * The one that listens at the other end of a socket.
     *
     * @throws IOException when it is not to be seen from here
     */
    public static QemuProcess of(PeerCredentials listener) throws IOException {
        if (listener.pid() <= 0) {
            throw new IOException("the QEMU's process is not to be seen from here: it is in another PID namespace");
        }
        return new QemuProcess(listener.pid());
    }

    private Path proc(String name) {
        return Path.of("/proc", Long.toString(pid), name);
    }

    /** What it was started with, its program first. */
    public List<String> commandLine() throws IOException {
        String words = Files.readString(proc("cmdline"), StandardCharsets.UTF_8);
        if (words.isEmpty()) {
            throw new IOException("process " + pid + " has no command line");
        }
        return Arrays.asList(words.split("\0", -1)).subList(0, (int) words.chars().filter(c -> c == 0).count());
    }

    /** Where its relative paths begin. */
    public Path directory() throws IOException {
        return Files.readSymbolicLink(proc("cwd"));
    }

    /** What it has in memory: the guest's part of it and its own. */
    public long residentBytes() throws IOException {
        for (String line : Files.readAllLines(proc("status"))) {
            if (line.startsWith("VmRSS:")) {
                return Long.parseLong(line.replaceAll("\\D", "")) * KIB;
            }
        }
        throw new IOException("process " + pid + " has no memory: it has ended");
    }

    /** Its memory, by its own addresses. */
    FileChannel memory() throws IOException {
        return FileChannel.open(proc("mem"), StandardOpenOption.READ);
    }

    /** Waits for its end, whether or not its parent takes notice of that; false when it takes longer. */
    public boolean awaitEnd(Duration patience) {
        long begun = System.nanoTime();
        while (hasMemory()) {
            if (System.nanoTime() - begun > patience.toNanos()) {
                return false;
            }
            LockSupport.parkNanos(LOOK_NANOS);
        }
        return true;
    }

    /** What has ended and is still there to tell its parent has a command line no more. */
    private boolean hasMemory() {
        try {
            return !Files.readString(proc("cmdline"), StandardCharsets.ISO_8859_1).isEmpty();
        } catch (IOException e) {
            return false;
        }
    }
}
