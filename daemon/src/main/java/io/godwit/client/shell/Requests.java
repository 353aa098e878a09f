package io.godwit.client.shell;

import java.util.List;
import tools.jackson.core.JacksonException;
import tools.jackson.core.json.JsonReadFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Makes requests of what is typed: a JSON object as it is, or the short form of QEMU's qmp-shell, {@code COMMAND NAME=VALUE...},
 * where {@code a.b=1} is a member of a member and {@code a.0.b=1} one of an element of a list.
 */
public final class Requests {
    /** QMP takes single quotes, too. */
    private static final JsonMapper JSON = JsonMapper.builder().enable(JsonReadFeature.ALLOW_SINGLE_QUOTES).build();

    private final Schema schema;

    /**
     * Those of one monitor.
     *
     * @param schema says of what type a value is; one that it does not know is taken for what it looks like
     */
    public Requests(Schema schema) {
        this.schema = schema;
    }

    /** Whether a line is in the short form: nothing in JSON that a request may begin with is a letter. */
    public static boolean isShort(String line) {
        return !line.isBlank() && Character.isLetter(line.stripLeading().charAt(0));
    }

    /** The request that a line stands for. */
    public ObjectNode request(String line) throws MisunderstoodException {
        return isShort(line) ? fromShort(line) : fromJson(line);
    }

    private static ObjectNode fromJson(String line) throws MisunderstoodException {
        if (json(line) instanceof ObjectNode request) {
            return request;
        }
        throw new MisunderstoodException("A request is a command such as query-status, or a JSON object");
    }

    static JsonNode json(String text) throws MisunderstoodException {
        try {
            return JSON.readTree(text);
        } catch (JacksonException e) {
            throw new MisunderstoodException("This is no JSON: " + e.getOriginalMessage());
        }
    }

    private ObjectNode fromShort(String line) throws MisunderstoodException {
        List<Word> words = Word.of(line);
        String command = words.getFirst().text();
        var arguments = new ArgumentTree();
        for (Word word : words.subList(1, words.size())) {
            if (!word.hasValue()) {
                throw new MisunderstoodException("'" + word.text() + "' is not understood, expected NAME=VALUE");
            }
            arguments.put(word.name(), word.value());
        }
        var request = JsonNodeFactory.instance.objectNode().put("execute", command);
        if (words.size() > 1) {
            request.set("arguments",
                    new TypedValues(schema).of(arguments.root(), schema.argumentsOf(command).orElse("")));
        }
        return request;
    }
}
