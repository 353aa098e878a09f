package io.godwit.daemon.localhost;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.ListIterator;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * Goes through a QEMU's command line once. Whatever it listens at by a file's name gets another one; files that a port writes to
 * are appended to, as they would be emptied; how the guest came to the first one is left out.
 */
final class CommandLineAdapter {
    /** A descriptor that whoever started the first one has given it: it cannot be had again. */
    private static final Pattern DESCRIPTOR = Pattern
            .compile("(^|[,\"])(fd|fds|vhostfd|vhostfds)(=|\"\\s*:)|/dev/fdset/|^fd:");
    private static final String PATH = "path=";
    private static final String UNIX = "unix:";
    private static final String FILE = "file:";

    private final Path directory;
    private final String suffix;
    private final Map<Path, Path> names = new LinkedHashMap<>();
    private final List<String> words = new ArrayList<>();
    private int files;

    CommandLineAdapter(Path directory, String suffix) {
        this.directory = directory;
        this.suffix = suffix;
    }

    AdaptedCommand adapt(List<String> running) throws UntakeableException {
        ListIterator<String> left = withoutArrival(running).listIterator();
        words.add(left.next());
        while (left.hasNext()) {
            String word = left.next();
            switch (option(word)) {
                case "loadvm" -> value(word, left);
                case "snapshot" ->
                    throw new UntakeableException(word, "what the guest has written is the process's own");
                case "add-fd" -> throw new UntakeableException(word + " " + value(word, left), "it is a descriptor");
                case "pidfile" -> add(word, renamed(value(word, left)));
                case "qmp", "qmp-pretty", "monitor", "gdb" -> add(word, address(value(word, left), false));
                case "vnc" -> add(word, address(value(word, left), true));
                case "serial", "parallel", "debugcon" -> addPort(word, value(word, left));
                case "chardev" -> add(word, chardev(value(word, left)));
                default -> add(word);
            }
        }
        return new AdaptedCommand(words, names);
    }

    /** Without what says how the guest comes, and whether it then runs. */
    static List<String> withoutArrival(List<String> command) throws UntakeableException {
        var kept = new ArrayList<String>();
        ListIterator<String> left = command.listIterator();
        while (left.hasNext()) {
            String word = left.next();
            switch (option(word)) {
                case "S", "daemonize" -> {
                }
                case "incoming" -> value(word, left);
                default -> kept.add(word);
            }
        }
        return kept;
    }

    /** Its name without dashes; empty for a word that is no option. */
    private static String option(String word) {
        return word.startsWith("-") ? word.substring(word.startsWith("--") ? 2 : 1) : "";
    }

    private static String value(String option, ListIterator<String> left) throws UntakeableException {
        if (!left.hasNext()) {
            throw new UntakeableException(option, "it has no value");
        }
        return left.next();
    }

    private void add(String... more) throws UntakeableException {
        for (String word : more) {
            if (DESCRIPTOR.matcher(word).find()) {
                String before = words.getLast();
                throw new UntakeableException(before.startsWith("-") ? before + " " + word : word,
                        "it names a descriptor of the running process");
            }
            words.add(word);
        }
    }

    /** {@code unix:PATH,server=on} and its like. */
    private String address(String value, boolean alwaysListens) {
        var parts = OptionValue.parse(value);
        return parts.first().startsWith(UNIX) && (alwaysListens || parts.listens())
                ? parts.with(0, UNIX + renamed(parts.first().substring(UNIX.length()))).text()
                : value;
    }

    /** Without the word for it that only a chardev has, the file would be emptied. */
    private void addPort(String option, String value) throws UntakeableException {
        if (!value.startsWith(FILE)) {
            add(option, address(value, false));
            return;
        }
        String id = "godwit-file-" + files++;
        add("-chardev", "file,id=" + id + "," + PATH + OptionValue.escaped(value.substring(FILE.length()))
                + ",append=on", option, "chardev:" + id);
    }

    private String chardev(String value) {
        var parts = OptionValue.parse(value);
        int path = parts.indexOf(PATH);
        return switch (parts.first()) {
            case "socket" -> path >= 0 && parts.listens()
                    ? parts.with(path, PATH + renamed(parts.parts().get(path).substring(PATH.length()))).text()
                    : value;
            case "file" -> parts.indexOf("append=") < 0 ? value + ",append=on" : value;
            default -> value;
        };
    }

    private String renamed(String name) {
        Path later = AdaptedCommand.withoutSuffix(directory.resolve(name).normalize());
        Path own = Path.of(later + suffix);
        names.put(own, later);
        return own.toString();
    }
}
