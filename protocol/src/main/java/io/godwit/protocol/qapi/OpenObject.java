package io.godwit.protocol.qapi;

import io.godwit.protocol.qmp.QmpException;
import java.util.HashSet;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** A JSON object whose members are being read, and which of them were. */
final class OpenObject {
    private final ObjectNode node;
    private final QapiPath path;
    private final Set<String> read = new HashSet<>();

    OpenObject(ObjectNode node, QapiPath path) {
        this.node = node;
        this.path = path;
    }

    <T> void read(Member<T> member, MemberValues into) throws QmpException {
        JsonNode value = node.get(member.name());
        if (value != null) {
            read.add(member.name());
            into.put(member, member.type().parse(value, path.member(member.name())), value);
        } else if (!member.isOptional()) {
            throw path.member(member.name()).missing();
        }
    }

    /** All that has not been read, as it is. */
    void readRest(MemberValues into) {
        node.forEachEntry((name, value) -> {
            if (read.add(name)) {
                into.put(name, value);
            }
        });
    }

    void checkNothingLeft() throws QmpException {
        if (read.size() == node.size()) {
            return;
        }
        for (String name : node.propertyNames()) {
            if (!read.contains(name)) {
                throw path.member(name).unexpected();
            }
        }
    }
}
