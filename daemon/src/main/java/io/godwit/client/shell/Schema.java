package io.godwit.client.shell;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;

/** What {@code query-qmp-schema} tells, QAPI {@code SchemaInfo}, by name. QEMU gives types numbers for names; only commands' names are for people. */
public final class Schema {
    private final Map<String, String> argumentTypes = new TreeMap<>();
    private final Map<String, JsonNode> types = new HashMap<>();

    private Schema() {}

    /**
     * What an answer tells; what is not understood in it is left out.
     *
     * @param entities the answer
     */
    public static Schema of(JsonNode entities) {
        var schema = new Schema();
        for (JsonNode entity : entities) {
            String name = entity.path("name").asString("");
            switch (entity.path("meta-type").asString("")) {
                case "command" -> schema.argumentTypes.put(name, entity.path("arg-type").asString(""));
                case "event" -> {
                    // Nobody types events.
                }
                default -> schema.types.put(name, entity);
            }
        }
        return schema;
    }

    /** That of somebody who tells nothing. */
    public static Schema none() {
        return of(JsonNodeFactory.instance.arrayNode());
    }

    /** All commands, sorted. */
    List<String> commands() {
        return List.copyOf(argumentTypes.keySet());
    }

    /** The name of the type of a command's arguments; empty when there is no such command. */
    Optional<String> argumentsOf(String command) {
        return Optional.ofNullable(argumentTypes.get(command));
    }

    /** What a type looks like; one that the schema does not describe may be anything. */
    Shape shape(String type) {
        JsonNode entity = types.get(type);
        if (entity == null) {
            return new Shape.Anything();
        }
        return switch (entity.path("meta-type").asString("")) {
            case "builtin" -> builtin(entity.path("json-type").asString(""));
            case "enum" -> new Shape.Words(words(entity));
            case "array" -> new Shape.ListOf(entity.path("element-type").asString(""));
            case "object" -> struct(entity);
            case "alternate" -> new Shape.Either(typesOf(entity.path("members")));
            default -> new Shape.Anything();
        };
    }

    private static Shape builtin(String jsonType) {
        return switch (jsonType) {
            case "string" -> new Shape.Text();
            case "int" -> new Shape.Whole();
            case "number" -> new Shape.Decimal();
            case "boolean" -> new Shape.Flag();
            default -> new Shape.Anything();
        };
    }

    private static List<String> words(JsonNode entity) {
        var words = new ArrayList<String>();
        entity.path("members").forEach(member -> words.add(member.path("name").asString("")));
        if (words.isEmpty()) { // before QEMU 6.2
            entity.path("values").forEach(value -> words.add(value.asString("")));
        }
        return words;
    }

    private static Shape struct(JsonNode entity) {
        var members = new ArrayList<Shape.Member>();
        for (JsonNode member : entity.path("members")) {
            members.add(new Shape.Member(member.path("name").asString(""), member.path("type").asString(""),
                    member.has("default")));
        }
        var variants = new LinkedHashMap<String, String>();
        entity.path("variants").forEach(
                variant -> variants.put(variant.path("case").asString(""), variant.path("type").asString("")));
        return new Shape.Struct(members, Optional.ofNullable(entity.path("tag").asString(null)), variants);
    }

    private static List<String> typesOf(JsonNode members) {
        var types = new ArrayList<String>();
        members.forEach(member -> types.add(member.path("type").asString("")));
        return types;
    }

    /**
     * The members that an object has.
     *
     * @param chosen the tag's value; without one the members of all variants
     */
    List<Shape.Member> members(Shape.Struct struct, Optional<String> chosen) {
        var members = new LinkedHashMap<String, Shape.Member>();
        struct.members().forEach(member -> members.put(member.name(), member));
        struct.variants().forEach((word, type) -> {
            if ((chosen.isEmpty() || chosen.get().equals(word)) && shape(type) instanceof Shape.Struct variant) {
                members(variant, Optional.empty()).forEach(member -> members.putIfAbsent(member.name(), member));
            }
        });
        return List.copyOf(members.values());
    }
}
