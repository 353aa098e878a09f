package io.godwit.client;

import io.godwit.client.ClientCommandLine.Invocation;
import io.godwit.protocol.qmp.QmpVersion;
import java.io.IOException;
import java.util.Objects;

/**
 * Main class of the client {@code godwit}. Exit status 0: what was asked for has happened; 1: it has not; 2: misused. Of
 * {@code diff}, as of diff(1): 0: equal; 1: different; 2: trouble.
 */
public final class Godwit {
    private Godwit() {}

    public static void main(String[] arguments) {
        var version = QmpVersion.GODWIT.packageName().replaceFirst("^godwit-", "");
        var invocation = new ClientCommandLine(version, Pause.BETWEEN_LOOKS).parse(arguments);
        int status = switch (invocation) {
            case Invocation.Print(var text) -> {
                System.out.print(text);
                yield 0;
            }
            case Invocation.Misused(var sentence) -> {
                System.err.println("godwit: " + sentence + "; see 'godwit --help'");
                yield 2;
            }
            case Invocation.OnFiles onFiles -> run(onFiles, new Terminal(System.in, System.out, System.err,
                    onFiles.json(), onTerminal()));
            case Invocation.Run run -> run(run, new Terminal(System.in, System.out, System.err, run.json(),
                    onTerminal()));
        };
        System.out.flush();
        System.exit(status);
    }

    @SuppressWarnings("SystemConsoleNull") // It is null where jdk.internal.le is not among the modules and there is no terminal.
    private static boolean onTerminal() {
        var console = System.console();
        return console != null && console.isTerminal();
    }

    static int run(Invocation.OnFiles onFiles, Terminal terminal) {
        try {
            return onFiles.action().run(terminal);
        } catch (IOException e) {
            terminal.fail(Objects.requireNonNullElse(e.getMessage(), "The file could not be read"));
            return onFiles.action().statusOfFailure();
        }
    }

    static int run(Invocation.Run run, Terminal terminal) {
        try (var monitor = new Monitor(run.socket())) {
            return run.action().run(monitor, terminal) ? 0 : 1;
        } catch (CommandFailed e) {
            if (terminal.json()) {
                terminal.print(Monitor.JSON.createObjectNode().set("error", e.error()));
            } else {
                terminal.err().println("godwit: " + e.getMessage());
            }
        } catch (IOException e) {
            terminal.fail(Objects.requireNonNullElse(e.getMessage(), "The connection failed"));
        }
        return 1;
    }
}
