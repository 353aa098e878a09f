package io.godwit.manual;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/**
 * A command line as a manual page, in the macros of man(7). Picocli's own generator writes AsciiDoc, which would take a Ruby to
 * turn into a page.
 */
record Page(CommandSpec command, Text text) {

    /** What a command line does not say about itself. */
    record Text(int section, String exitStatus, List<String> seeAlso) {}

    String roff() {
        var page = new StringBuilder();
        page.append(".TH ").append(command.name().toUpperCase(Locale.ROOT)).append(' ').append(text.section())
                .append(" \"\" Godwit \"System Administration\"\n");
        page.append(".SH NAME\n").append(command.name()).append(" \\- ").append(plain(description(command)))
                .append('\n');
        page.append(".SH SYNOPSIS\n.B ").append(command.name()).append("\n[\\fIoption\\fR]...");
        page.append(command.subcommands().isEmpty() ? "\n" : " \\fIcommand\\fR [\\fIargument\\fR]...\n");
        page.append(".SH OPTIONS\n");
        options(page, command);
        if (!command.subcommands().isEmpty()) {
            page.append(".SH COMMANDS\n");
            command.subcommands().values().forEach(sub -> subcommand(page, sub.getCommandSpec()));
        }
        page.append(".SH \"EXIT STATUS\"\n").append(plain(text.exitStatus())).append('\n');
        page.append(".SH \"SEE ALSO\"\n").append(String.join(", ", text.seeAlso())).append('\n');
        return page.toString();
    }

    private static void subcommand(StringBuilder page, CommandSpec sub) {
        page.append(".SS \"").append(plain(sub.name())).append(sub.positionalParameters().stream()
                .map(PositionalParamSpec::paramLabel).map(label -> " \\fI" + plain(label) + "\\fR")
                .collect(Collectors.joining())).append("\"\n");
        page.append(plain(description(sub))).append('\n');
        for (var parameter : sub.positionalParameters()) {
            entry(page, "\\fI" + plain(parameter.paramLabel()) + "\\fR", parameter.description());
        }
        options(page, sub);
    }

    private static void options(StringBuilder page, CommandSpec command) {
        command.options().stream().filter(option -> !option.hidden())
                .forEach(option -> entry(page, heading(option), option.description()));
    }

    private static String heading(OptionSpec option) {
        // The daemon takes QEMU's single dash as well as two; one spelling is enough to look for.
        var word = option.longestName().length() == 3 ? option.shortestName() : option.longestName();
        var name = "\\fB" + plain(word) + "\\fR";
        return option.arity().max() == 0 ? name : name + " \\fI" + plain(option.paramLabel()) + "\\fR";
    }

    private static void entry(StringBuilder page, String heading, String[] description) {
        page.append(".TP\n").append(heading).append('\n').append(plain(String.join(" ", description))).append('\n');
    }

    private static String description(CommandSpec command) {
        return Arrays.stream(command.usageMessage().description()).collect(Collectors.joining(" "));
    }

    /** Nothing in it is taken for a request or an escape, and a dash can be copied from the page. */
    private static String plain(String text) {
        return text.replace("\\", "\\e").replace("-", "\\-").lines()
                .map(line -> line.matches("['.].*") ? "\\&" + line : line)
                .collect(Collectors.joining("\n"));
    }
}
