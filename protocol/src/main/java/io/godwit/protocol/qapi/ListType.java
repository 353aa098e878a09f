package io.godwit.protocol.qapi;

import io.godwit.protocol.qmp.QmpException;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;

/** A list of values of one type. */
public final class ListType<T> implements QapiType<List<T>> {
    private final QapiType<T> element;

    public ListType(QapiType<T> element) {
        this.element = element;
    }

    @Override
    public String name() {
        return "[" + element.name() + "]";
    }

    public QapiType<T> element() {
        return element;
    }

    @Override
    public List<T> parse(JsonNode value, QapiPath path) throws QmpException {
        if (!value.isArray()) {
            throw path.wrongType("array");
        }
        var result = new ArrayList<T>(value.size());
        for (JsonNode each : value) {
            result.add(element.parse(each, path.element(result.size())));
        }
        return List.copyOf(result);
    }
}
