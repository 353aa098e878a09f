package io.godwit.daemon.command.qemu;

import io.godwit.daemon.localhost.AdaptedCommand;
import io.godwit.daemon.localhost.QemuProcess;
import io.godwit.daemon.localhost.UntakeableException;
import io.godwit.protocol.qmp.QmpException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * How the other QEMU is started, or would be started once more where it is there already.
 *
 * @param words its command line, or the running one's, of which it has the options
 * @param own whether they are its own: then nothing it makes gets another name
 * @param directory where relative paths begin
 * @param monitor the socket's name that its monitor has in the end
 * @param suffix of what it makes, until then
 */
record Plan(List<String> words, boolean own, Path directory, Path monitor, String suffix) {
    private static final String PRE_FLIGHT = ".pre-flight";
    private static final List<String> TAKE_ALL_AT_ONCE = List.of("-mem-prealloc", "prealloc=on", "mem-lock=on",
            "mlock=on");

    Plan {
        words = List.copyOf(words);
    }

    /**
     * For one that is to be started.
     *
     * @param given none for the running one's, one word for a program with the running one's options, or all
     */
    static Plan toStart(List<String> given, QemuProcess running, Path monitor) throws IOException {
        String suffix = AdaptedCommand.nextSuffix(running.commandLine());
        if (given.size() > 1) {
            return new Plan(given, true, running.directory(), monitor, suffix);
        }
        var words = new ArrayList<>(running.commandLine());
        if (!given.isEmpty()) {
            words.set(0, given.getFirst());
        }
        return new Plan(words, false, running.directory(), monitor, suffix);
    }

    /** For one that waits already: so another would be started. */
    static Plan like(QemuProcess waiting, Path monitor) throws IOException {
        return new Plan(waiting.commandLine(), false, waiting.directory(), monitor, "");
    }

    /** Its names go to the running one's, when that has gone. */
    AdaptedCommand successor() throws QmpException {
        return command(suffix);
    }

    /** One that is thrown away, and never runs. */
    AdaptedCommand trial() throws QmpException {
        return command(PRE_FLIGHT).with("-S", "-incoming", "defer");
    }

    private AdaptedCommand command(String ending) throws QmpException {
        try {
            var command = own ? AdaptedCommand.given(words) : AdaptedCommand.of(words, directory, ending);
            return command.withMonitor(monitor, ending);
        } catch (UntakeableException e) {
            throw new QmpException(String.valueOf(e.getMessage()));
        }
    }

    /** Whether it has all its memory before a guest has come. */
    boolean takesMemoryAtOnce() {
        return words.stream().anyMatch(word -> TAKE_ALL_AT_ONCE.stream().anyMatch(word::contains));
    }

    Path beside(String suffix) {
        return Path.of(monitor + suffix);
    }
}
