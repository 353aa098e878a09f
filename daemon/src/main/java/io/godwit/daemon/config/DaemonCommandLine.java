package io.godwit.daemon.config;

import io.godwit.engine.GuestSpec;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;

/** Reads {@code godwitd}'s command line. */
public final class DaemonCommandLine {
    private final BooleanSupplier kvmUsable;
    private final String version;

    /**
     * @param kvmUsable asked only when the command line leaves the guest's kind open
     */
    public DaemonCommandLine(BooleanSupplier kvmUsable, String version) {
        this.kvmUsable = kvmUsable;
        this.version = version;
    }

    public Invocation parse(String... arguments) {
        var commandLine = commandLine();
        try {
            var result = commandLine.parseArgs(arguments);
            if (result.isUsageHelpRequested()) {
                return new Invocation.Print(commandLine.getUsageMessage());
            }
            if (result.isVersionHelpRequested()) {
                return new Invocation.Print("godwitd " + version + System.lineSeparator());
            }
            return new Invocation.Serve(options(new ParsedOptions(result)));
        } catch (BadOption e) {
            return new Invocation.Misused(e.getMessage());
        } catch (ParameterException e) {
            return new Invocation.Misused(e.getCause() instanceof BadOption bad
                    ? bad.getMessage()
                    : Objects.requireNonNullElse(e.getMessage(), "The command line is not understood"));
        }
    }

    /** Of what kind a guest is here that nothing is said of. */
    public GuestSpec.Kind usualKind() {
        return new GuestOptions(new ParsedOptions(commandLine().parseArgs()), kvmUsable).spec().kind();
    }

    /** Where a daemon waits for what has these arguments, also when they are not understood. */
    public static Optional<Path> takeOver(String... arguments) {
        int at = List.of(arguments).indexOf(Option.TAKE_OVER.dashed());
        return at < 0 || at + 1 >= arguments.length
                ? Optional.empty()
                : Optional.of(SocketPath.parseUnix(arguments[at + 1]));
    }

    /** What is taken, and how it is described. */
    public static CommandLine commandLine() {
        var spec = CommandSpec.create().name("godwitd");
        spec.usageMessage().description("Runs a guest and migrates it: QMP in, QEMU's migration stream out.").width(100)
                .sortOptions(false);
        for (var option : Option.values()) {
            spec.addOption(option.spec());
        }
        // -smp is one option, not -s -m -p; a value may hold '@' or '${'.
        return new CommandLine(spec).setPosixClusteredShortOptionsAllowed(false).setExpandAtFiles(false)
                .setInterpolateVariables(false).setAbbreviatedOptionsAllowed(false);
    }

    private DaemonOptions options(ParsedOptions options) {
        Optional<MonitorAddress> control = options.get(Option.CONTROL, MonitorAddress.class);
        return new DaemonOptions(control.isPresent() && !options.has(Option.QMP)
                ? noGuest(options)
                : Optional.of(guest(options)), control,
                new AllowedPeers(options.all(Option.ALLOW, AllowedPeers.Rule.class)),
                options.get(Option.METRICS, InetSocketAddress.class),
                options.get(Option.PIDFILE, Path.class),
                options.get(Option.LOG_FORMAT, LogFormat.class).orElse(LogFormat.TEXT),
                options.get(Option.REHEARSE, Boolean.class).orElse(true),
                options.get(Option.TAKE_OVER, Path.class));
    }

    private static Optional<GuestSetup> noGuest(ParsedOptions options) {
        for (Option option : Option.values()) {
            if (options.has(option) && option.describesGuest()) {
                throw new BadOption(option.dashed() + " needs a guest with a monitor: expected --qmp beside --control");
            }
        }
        return Optional.empty();
    }

    private GuestSetup guest(ParsedOptions options) {
        return new GuestSetup(new GuestOptions(options, kvmUsable).spec(),
                options.all(Option.QMP, MonitorAddress.class),
                options.get(Option.INCOMING, String.class).flatMap(GuestOptions::incomingUri),
                options.all(Option.ADD_FD, InheritedDescriptor.class),
                options.get(Option.QEMU, Path.class), options.get(Option.BLOCK_QMP, Path.class),
                options.get(Option.RESTORES, Path.class).map(Path::toAbsolutePath));
    }
}
