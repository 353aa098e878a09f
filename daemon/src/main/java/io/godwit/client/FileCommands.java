package io.godwit.client;

import io.godwit.inspect.Conversion.Target;
import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/** The commands that work on files and need no daemon. */
final class FileCommands {
    /** More than a machine that fits into the memory of this one. */
    private static final String DEFAULT_MEMORY = "256G";
    private static final int PAGE_SIZE = 4096;

    private FileCommands() {}

    static void addTo(CommandSpec top) {
        top.addSubcommand("inspect", command("inspect",
                "Show what a migration stream or a mapped-ram file holds, and whether it is whole.")
                .addPositional(file(0, "FILE", "A file, or - for a stream on standard input."))
                .addOption(ClientCommandLine.flag("Look at the data of a mapped-ram file too, and hold all of a sealed "
                        + "file against its seal.", "--verify"))
                .addOption(option("--offset", "BYTES", "Begin so far into the file.")));
        top.addSubcommand("diff", command("diff",
                "Show in what two streams or mapped-ram files differ. Exit status 0: equal, 1: different, 2: trouble.")
                .addPositional(file(0, "FILE", "One.")).addPositional(file(1, "OTHER", "And the other.")));
        top.addSubcommand("seal", command("seal", "Write FILE.seal, by which any damage to FILE shows from now on.")
                .addPositional(file(0, "FILE", "To be sealed as it is, in place of the seal that it may have."))
                .addOption(ClientCommandLine.flag("Write nothing: say whether FILE is what it was when it was sealed.",
                        "--verify")));
        top.addSubcommand("repair", command("repair", "Rebuild the page bitmaps of a mapped-ram file that QEMU's "
                + "background-snapshot has left without.")
                .addPositional(file(0, "FILE", "Replaced when the repaired copy is whole."))
                .addOption(option("--output", "COPY", "Leave FILE as it is and write a repaired copy.")));
        top.addSubcommand("convert", command("convert", "Turn a stream into a mapped-ram file, or the other way.")
                .addPositional(file(0, "IN", "The file to convert."))
                .addPositional(file(1, "OUT", "Replaced when the new file is whole."))
                .addOption(option("--to", "FORM", "mapped-ram or stream; what IN is not, when not given."))
                .addOption(option("-m", "SIZE",
                        "The most RAM to take, such as 512M or 8G: " + DEFAULT_MEMORY + " when not given.")));
    }

    private static CommandSpec command(String name, String description) {
        return ClientCommandLine.fileCommand(name, description);
    }

    private static OptionSpec option(String name, String label, String description) {
        return OptionSpec.builder(name).paramLabel(label).type(String.class).arity("1").description(description)
                .build();
    }

    private static PositionalParamSpec file(int index, String label, String description) {
        return PositionalParamSpec.builder().index(String.valueOf(index)).arity("1").required(true).type(String.class)
                .paramLabel(label).description(description).build();
    }

    /** Empty when the command is none of these. */
    static Optional<FileAction> action(ParseResult command) {
        return switch (command.commandSpec().name()) {
            case "inspect" -> Optional.of(new InspectCommand(text(command, 0), offset(command),
                    command.hasMatchedOption("--verify")));
            case "diff" -> Optional.of(new Diff(Path.of(text(command, 0)), Path.of(text(command, 1))));
            case "seal" ->
                Optional.of(new SealCommand(Path.of(text(command, 0)), command.hasMatchedOption("--verify")));
            case "repair" -> Optional.of(new Repair(Path.of(text(command, 0)),
                    Optional.ofNullable(command.matchedOptionValue("--output", (String) null)).map(Path::of)));
            case "convert" -> Optional.of(new Convert(Path.of(text(command, 0)), Path.of(text(command, 1)),
                    target(command), memoryBytes(command)));
            default -> Optional.empty();
        };
    }

    private static String text(ParseResult command, int index) {
        return command.matchedPositionalValue(index, "");
    }

    private static long offset(ParseResult command) {
        String text = command.matchedOptionValue("--offset", "0");
        if (!text.matches("[0-9]{1,18}")) {
            throw refused(command, "--offset is '" + text + "', expected a number of bytes");
        }
        if (text(command, 0).equals("-") && command.hasMatchedOption("--offset")) {
            throw refused(command, "--offset is for files, not for standard input");
        }
        return Long.parseLong(text);
    }

    private static Optional<Target> target(ParseResult command) {
        String text = command.matchedOptionValue("--to", "");
        return switch (text) {
            case "mapped-ram" -> Optional.of(Target.MAPPED_RAM);
            case "stream" -> Optional.of(Target.STREAM);
            case "" -> Optional.empty();
            default -> throw refused(command, "--to is '" + text + "', expected mapped-ram or stream");
        };
    }

    /** As QEMU writes sizes; a plain number is MiB. */
    private static long memoryBytes(ParseResult command) {
        String text = command.matchedOptionValue("-m", DEFAULT_MEMORY);
        long bytes = Size.parse(text).orElse(0);
        if (bytes > 0 && bytes % PAGE_SIZE == 0) {
            return bytes;
        }
        throw refused(command, "-m is '" + text + "', expected a size such as 512M or 8G, in whole pages");
    }

    private static ParameterException refused(ParseResult command, String sentence) {
        return new ParameterException(command.commandSpec().commandLine(), sentence);
    }
}
