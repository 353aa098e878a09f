package io.godwit.client.shell;

import io.godwit.client.shell.ArgumentTree.Node;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Makes JSON of what was typed, by the types of the schema: {@code id=5} is a string where a string is expected. A value that does
 * not fit its type becomes what it looks like, and whoever gets it says what is wrong with it.
 */
final class TypedValues {
    private static final Pattern WHOLE = Pattern.compile("-?(0|[1-9][0-9]{0,17})");
    private static final Pattern DECIMAL = Pattern.compile("-?(0|[1-9][0-9]*)(\\.[0-9]+)?([eE][-+]?[0-9]+)?");

    private final Schema schema;

    TypedValues(Schema schema) {
        this.schema = schema;
    }

    /** @param type its name; one that the schema does not know stands for anything */
    JsonNode of(Node node, String type) throws MisunderstoodException {
        return switch (node) {
            case Node.Leaf(var text) -> leaf(text, schema.shape(type));
            case Node.Inner(var members) when isList(members, schema.shape(type)) -> list(members, schema.shape(type));
            case Node.Inner(var members) -> object(members, schema.shape(type));
        };
    }

    /** Without a schema that tells: when the names are those of a list's elements. */
    private static boolean isList(Map<String, Node> members, Shape shape) {
        return !(shape instanceof Shape.Struct)
                && IntStream.range(0, members.size()).allMatch(i -> members.containsKey(Integer.toString(i)));
    }

    private JsonNode list(Map<String, Node> members, Shape shape) throws MisunderstoodException {
        String element = shape instanceof Shape.ListOf list ? list.element() : "";
        var array = JsonNodeFactory.instance.arrayNode();
        for (int i = 0; i < members.size(); i++) {
            Node member = members.get(Integer.toString(i));
            if (member != null) {
                array.add(of(member, element));
            }
        }
        return array;
    }

    private ObjectNode object(Map<String, Node> members, Shape shape) throws MisunderstoodException {
        var object = JsonNodeFactory.instance.objectNode();
        List<Shape.Member> known = shape instanceof Shape.Struct struct
                ? schema.members(struct, struct.tag().map(members::get).flatMap(TypedValues::text))
                : List.of();
        for (var member : members.entrySet()) {
            String type = known.stream().filter(one -> one.name().equals(member.getKey())).map(Shape.Member::type)
                    .findFirst().orElse("");
            object.set(member.getKey(), of(member.getValue(), type));
        }
        return object;
    }

    private static Optional<String> text(Node node) {
        return node instanceof Node.Leaf(var text) ? Optional.of(text) : Optional.empty();
    }

    private JsonNode leaf(String text, Shape shape) throws MisunderstoodException {
        if (text.startsWith("\"") || text.startsWith("'")) {
            return Requests.json(text);
        }
        return switch (shape) {
            case Shape.Text _,Shape.Words _ -> JsonNodeFactory.instance.stringNode(text);
            case Shape.Either(var types) when isTextOrNothing(types) && !text.equals("null") ->
                JsonNodeFactory.instance.stringNode(text);
            case Shape.Whole _,Shape.Decimal _,Shape.Flag _,Shape.ListOf _,Shape.Struct _,Shape.Either _,Shape.Anything _ ->
                asItLooks(text);
        };
    }

    /** As QAPI's StrOrNull. */
    private boolean isTextOrNothing(List<String> types) {
        return types.stream().map(schema::shape)
                .allMatch(one -> one instanceof Shape.Text || one instanceof Shape.Anything);
    }

    private static JsonNode asItLooks(String text) throws MisunderstoodException {
        if (text.startsWith("{") || text.startsWith("[")) {
            return Requests.json(text);
        }
        if (WHOLE.matcher(text).matches()) {
            return JsonNodeFactory.instance.numberNode(Long.parseLong(text));
        }
        if (DECIMAL.matcher(text).matches()) {
            return Requests.json(text);
        }
        return switch (text) {
            case "true", "false" -> JsonNodeFactory.instance.booleanNode(text.equals("true"));
            case "null" -> JsonNodeFactory.instance.nullNode();
            default -> JsonNodeFactory.instance.stringNode(text);
        };
    }
}
