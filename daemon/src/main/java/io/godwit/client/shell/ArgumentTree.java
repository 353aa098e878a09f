package io.godwit.client.shell;

import java.util.LinkedHashMap;
import java.util.Map;

/** What was typed as {@code a.b=VALUE}, as a tree. */
final class ArgumentTree {

    /** A part of it. */
    sealed interface Node {
        /** A value; {@code text} as it was typed. */
        record Leaf(String text) implements Node {}

        record Inner(Map<String, Node> members) implements Node {}
    }

    private final Node.Inner root = new Node.Inner(new LinkedHashMap<>());

    Node.Inner root() {
        return root;
    }

    /** @param path names, with dots between them */
    void put(String path, String value) throws MisunderstoodException {
        Map<String, Node> members = root.members();
        String[] names = path.split("\\.", -1);
        for (int i = 0; i < names.length - 1; i++) {
            if (!(members.computeIfAbsent(name(path, names[i]),
                    _ -> new Node.Inner(new LinkedHashMap<>())) instanceof Node.Inner inner)) {
                throw new MisunderstoodException("'" + path + "': '" + names[i] + "' has a value already");
            }
            members = inner.members();
        }
        if (members.putIfAbsent(name(path, names[names.length - 1]), new Node.Leaf(value)) != null) {
            throw new MisunderstoodException("'" + path + "' is given twice");
        }
    }

    private static String name(String path, String name) throws MisunderstoodException {
        if (name.isEmpty()) {
            throw new MisunderstoodException("'" + path + "=' has an empty name in it");
        }
        return name;
    }
}
