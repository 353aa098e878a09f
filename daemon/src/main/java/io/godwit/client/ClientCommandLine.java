package io.godwit.client;

import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.IntStream;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/** Reads {@code godwit}'s command line. */
public final class ClientCommandLine {

    /** What a command line asks for. */
    sealed interface Invocation {
        record Run(Path socket, boolean json, Action action) implements Invocation {}

        /** Needs no monitor. */
        record OnFiles(boolean json, FileAction action) implements Invocation {}

        record Print(String text) implements Invocation {}

        record Misused(String sentence) implements Invocation {}
    }

    private final String version;
    private final Pause pause;

    ClientCommandLine(String version, Pause pause) {
        this.version = version;
        this.pause = pause;
    }

    Invocation parse(String... arguments) {
        var commandLine = commandLine();
        try {
            var result = commandLine.parseArgs(arguments);
            for (var level : result.asCommandLineList()) {
                if (level.isUsageHelpRequested()) {
                    return new Invocation.Print(level.getUsageMessage());
                }
            }
            if (result.isVersionHelpRequested()) {
                return new Invocation.Print("godwit " + version + System.lineSeparator());
            }
            return run(result);
        } catch (IllegalArgumentException e) {
            return new Invocation.Misused(String.valueOf(e.getMessage()));
        } catch (ParameterException e) {
            return new Invocation.Misused(
                    Objects.requireNonNullElse(e.getMessage(), "The command line is not understood"));
        }
    }

    private Invocation run(ParseResult result) {
        if (!result.hasSubcommand()) {
            return new Invocation.Misused(
                    "which command? One of " + String.join(", ", result.commandSpec().subcommands().keySet()));
        }
        var command = result.subcommand();
        boolean json = command.hasMatchedOption("--json") || result.hasMatchedOption("--json");
        var onFiles = FileCommands.action(command).or(() -> ofQemu(command)).or(() -> ofManyMonitors(command));
        if (onFiles.isPresent()) {
            return new Invocation.OnFiles(json, onFiles.get());
        }
        var path = given(command, result, "--socket");
        if (path.isEmpty()) {
            return new Invocation.Misused("--socket PATH is missing: the unix socket of the guest's QMP monitor");
        }
        var socket = Path.of(path.get());
        return new Invocation.Run(socket, json, action(command, socket));
    }

    private Optional<FileAction> ofManyMonitors(ParseResult command) {
        if (!command.commandSpec().name().equals("top")) {
            return Optional.empty();
        }
        List<String> monitors = command.matchedPositionalValue(0, List.of());
        return Optional
                .of(new Top(monitors.stream().map(Path::of).toList(), command.hasMatchedOption("--once"), pause));
    }

    /** What is done to a QEMU by its own monitor, without a daemon. */
    private Optional<FileAction> ofQemu(ParseResult command) {
        if (!command.commandSpec().name().equals("snapshot") || option(command, "--qmp").isEmpty()) {
            return Optional.empty();
        }
        if (command.hasMatchedOption("--disk") || command.hasMatchedOption("--live")) {
            throw new ParameterException(command.commandSpec().commandLine(),
                    "--qmp saves memory alone, and the guest runs on anyway: not with --disk or --live");
        }
        return Optional.of(new QemuSnapshot(Path.of(command.matchedPositionalValue(0, "")), unixPath(command, "--qmp"),
                pause));
    }

    private static Path unixPath(ParseResult command, String name) {
        String address = option(command, name).orElse("");
        if (!address.startsWith("unix:") || address.length() == "unix:".length()) {
            throw new ParameterException(command.commandSpec().commandLine(),
                    name + " is '" + address + "', expected unix:PATH");
        }
        return Path.of(address.substring("unix:".length()));
    }

