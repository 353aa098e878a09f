package io.godwit.client.shell;

import java.io.IOException;
import java.nio.file.Path;
import java.time.ZoneId;
import java.util.List;
import java.util.Optional;
import org.jline.reader.Candidate;
import org.jline.reader.EndOfFileException;
import org.jline.reader.LineReader;
import org.jline.reader.LineReaderBuilder;
import org.jline.reader.ParsedLine;
import org.jline.reader.UserInterruptException;
import org.jline.terminal.Terminal;
import org.jline.terminal.TerminalBuilder;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * A person at a terminal types requests and reads answers; events appear above the line that is being typed. Owns the terminal. One
 * thread runs it; events come on the conversation's.
 */
public final class Shell implements AutoCloseable {
    private static final String PROMPT = "QMP> ";
    private static final String MORE = "...> ";
    private static final String QUIT = "quit";

    private final Terminal terminal;
    private final Shown shown;
    private final LineReader reader;
    private final Prompting prompting = new Prompting();
    private final Conversation conversation;
    private volatile Schema schema = Schema.none();
    /** The connection's end is what was asked for. */
    private volatile boolean quits;

    /**
     * @param wire lent; nothing else receives from it meanwhile
     * @param history where lines are kept; nowhere if absent
     * @param json answers and events are shown as they came
     * @throws IOException when there is no terminal that can be used
     */
    public Shell(Wire wire, Optional<Path> history, boolean json) throws IOException {
        shown = new Shown(json, ZoneId.systemDefault());
        terminal = TerminalBuilder.builder().system(true).provider("ffm").dumb(false)
                // Not asked what it can do: a terminal that does not answer would hold the prompt up.
                .graphemeCluster(false).build();
        LineReaderBuilder builder = LineReaderBuilder.builder().terminal(terminal).appName("godwit")
                .parser(new ShellParser()).completer(this::complete).variable(LineReader.SECONDARY_PROMPT_PATTERN, MORE)
                // An exclamation mark is one.
                .option(LineReader.Option.DISABLE_EVENT_EXPANSION, true);
        history.ifPresent(file -> builder.variable(LineReader.HISTORY_FILE, file));
        reader = builder.build();
        conversation = new Conversation(wire, new Conversation.Listener() {
            @Override
            public void event(JsonNode event) {
                reader.printAbove(shown.event(event));
            }

            @Override
            public void ended(IOException why) {
                prompting.end();
            }
        });
    }

    /** Until the user leaves by Ctrl-D, or the connection ends; whether that is what the user wanted. */
    public boolean run() throws IOException {
        learnSchema();
        say("Connected. Tab completes, 'help' lists the commands, Ctrl-D leaves.");
        while (true) {
            try {
                String line = prompting.read(() -> reader.readLine(PROMPT));
                if (!line.isBlank()) {
                    carryOut(line);
                }
            } catch (UserInterruptException e) {
                if (prompting.hasEnded()) {
                    say("The monitor has closed the connection");
                    return quits;
                }
            } catch (EndOfFileException e) {
                return true;
            }
        }
    }

    private void learnSchema() throws IOException {
        JsonNode answer = conversation
                .ask(JsonNodeFactory.instance.objectNode().put("execute", "query-qmp-schema"));
        schema = Schema.of(answer.path("return"));
    }

    private void carryOut(String line) throws IOException {
        List<Word> words = Word.of(line);
        if (CommandHelp.isAskedBy(words)) {
            say(String.join("\n", new CommandHelp(schema).lines(words, terminal.getSize().getColumns())));
            return;
        }
        try {
            ObjectNode request = new Requests(schema).request(line);
            JsonNode answer = conversation.ask(request);
            quits = request.path("execute").asString("").equals(QUIT) && answer.has("return");
            say(shown.answer(answer));
        } catch (MisunderstoodException e) {
            say(String.valueOf(e.getMessage()));
        }
    }

    /** In turn with events. */
    private void say(String text) {
        reader.printAbove(text);
    }

    private void complete(LineReader asking, ParsedLine line, List<Candidate> candidates) {
        List<String> before = line.words().subList(0, line.wordIndex());
        for (Suggestion one : new Suggestions(schema).of(before, line.word())) {
            candidates.add(new Candidate(one.word(), one.shown(), null, one.about().isEmpty() ? null : one.about(),
                    null, null, one.finished()));
        }
    }

    @Override
    public void close() throws IOException {
        terminal.close();
    }
}
