package io.godwit.daemon.upgrade;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * How this process was started: the virtual machine with its flags, and what its main method got.
 *
 * @param arguments those of the main method
 */
public record OwnCommand(List<String> arguments) {

    public OwnCommand {
        arguments = List.copyOf(arguments);
    }

    /**
     * The command that starts the like of this process.
     *
     * @param program to start it with, which gets the arguments; otherwise what this one was started with
     */
    List<String> line(Optional<Path> program) throws IOException {
        var line = new ArrayList<String>();
        if (program.isPresent()) {
            if (!Files.isExecutable(program.get()) || Files.isDirectory(program.get())) {
                throw new IOException("'" + program.get() + "' is no program that can be executed");
            }
            line.add(program.get().toString());
        } else {
            List<String> own = own();
            line.addAll(own.subList(0, own.size() - arguments.size()));
        }
        line.addAll(Successor.without(arguments));
        return line;
    }

    /** As the kernel has it: {@link ProcessHandle} cuts what is long. */
    private List<String> own() throws IOException {
        String all = Files.readString(Path.of("/proc/self/cmdline"), StandardCharsets.UTF_8);
        List<String> words = Arrays.asList(all.substring(0, all.length() - 1).split("\0", -1));
        int before = words.size() - arguments.size();
        if (before <= 0 || !words.subList(before, words.size()).equals(arguments)) {
            throw new IOException("how this process was started cannot be told; name the program to start");
        }
        return words;
    }
}
