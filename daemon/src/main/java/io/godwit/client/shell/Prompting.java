package io.godwit.client.shell;

import java.util.function.Supplier;
import org.jline.reader.UserInterruptException;
import org.jspecify.annotations.Nullable;

/**
 * Lets another thread end the reading of a line. It does so by an interrupt, which must never meet the thread in what it does to
 * the connection: NIO would close that.
 */
final class Prompting {
    private @Nullable Thread reading;
    private boolean ended;

    /**
     * The line that is read.
     *
     * @throws UserInterruptException by the line editor, also when {@link #end} was called before or meanwhile
     */
    String read(Supplier<String> line) {
        begin();
        try {
            return line.get();
        } finally {
            stop();
        }
    }

    private synchronized void begin() {
        if (ended) {
            throw new UserInterruptException("");
        }
        reading = Thread.currentThread();
    }

    private synchronized void stop() {
        reading = null;
        Thread.interrupted(); // it came when the line was there already
    }

    /** No line is read any more. Any thread. */
    synchronized void end() {
        ended = true;
        if (reading != null) {
            reading.interrupt();
        }
    }

    synchronized boolean hasEnded() {
        return ended;
    }
}
