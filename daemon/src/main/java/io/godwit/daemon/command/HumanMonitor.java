package io.godwit.daemon.command;

import io.godwit.daemon.qmp.CommandContext;
import io.godwit.daemon.qmp.CommandSet;
import io.godwit.protocol.qmp.QmpException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * QEMU's monitor for people: its commands about migrations and what belongs to them, each of which is a QMP command in other clothes.
 * A line is understood as QEMU understands it.
 */
final class HumanMonitor {
    private static final String INFO = "info";

    private final List<HumanCommand> commands = new ArrayList<>();
    private final List<HumanCommand> topics;

    /** @param qmp lent */
    HumanMonitor(CommandSet qmp) {
        topics = HumanTopics.all(qmp);
        commands.addAll(HumanCommands.all(qmp));
        commands.add(new HumanCommand("help|?", "[cmd]", "what commands there are, or what one of them takes",
                (line, context) -> help(line)));
        commands.add(new HumanCommand(INFO, "[subcommand]", "how something stands", (line, context) -> ""));
        commands.sort(Comparator.comparing(HumanCommand::names));
    }

    /** What a line prints, its lines ended by CR LF. */
    String run(String text, CommandContext context) {
        var line = new HumanLine(text);
        String name = line.name();
        String output = name.isEmpty()
                ? ""
                : name.equals(INFO) ? info(line, context) : run(name, commands, line, context);
        return output.replace("\n", "\r\n");
    }

    private String info(HumanLine line, CommandContext context) {
        return line.isAtEnd() ? list(INFO + " ", topics) : run(line.name(), topics, line, context);
    }

    private static String run(String name, List<HumanCommand> among, HumanLine line, CommandContext context) {
        Optional<HumanCommand> command = find(name, among);
        String called = line.sofar();
        if (command.isEmpty()) {
            return unknown(called);
        }
        try {
            return command.get().action().run(line, context);
        } catch (QmpException e) {
            return "Error: " + e.error().desc() + "\n";
        } catch (HumanMisuse e) {
            return misuse(command.get(), String.valueOf(e.getMessage())) + "Try \"help " + called
                    + "\" for more information\n";
        }
    }

    /** QEMU names the command where it is about its words, and does not where it is about a value. */
    private static String misuse(HumanCommand command, String what) {
        boolean ofValue = what.endsWith(" in expression") || what.endsWith(" of expression")
                || what.startsWith("Expected");
        return (ofValue ? "" : command.names() + ": ") + what + "\n";
    }

    private static Optional<HumanCommand> find(String name, List<HumanCommand> among) {
        return among.stream().filter(command -> command.isCalled(name)).findFirst();
    }

    private String help(HumanLine line) throws HumanMisuse {
        Optional<String> asked = line.optionalWord();
        if (asked.isEmpty()) {
            return list("", commands);
        }
        if (!asked.get().equals(INFO)) {
            return find(asked.get(), commands).map(HumanCommand::helpLine).orElseGet(() -> unknown(asked.get()));
        }
        Optional<String> topic = line.optionalWord();
        return topic.isEmpty()
                ? list(INFO + " ", topics)
                : find(topic.get(), topics).map(found -> INFO + " " + found.helpLine())
                        .orElseGet(() -> unknown(INFO + " " + topic.get()));
    }

    private static String list(String before, List<HumanCommand> commands) {
        return commands.stream().map(command -> before + command.helpLine()).collect(Collectors.joining());
    }

    private static String unknown(String what) {
        return "unknown command: '" + what + "'\n";
    }
}
