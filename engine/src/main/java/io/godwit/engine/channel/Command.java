package io.godwit.engine.channel;

import io.godwit.engine.linux.Fd;
import io.godwit.engine.linux.Pipe;
import java.io.File;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.util.List;

/** A command that reads from us or that we read from, as {@code exec:} has it. Its other output goes where ours goes. */
final class Command {

    private Command() {}

    /** Starts it and returns the end of a pipe that leads to its standard input. */
    static Fd startReading(List<String> command) throws IOException {
        Pipe pipe = Pipe.open();
        try (Fd theirs = pipe.reader()) {
            start(new ProcessBuilder(command).redirectInput(pathOf(theirs)).redirectOutput(Redirect.INHERIT));
            return pipe.writer();
        } catch (IOException | RuntimeException e) {
            pipe.writer().close();
            throw e;
        }
    }

    /** Starts it and returns the end of a pipe that its standard output leads to. */
    static Fd startWriting(List<String> command) throws IOException {
        Pipe pipe = Pipe.open();
        try (Fd theirs = pipe.writer()) {
            start(new ProcessBuilder(command).redirectOutput(pathOf(theirs)).redirectInput(new File("/dev/null")));
            return pipe.reader();
        } catch (IOException | RuntimeException e) {
            pipe.reader().close();
            throw e;
        }
    }

    /** ProcessBuilder takes files only; this one opens the pipe again. */
    private static File pathOf(Fd fd) {
        return new File("/proc/self/fd/" + fd.number());
    }

    private static void start(ProcessBuilder builder) throws IOException {
        List<String> command = builder.command();
        if (command.isEmpty()) {
            throw new IOException("no command given to run");
        }
        try {
            builder.redirectError(Redirect.INHERIT).start();
        } catch (IOException e) {
            throw new IOException("Failed to execute child process '" + command.getFirst() + "': " + e.getMessage(), e);
        }
    }
}
