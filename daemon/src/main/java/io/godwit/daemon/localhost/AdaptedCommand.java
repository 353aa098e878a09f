package io.godwit.daemon.localhost;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What starts a second QEMU that is to take the place of a first one, while that still runs.
 *
 * @param words the program first
 * @param names of sockets and files that the second one makes: its own, and what each is to be called when the first is gone
 */
public record AdaptedCommand(List<String> words, Map<Path, Path> names) {
    private static final Pattern SUFFIX = Pattern.compile("\\.upgrade-([0-9]{1,9})");
    private static final Pattern SUFFIX_AT_END = Pattern.compile(SUFFIX + "$");

    public AdaptedCommand {
        words = List.copyOf(words);
        names = Map.copyOf(names);
    }

    /**
     * Adapts the command line of one that runs.
     *
     * @param directory where its relative paths begin
     * @param suffix of the names of what the second one makes
     * @throws UntakeableException when there is something in it that a second one cannot have
     */
    public static AdaptedCommand of(List<String> running, Path directory, String suffix) throws UntakeableException {
        return new CommandLineAdapter(directory, suffix).adapt(running);
    }

    /** A command that was made for a second one: nothing is renamed. Whatever it says of that itself, it does not wait by itself. */
    public static AdaptedCommand given(List<String> words) throws UntakeableException {
        return new AdaptedCommand(CommandLineAdapter.withoutArrival(words), Map.of());
    }

    /** The suffix for the next names, after those in the command line of one that came by an upgrade itself. */
    public static String nextSuffix(List<String> running) {
        long last = running.stream().flatMap(word -> SUFFIX.matcher(word).results())
                .mapToLong(match -> Long.parseLong(match.group(1))).max().orElse(0);
        return ".upgrade-" + (last + 1);
    }

    /** What is called so since an upgrade, or was before it. */
    static Path withoutSuffix(Path path) {
        Matcher suffix = SUFFIX_AT_END.matcher(path.toString());
        return suffix.find() ? Path.of(path.toString().substring(0, suffix.start())) : path;
    }

    /** With more words behind. */
    public AdaptedCommand with(String... more) {
        var all = new ArrayList<>(words);
        all.addAll(List.of(more));
        return new AdaptedCommand(all, names);
    }

    /** With another program. */
    public AdaptedCommand withProgram(String program) {
        var all = new ArrayList<>(words);
        all.set(0, program);
        return new AdaptedCommand(all, names);
    }

    /** With a monitor whose socket is to be called {@code later}, unless it has one. */
    public AdaptedCommand withMonitor(Path later, String suffix) {
        if (names.containsValue(later)) {
            return this;
        }
        Path own = Path.of(later + suffix);
        var more = new LinkedHashMap<>(names);
        more.put(own, later);
        String address = "unix:" + OptionValue.escaped(own.toString()) + ",server=on,wait=off";
        return new AdaptedCommand(with("-qmp", address).words, more);
    }

    /** The name under which the second one makes what is to be called {@code later}. */
    public Path ownName(Path later) {
        return names.entrySet().stream().filter(each -> each.getValue().equals(later)).map(Map.Entry::getKey)
                .findFirst().orElseThrow();
    }
}
