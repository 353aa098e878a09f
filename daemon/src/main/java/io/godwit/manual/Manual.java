package io.godwit.manual;

import io.godwit.client.ClientCommandLine;
import io.godwit.daemon.config.DaemonCommandLine;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import picocli.AutoComplete;

/** Writes manual pages and bash completion into a directory: {@code Manual DIRECTORY}. */
public final class Manual {
    private static final Page.Text DAEMON = new Page.Text(8,
            """
                    0 when it was ended by quit or a signal, 1 when it could not start or its incoming migration failed, 2 when it
                    was misused.""",
            List.of("godwit(1)", "systemd.socket(5)", "qemu(1)"));
    private static final Page.Text CLIENT = new Page.Text(1,
            """
                    0 when what was asked for has happened, 1 when it has not, 2 when it was misused. Of diff, as of diff(1): 0 for
                    equal, 1 for different, 2 for trouble.""",
            List.of("godwitd(8)", "qemu(1)"));

    private Manual() {}

    public static void main(String[] arguments) throws IOException {
        if (arguments.length != 1) {
            System.err.println("usage: Manual DIRECTORY");
            System.exit(2);
        }
        for (var file : files().entrySet()) {
            Files.writeString(Path.of(arguments[0]).resolve(file.getKey()), file.getValue());
        }
    }

    /** Name to content. */
    static Map<String, String> files() {
        var daemon = DaemonCommandLine.commandLine();
        var client = ClientCommandLine.commandLine();
        return new TreeMap<>(Map.of("godwitd.8", new Page(daemon.getCommandSpec(), DAEMON).roff(), //
                "godwit.1", new Page(client.getCommandSpec(), CLIENT).roff(), //
                "godwitd.bash", AutoComplete.bash("godwitd", daemon), //
                "godwit.bash", AutoComplete.bash("godwit", client)));
    }
}