    private Action action(ParseResult command, Path socket) {
        return switch (command.commandSpec().name()) {
            case "migrate" -> migrate(command, socket);
            case "localhost-migrate" -> new Migrate(localhost(command), command.hasMatchedOption("--detach"), socket,
                    pause);
            case "upgrade" -> new Upgrade(option(command, "--to").map(Path::of), socket);
            case "snapshot" -> snapshot(command, socket);
            case "restore" -> new Restore(Path.of(command.matchedPositionalValue(0, "")),
                    command.matchedOptionValue("--to", ""), option(command, "--qmp"), option(command, "--order"),
                    command.hasMatchedOption("--mapped"), command.hasMatchedOption("--trust"),
                    command.hasMatchedOption("--detach"), socket, pause);
            case "restores" -> new Restores();
            case "clone" -> clone(command);
            case "held" -> new Held();
            case "status" -> new Status();
            case "job" -> new Job(format(command).equals("virsh"));
            case "cancel" -> new Cancel(pause);
            case "stop" -> Simple.STOP;
            case "cont" -> Simple.CONT;
            case "verify" -> Simple.VERIFY;
            case "qmp" -> new QmpShell();
            case "hmp" -> new Hmp(String.join(" ", command.matchedPositionalValue(0, List.of())));
            case String other -> throw new IllegalStateException(other);
        };
    }

    private Action migrate(ParseResult command, Path socket) {
        String uri = command.matchedPositionalValue(0, "");
        boolean detach = command.hasMatchedOption("--detach");
        Optional<String> to = option(command, "--to");
        Optional<String> listen = option(command, "--listen");
        if (command.hasMatchedOption("--secure")) {
            return new SecureMigrate(Path.of(to.orElseThrow(() -> new ParameterException(
                    command.commandSpec().commandLine(),
                    "--secure needs --to PATH: the unix socket of the destination's QMP monitor"))), listen.orElse(uri),
                    uri, Terms.of(command), detach, socket, pause);
        }
        if (to.isPresent() || listen.isPresent()) {
            throw new ParameterException(command.commandSpec().commandLine(), "--to and --listen go with --secure");
        }
        return new Migrate(Migrate.Request.migrate(uri, Terms.of(command)), detach, socket, pause);
    }

    private static String format(ParseResult command) {
        String format = option(command, "--format").orElse("text");
        if (!List.of("text", "virsh").contains(format)) {
            throw new ParameterException(command.commandSpec().commandLine(),
                    "--format is '" + format + "', expected text or virsh");
        }
        return format;
    }

    private static Migrate.Request localhost(ParseResult command) {
        return Migrate.Request.localhost(Optional.ofNullable(command.matchedPositionalValue(0, (String) null)),
                option(command, "--mode"), option(command, "--qmp"), option(command, "--qemu"),
                command.hasMatchedOption("--no-pre-flight"));
    }

    private Action clone(ParseResult command) {
        List<String> qemu = command.matchedPositionalValue(1, List.of());
        if (command.hasMatchedOption("--run") == qemu.isEmpty()) {
            throw new ParameterException(command.commandSpec().commandLine(),
                    qemu.isEmpty()
                            ? "--run needs the QEMU to start: --run -- qemu-system-x86_64 and its options"
                            : "--run is missing: without it " + qemu.getFirst() + " is not started");
        }
        return new Clone(Path.of(command.matchedPositionalValue(0, "")), qemu, command.hasMatchedOption("--trust"),
                pause);
    }

    private Action snapshot(ParseResult command, Path socket) {
        var file = Path.of(command.matchedPositionalValue(0, ""));
        List<String> disks = command.matchedOptionValue("--disk", List.of());
        if (disks.isEmpty() && !command.hasMatchedOption("--live")) {
            return new Snapshot(file, socket, pause);
        }
        long now = System.currentTimeMillis();
        return new LiveSnapshot(file, IntStream.range(0, disks.size())
                .mapToObj(number -> Disk.parse(disks.get(number), number, now)).toList(), pause);
    }

    private static Optional<String> given(ParseResult command, ParseResult top, String option) {
        return Optional.ofNullable(command.matchedOptionValue(option, top.matchedOptionValue(option, (String) null)));
    }

    private static Optional<String> option(ParseResult command, String name) {
        return Optional.ofNullable(command.matchedOptionValue(name, (String) null));
    }

