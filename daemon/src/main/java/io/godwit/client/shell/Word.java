package io.godwit.client.shell;

import java.util.ArrayList;
import java.util.List;

/**
 * A word of a line in the short form.
 *
 * @param text as it was typed, quotes and all
 * @param start where it begins in the line
 * @param open a quote or a bracket in it is not closed
 */
record Word(String text, int start, boolean open) {

    int end() {
        return start + text.length();
    }

    /** What stands before the first {@code =}; the whole word if there is none. */
    String name() {
        int equals = text.indexOf('=');
        return equals < 0 ? text : text.substring(0, equals);
    }

    boolean hasValue() {
        return text.indexOf('=') >= 0;
    }

    /** What stands behind the first {@code =}. */
    String value() {
        return text.substring(text.indexOf('=') + 1);
    }

    /** The words of a line: they end at white space, but not within a value that is quoted or begins with a bracket. */
    static List<Word> of(String line) {
        var words = new ArrayList<Word>();
        int at = 0;
        while (true) {
            while (at < line.length() && Character.isWhitespace(line.charAt(at))) {
                at++;
            }
            if (at == line.length()) {
                return words;
            }
            var brackets = new Brackets();
            int end = end(line, at, brackets);
            words.add(new Word(line.substring(at, end), at, brackets.areOpen()));
            at = end;
        }
    }

    private static int end(String line, int start, Brackets brackets) {
        boolean valueBegins = true;
        boolean named = false;
        int at = start;
        while (at < line.length() && (brackets.areOpen() || !Character.isWhitespace(line.charAt(at)))) {
            char c = line.charAt(at++);
            if (brackets.areOpen() || (valueBegins && opens(c))) {
                brackets.add(c);
            }
            valueBegins = c == '=' && !named;
            named |= c == '=';
        }
        return at;
    }

    private static boolean opens(char c) {
        return c == '"' || c == '\'' || c == '{' || c == '[';
    }
}
