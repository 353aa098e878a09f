package io.godwit.client.shell;

/** Whether text that is read so far is within a string, an object or a list of JSON; strings may have single quotes. */
final class Brackets {
    private char quote;
    private boolean escaped;
    private int depth;

    boolean areOpen() {
        return quote != 0 || depth > 0;
    }

    void add(char c) {
        if (escaped) {
            escaped = false;
        } else if (quote != 0) {
            escaped = c == '\\';
            if (c == quote) {
                quote = 0;
            }
        } else {
            addUnquoted(c);
        }
    }

    private void addUnquoted(char c) {
        switch (c) {
            case '"', '\'' -> quote = c;
            case '{', '[' -> depth++;
            case '}', ']' -> depth = Math.max(0, depth - 1);
            default -> {
                // Nothing begins or ends with it.
            }
        }
    }

    void add(String text) {
        text.chars().forEach(c -> add((char) c));
    }
}
