package io.godwit.protocol.qapi;

import io.godwit.protocol.qmp.QmpException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import tools.jackson.databind.JsonNode;

/** A closed list of words. */
public final class EnumType<E extends Enum<E> & QapiEnum> implements QapiType<E> {
    private final String name;
    private final List<E> values;
    private final Map<String, E> byWord;

    private EnumType(String name, E[] values) {
        this.name = name;
        this.values = List.of(values);
        this.byWord = Arrays.stream(values).collect(Collectors.toMap(QapiEnum::qapiName, Function.identity()));
    }

    /** The type of a Java enum, called as it is. */
    public static <E extends Enum<E> & QapiEnum> EnumType<E> of(Class<E> type) {
        return new EnumType<>(type.getSimpleName(), type.getEnumConstants());
    }

    @Override
    public String name() {
        return name;
    }

    /** In the order of the schema. */
    public List<E> values() {
        return values;
    }

    @Override
    public E parse(JsonNode value, QapiPath path) throws QmpException {
        if (!value.isString()) {
            throw path.wrongType("string");
        }
        E found = byWord.get(value.stringValue());
        if (found == null) {
            throw path.notAccepted(value.stringValue());
        }
        return found;
    }
}
