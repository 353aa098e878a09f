package io.godwit.daemon;

import io.godwit.daemon.config.DaemonCommandLine;
import io.godwit.daemon.config.DaemonOptions;
import io.godwit.daemon.config.Invocation;
import io.godwit.daemon.upgrade.OwnCommand;
import io.godwit.daemon.upgrade.Predecessor;
import io.godwit.engine.linux.KernelFeatures;
import io.godwit.protocol.qmp.QmpVersion;
import java.io.IOException;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Main class of the daemon {@code godwitd}. Exit status 0: ended by {@code quit} or a signal; 1: it could not start, or its
 * incoming migration failed; 2: misused.
 */
public final class Godwitd {
    private Godwitd() {}

    public static void main(String[] arguments) {
        var version = QmpVersion.GODWIT.packageName().replaceFirst("^godwit-", "");
        var commandLine = new DaemonCommandLine(() -> KernelFeatures.probe().kvm().isEmpty(), version);
        switch (commandLine.parse(arguments)) {
            case Invocation.Print(var text) -> System.out.print(text);
            case Invocation.Misused(var sentence) -> {
                System.err.println("godwitd: " + sentence + "; see 'godwitd --help'");
                DaemonCommandLine.takeOver(arguments).ifPresent(socket -> Predecessor.refuse(socket, sentence));
                System.exit(2);
            }
            case Invocation.Serve(var options) -> {
                Logging.start(options.logFormat(), System.err);
                var endings = new Endings();
                endings.listenToSignals();
                endings.exit(serve(options, commandLine, new OwnCommand(List.of(arguments)), endings));
            }
        }
    }

    /** The exit status, once the daemon has ended. */
    private static int serve(DaemonOptions options, DaemonCommandLine commandLine, OwnCommand command,
            Endings endings) {
        FirstUse.ofReplies();
        try (var daemon = new Daemon(options, commandLine, command, endings)) {
            ServiceManager.ready();
            var ending = endings.await();
            daemon.announce(ending);
            return ending.exitStatus();
        } catch (IOException e) {
            System.err.println("godwitd: " + e.getMessage());
        } catch (RuntimeException | LinkageError e) {
            logger().error("A bug in godwitd", e);
        }
        return 1;
    }

    /** Not a constant: that would set logging up before the options are known. */
    private static Logger logger() {
        return LoggerFactory.getLogger(Godwitd.class);
    }
}
