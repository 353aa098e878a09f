package io.godwit.daemon.command;

import io.godwit.protocol.qapi.BuiltinType;
import io.godwit.protocol.qapi.EnumType;
import io.godwit.protocol.qapi.ListType;
import io.godwit.protocol.qapi.Member;
import io.godwit.protocol.qapi.ObjectType;
import io.godwit.protocol.qapi.QapiEnum;
import io.godwit.protocol.qapi.QapiType;
import io.godwit.protocol.qapi.UnionType;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Writes QAPI {@code SchemaInfo} (QEMU's qapi/introspect.json): an entity for each command and event, and one for each
 * type that they mention, by the names QAPI has for them. What commands return is not described further than {@code any}.
 */
final class SchemaWriter {
    private static final String EMPTY = "{}";

    private final ArrayNode entities = Json.array();
    private final Set<String> written = new HashSet<>();

    SchemaWriter() {
        builtin("any", "value");
        builtin("null", "null");
    }

    ArrayNode entities() {
        return entities;
    }

    void command(Command<?> command) {
        ObjectNode entity = entity(command.name(), "command").put("arg-type", type(command.arguments()))
                .put("ret-type", command.hasResult() ? "any" : EMPTY);
        if (command.allowOob()) {
            entity.put("allow-oob", true);
        }
    }

    void event(String name, ObjectType<?> data) {
        entity(name, "event").put("arg-type", type(data));
    }

    /** Writes the type if that has not been done yet; its name. */
    private String type(QapiType<?> type) {
        String name = type.name();
        if (written.add(name)) {
            switch (type) {
                case BuiltinType<?> _ -> builtin(name);
                case EnumType<?> words -> enumeration(words);
                case ListType<?> list -> entity(name, "array").put("element-type", type(list.element()));
                case ObjectType<?> object -> object(object);
                case UnionType<?, ?> union -> union(union);
            }
        }
        return name;
    }

    private void builtin(String name) {
        switch (name) {
            case "str" -> builtin(name, "string");
            case "bool" -> builtin(name, "boolean");
            case "StrOrNull" -> {
                ArrayNode members = entity(name, "alternate").putArray("members");
                members.addObject().put("type", type(BuiltinType.STR));
                members.addObject().put("type", "null");
            }
            default -> builtin(name, name);
        }
    }

    private void builtin(String name, String jsonType) {
        entity(name, "builtin").put("json-type", jsonType);
    }

    private void enumeration(EnumType<?> words) {
        ObjectNode entity = entity(words.name(), "enum");
        ArrayNode members = entity.putArray("members");
        ArrayNode values = entity.putArray("values"); // QEMU still gives both
        for (QapiEnum word : words.values()) {
            members.addObject().put("name", word.qapiName());
            values.add(word.qapiName());
        }
    }

    /** QAPI knows no object with further members, so the feature says that there may be some. */
    private void object(ObjectType<?> object) {
        ObjectNode entity = entity(object.name(), "object");
        members(entity, object.members());
        if (object.isOpen()) {
            entity.putArray("features").add("x-godwit-passed-on");
        }
    }

    private void members(ObjectNode entity, List<Member<?>> members) {
        ArrayNode all = entity.putArray("members");
        for (Member<?> member : members) {
            ObjectNode one = all.addObject().put("name", member.name()).put("type", type(member.type()));
            if (member.isOptional()) {
                one.putNull("default");
            }
            if (!member.features().isEmpty()) {
                ArrayNode features = one.putArray("features");
                member.features().forEach(features::add);
            }
        }
    }

    private <E extends Enum<E> & QapiEnum> void union(UnionType<E, ?> union) {
        ObjectNode entity = entity(union.name(), "object");
        members(entity, List.of(union.tag()));
        entity.put("tag", union.tag().name());
        ArrayNode variants = entity.putArray("variants");
        if (union.tag().type() instanceof EnumType<E> words) { // a union's tag is nothing else
            for (E word : words.values()) {
                variants.addObject().put("case", word.qapiName()).put("type", type(union.variant(word)));
            }
        }
    }

    private ObjectNode entity(String name, String metaType) {
        return entities.addObject().put("name", name).put("meta-type", metaType);
    }
}
