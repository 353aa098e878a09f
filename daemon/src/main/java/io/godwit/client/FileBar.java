package io.godwit.client;

import io.godwit.inspect.ReadingProgress;
import java.time.Duration;
import java.util.Locale;

/** Shows on a terminal how far the reading of a file has come, once that has taken a moment. One thread. */
final class FileBar implements ReadingProgress, AutoCloseable {
    private static final int WIDTH = 24;
    private static final long INTERVAL_NANOS = Duration.ofMillis(200).toNanos();
    private static final double MIB = 1 << 20;

    private final Terminal terminal;
    private final String what;
    private final boolean shown;
    private long last = System.nanoTime();
    private boolean drawn;

    private FileBar(Terminal terminal, String what) {
        this.terminal = terminal;
        this.what = what;
        shown = terminal.interactive() && !terminal.json();
    }

    static FileBar on(Terminal terminal, String what) {
        return new FileBar(terminal, what);
    }

    @Override
    public void at(long doneBytes, long totalBytes) {
        long now = System.nanoTime();
        if (shown && now - last >= INTERVAL_NANOS) {
            last = now;
            drawn = true;
            terminal.out().print("\r" + line(doneBytes, totalBytes) + "\033[K");
            terminal.out().flush();
        }
    }

    private String line(long doneBytes, long totalBytes) {
        if (totalBytes == 0) {
            return String.format(Locale.ROOT, "%s: %.0f MiB", what, doneBytes / MIB);
        }
        double part = Math.clamp((double) doneBytes / totalBytes, 0, 1);
        int filled = (int) (part * WIDTH);
        return String.format(Locale.ROOT, "[%s%s] %s: %.1f %%, %.0f of %.0f MiB", "#".repeat(filled),
                "-".repeat(WIDTH - filled), what, 100 * part, doneBytes / MIB, totalBytes / MIB);
    }

    /** Takes the line away. */
    @Override
    public void close() {
        if (drawn) {
            terminal.out().print("\r\033[K");
            terminal.out().flush();
        }
    }
}
