package io.godwit.client;

import java.util.Optional;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/** The commands that work on files and need no daemon. */
final class FileCommands {
    private FileCommands() {}

    static void addTo(CommandSpec top) {
        top.addSubcommand("inspect", ClientCommandLine
                .fileCommand("inspect",
                        "Show what a migration stream or a mapped-ram file holds, and whether it is whole.")
                .addPositional(file(0, "FILE", "A file, or - for a stream on standard input."))
                .addOption(ClientCommandLine.flag("Look at the data of a mapped-ram file too.", "--verify"))
                .addOption(OptionSpec.builder("--offset").paramLabel("BYTES").type(Long.class).arity("1")
                        .description("Begin so far into the file.").build()));
    }

    private static PositionalParamSpec file(int index, String label, String description) {
        return PositionalParamSpec.builder().index(String.valueOf(index)).arity("1").required(true).type(String.class)
                .paramLabel(label).description(description).build();
    }

    /** Empty when the command is none of these. */
    static Optional<FileAction> action(ParseResult command) {
        return switch (command.commandSpec().name()) {
            case "inspect" -> Optional.of(new InspectCommand(command.matchedPositionalValue(0, ""),
                    offset(command), command.hasMatchedOption("--verify")));
            default -> Optional.empty();
        };
    }

    private static long offset(ParseResult command) {
        long offset = command.matchedOptionValue("--offset", 0L);
        if (offset < 0) {
            throw new ParameterException(command.commandSpec().commandLine(),
                    "--offset is " + offset + ", expected 0 or more");
        }
        return offset;
    }
}