    /** What is taken, and how it is described. */
    public static CommandLine commandLine() {
        var top = command("godwit", "Speaks to a guest's QMP monitor.")
                .addOption(OptionSpec.builder("--version").versionHelp(true).description("Print the version.").build());
        top.addSubcommand("migrate", Terms.addTo(command("migrate",
                "Migrate the guest to a URI, and watch until it has moved.")
                .addPositional(PositionalParamSpec.builder().index("0").arity("1").required(true).type(String.class)
                        .paramLabel("URI")
                        .description("tcp:HOST:PORT, unix:PATH, fd:NAME, exec:COMMAND or file:PATH[,offset=N]").build())
                .addOption(flag("By TLS, with certificates that both daemons make for this one migration and know each "
                        + "other by. The destination, which waits with --incoming defer, is told to listen.",
                        "--secure"))
                .addOption(option("--to", "PATH",
                        "With --secure: the unix socket of the destination's QMP monitor, which "
                                + "ssh -L may have forwarded.")
                        .build())
                .addOption(option("--listen", "URI", "With --secure: where the destination listens, if that is not URI "
                        + "itself.").build())
                .addOption(flag("Only start it.", "--detach"))
                .addOption(flag("Wait for its end: the default.", "--wait"))));
        top.addSubcommand("localhost-migrate", command("localhost-migrate",
                "Move the guest to another process of this host, without room for its memory twice, and watch that.")
                .addPositional(PositionalParamSpec.builder().index("0").arity("0..1").type(String.class)
                        .paramLabel("URI")
                        .description("unix:PATH, where the other process waits. A guest in a QEMU needs none: the "
                                + "other QEMU is started.")
                        .build())
                .addOption(option("--mode", "MODE", "flip, handover, or auto: the default. Of a guest in a QEMU: cpr, "
                        + "postcopy, precopy, or auto.").build())
                .addOption(option("--qmp", "unix:PATH", "The monitor of a QEMU that waits.").build())
                .addOption(option("--qemu", "PROGRAM", "The QEMU to start, with the running one's options; by default "
                        + "the running one's program, as it is now.").build())
                .addOption(flag("Do not find out first whether the other QEMU takes the guest's devices.",
                        "--no-pre-flight"))
                .addOption(flag("Only start it.", "--detach")));
        top.addSubcommand("upgrade", command("upgrade",
                "Have a new process take the daemon's place, with its guest and its sockets, and watch that.")
                .addOption(option("--to", "PROGRAM", "The new version's godwitd; otherwise the daemon is started anew "
                        + "as it was.").build()));
        top.addSubcommand("snapshot",
                command("snapshot", "Save the guest into a mapped-ram file, and watch until that is done. The guest is "
                        + "stopped then, unless --live or --disk is given.")
                        .addPositional(PositionalParamSpec.builder().index("0").arity("1").required(true)
                                .type(String.class).paramLabel("FILE")
                                .description("Replaced when the snapshot is whole; a path of this host.").build())
                        .addOption(
                                flag("The guest runs on, and FILE.json says what belongs to the snapshot.", "--live"))
                        .addOption(OptionSpec.builder("--disk").paramLabel("NODE=OVERLAY").type(List.class)
                                .auxiliaryTypes(String.class).arity("1")
                                .description("Catch the block layer's node at the same instant: what the guest writes "
                                        + "from then on goes to the new image OVERLAY. With it the guest runs on, "
                                        + "too. May be repeated.")
                                .build())
                        .addOption(option("--qmp", "unix:PATH", "Save the guest of the QEMU with this monitor instead, "
                                + "which goes on meanwhile: needs no daemon.").build()));
        top.addSubcommand("restore", command("restore",
                "Let a QEMU run a saved guest at once, serve it its memory, and "
                        + "watch until it has all of it.")
                .addPositional(PositionalParamSpec.builder().index("0").arity("1").required(true).type(String.class)
                        .paramLabel("FILE").description("A mapped-ram file; a path of the daemon's host.").build())
                .addOption(option("--to", "URI", "Where the QEMU waits, or shall wait: unix:PATH or tcp:HOST:PORT.")
                        .required(true).build())
                .addOption(option("--qmp", "unix:PATH",
                        "The QEMU's monitor: it is told what it has to do, and recovered "
                                + "when the connection or the daemon is lost.")
                        .build())
                .addOption(option("--order", "ORDER",
                        "What is sent unasked: linear (the default), replay (what was asked "
                                + "for first in earlier restores of the file first), or on-demand (nothing).")
                        .build())
                .addOption(flag("The QEMU has mapped the guest's main memory from the file: see clone.", "--mapped"))
                .addOption(trust())
                .addOption(flag("Only start it.", "--detach")));
        top.addSubcommand("clone",
                command("clone", "Have a QEMU map a saved guest's file as its memory, copy-on-write: say "
                        + "with which options, or start it and stay with it.")
                        .addPositional(
                                PositionalParamSpec.builder().index("0").arity("1").required(true).type(String.class)
                                        .paramLabel("FILE")
                                        .description("A mapped-ram file; it must not be written to meanwhile.").build())
                        .addOption(flag("Start the QEMU that follows after --.", "--run"))
                        .addOption(trust())
                        .addPositional(PositionalParamSpec.builder().index("1..*").arity("0..*").type(List.class)
                                .auxiliaryTypes(String.class).paramLabel("COMMAND")
                                .description(
                                        "With --run: qemu-system-x86_64 and its options, as the saved one had them.")
                                .build()));
        top.addSubcommand("restores", command("restores", "Show the restores that the daemon serves."));
        top.addSubcommand("held", command("held", "Show what a held guest (godwitd --accel none) consists of."));
        top.addSubcommand("status", command("status", "Show the guest and its last or present migration."));
        top.addSubcommand("job", command("job", "Show the last or present migration.")
                .addOption(option("--format", "FORMAT", "text, or virsh: in the layout of virsh domjobinfo.").build()));
        top.addSubcommand("top", fileCommand("top", "Show many guests, their migrations and jobs, again and again.")
                .addPositional(PositionalParamSpec.builder().index("0..*").arity("1..*").required(true)
                        .type(List.class).auxiliaryTypes(String.class).paramLabel("MONITOR")
                        .description(
                                "Unix sockets of guests' QMP monitors or control monitors, or directories that have them.")
                        .build())
                .addOption(flag("Look once. So it is where the output is no terminal.", "--once")));
        top.addSubcommand("cancel", command("cancel", "Cancel the running migration."));
        top.addSubcommand("stop", command("stop", "Pause the guest."));
        top.addSubcommand("cont", command("cont", "Let the guest run."));
        top.addSubcommand("verify", command("verify", "Check the guest's memory against its own rule."));
        top.addSubcommand("qmp", command("qmp", "Type QMP: requests as JSON or short, as in query-status or migrate "
                + "uri=tcp:HOST:PORT, with completion, history and help. What is piped in is sent line by line, and the answers are "
                + "printed as they come."));
        top.addSubcommand("hmp", command("hmp", "Send a line to the human monitor.").addPositional(
                PositionalParamSpec.builder().index("0..*").arity("1..*").required(true).type(List.class)
                        .auxiliaryTypes(String.class)
                        .paramLabel("WORD").description("Such as: info migrate").build()));
        FileCommands.addTo(top);
        return new CommandLine(top).setPosixClusteredShortOptionsAllowed(false).setExpandAtFiles(false)
                .setInterpolateVariables(false);
    }

    /** Options that every command takes that speaks to a monitor, before or after its name. */
    private static CommandSpec command(String name, String description) {
        return fileCommand(name, description)
                .addOption(OptionSpec.builder("--socket").paramLabel("PATH").type(String.class).arity("1")
                        .description("The unix socket of the guest's QMP monitor.").build());
    }

    /** Options that every command takes. */
    static CommandSpec fileCommand(String name, String description) {
        var spec = CommandSpec.create().name(name).addOption(flag("Answer in JSON, one value per line.", "--json"))
                .addOption(OptionSpec.builder("--help").usageHelp(true).description("Print this.").build());
        spec.usageMessage().description(description);
        return spec;
    }

    private static OptionSpec.Builder option(String name, String label, String description) {
        return OptionSpec.builder(name).paramLabel(label).type(String.class).arity("1").description(description);
    }

    private static OptionSpec trust() {
        return flag("A sealed file that is mapped is not read and held against its seal before that.", "--trust");
    }

    static OptionSpec flag(String description, String name) {
        return OptionSpec.builder(name).type(boolean.class).arity("0").description(description).build();
    }
}
