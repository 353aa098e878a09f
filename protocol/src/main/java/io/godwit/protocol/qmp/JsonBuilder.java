package io.godwit.protocol.qmp;

import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Builds one value from its tokens, without recursion. The first fault stays; what comes after it is not even looked at.
 * A key is read like any value and refused afterwards if it is no string, so that faults inside it come first.
 */
final class JsonBuilder {
    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

    private enum Expect {
        KEY_OR_END,
        KEY,
        COLON,
        MEMBER,
        ELEMENT_OR_END,
        ELEMENT,
        SEPARATOR
    }

    /** An object or array that is still open: one of the two is there. */
    private static final class Level {
        final @Nullable ObjectNode object;
        final @Nullable ArrayNode array;
        Expect expect;
        String key = "";

        Level(ObjectNode object) {
            this.object = object;
            this.array = null;
            this.expect = Expect.KEY_OR_END;
        }

        Level(ArrayNode array) {
            this.object = null;
            this.array = array;
            this.expect = Expect.ELEMENT_OR_END;
        }
    }

    private final Deque<Level> open = new ArrayDeque<>(4);
    private @Nullable JsonNode value;
    private @Nullable String fault;

    void accept(TokenKind kind, TokenText text) {
        if (fault != null) {
            return;
        }
        try {
            Level level = open.peek();
            if (level == null) {
                value(kind, text);
            } else {
                inside(level, kind, text);
            }
        } catch (JsonFault e) {
            fault = "JSON parse error, " + e.getMessage();
            open.clear();
        }
    }

    /** What the tokens were, once their brackets are even. */
    QmpInput result() {
        if (fault != null) {
            return new QmpInput.Fault(fault);
        }
        if (value == null) {
            throw new IllegalStateException("asked before the end of the value");
        }
        return new QmpInput.Value(value);
    }

    private void inside(Level level, TokenKind kind, TokenText text) throws JsonFault {
        switch (level.expect) {
            case KEY_OR_END, ELEMENT_OR_END -> {
                if (closes(level, kind)) {
                    close();
                } else {
                    value(kind, text);
                }
            }
            case KEY, MEMBER, ELEMENT -> value(kind, text);
            case COLON -> {
                if (kind != TokenKind.COLON) {
                    throw new JsonFault("missing : in object pair");
                }
                level.expect = Expect.MEMBER;
            }
            case SEPARATOR -> separator(level, kind);
        }
    }

    private static boolean closes(Level level, TokenKind kind) {
        return kind == (level.object != null ? TokenKind.CLOSE_OBJECT : TokenKind.CLOSE_ARRAY);
    }

    private void separator(Level level, TokenKind kind) throws JsonFault {
        if (closes(level, kind)) {
            close();
        } else if (kind == TokenKind.COMMA) {
            level.expect = level.object != null ? Expect.KEY : Expect.ELEMENT;
        } else {
            throw new JsonFault(level.object != null ? "expected separator in dict" : "expected separator in list");
        }
    }

    private void value(TokenKind kind, TokenText text) throws JsonFault {
        switch (kind) {
            case OPEN_OBJECT -> open.push(new Level(NODES.objectNode()));
            case OPEN_ARRAY -> open.push(new Level(NODES.arrayNode()));
            case STRING -> complete(NODES.stringNode(JsonStrings.decode(text)));
            case INTEGER -> complete(JsonNumbers.integer(text.ascii(0, text.length())));
            case FLOAT -> complete(JsonNumbers.decimal(text.ascii(0, text.length())));
            case WORD -> complete(word(text.ascii(0, text.length())));
            case CLOSE_OBJECT, CLOSE_ARRAY, COLON, COMMA -> throw new JsonFault("expecting value");
        }
    }

    private static JsonNode word(String word) throws JsonFault {
        return switch (word) {
            case "true" -> NODES.booleanNode(true);
            case "false" -> NODES.booleanNode(false);
            case "null" -> NODES.nullNode();
            default -> throw new JsonFault("invalid keyword '" + word + "'");
        };
    }

    private void close() throws JsonFault {
        Level closed = open.pop();
        if (closed.object != null) {
            complete(closed.object);
        } else if (closed.array != null) {
            complete(closed.array);
        }
    }

    private void complete(JsonNode node) throws JsonFault {
        Level level = open.peek();
        if (level == null) {
            value = node;
        } else if (level.array != null) {
            level.array.add(node);
            level.expect = Expect.SEPARATOR;
        } else if (level.object != null && level.expect == Expect.MEMBER) {
            if (level.object.putIfAbsent(level.key, node) != null) {
                throw new JsonFault("duplicate key");
            }
            level.expect = Expect.SEPARATOR;
        } else {
            if (!node.isString()) {
                throw new JsonFault("key is not a string in object");
            }
            level.key = node.stringValue();
            level.expect = Expect.COLON;
        }
    }
}
