package io.godwit.client.shell;

import java.util.ArrayList;
import java.util.List;

/** Words side by side, as ls(1) shows names: down one column, then down the next. */
final class Columns {
    private static final int GAP = 2;

    private Columns() {}

    /** Lines of at most {@code width} characters, as far as the words are no longer than that. */
    static List<String> of(List<String> words, int width) {
        int widest = words.stream().mapToInt(String::length).max().orElse(0) + GAP;
        int columns = Math.max(1, (width + GAP) / widest);
        int rows = Math.ceilDiv(words.size(), columns);
        var lines = new ArrayList<String>();
        for (int row = 0; row < rows; row++) {
            var line = new StringBuilder();
            for (int at = row; at < words.size(); at += rows) {
                line.append(words.get(at)).repeat(' ', widest - words.get(at).length());
            }
            lines.add(line.toString().stripTrailing());
        }
        return lines;
    }
}
