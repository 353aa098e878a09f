package io.godwit.client.shell;

import java.util.ArrayList;
import java.util.List;
import org.jline.reader.CompletingParsedLine;
import org.jline.reader.EOFError;
import org.jline.reader.Parser;

/** Tells the line editor where words begin and end, and that a request goes on in the next line: while a bracket is open. */
final class ShellParser implements Parser {

    /** A line up to the cursor; what is behind it stays as it is. */
    private record UpToCursor(String line, int cursor, List<String> words,
            int wordIndex) implements CompletingParsedLine {

        @Override
        public String word() {
            return words.get(wordIndex);
        }

        @Override
        public int wordCursor() {
            return word().length();
        }

        /** Suggestions are words as they are typed. */
        @Override
        public CharSequence escape(CharSequence candidate, boolean complete) {
            return candidate;
        }

        @Override
        public int rawWordCursor() {
            return wordCursor();
        }

        @Override
        public int rawWordLength() {
            return wordCursor();
        }
    }

    @Override
    public CompletingParsedLine parse(String line, int cursor, ParseContext context) {
        if (context == ParseContext.ACCEPT_LINE && isOpen(line)) {
            throw new EOFError(-1, -1, "the request is not complete");
        }
        String before = line.substring(0, cursor);
        List<Word> words = Word.of(before);
        var texts = new ArrayList<String>(words.stream().map(Word::text).toList());
        if (words.isEmpty() || words.getLast().end() < cursor) {
            texts.add("");
        }
        return new UpToCursor(line, cursor, texts, texts.size() - 1);
    }

    private static boolean isOpen(String line) {
        if (Requests.isShort(line)) {
            return Word.of(line).stream().anyMatch(Word::open);
        }
        var brackets = new Brackets();
        brackets.add(line);
        return line.stripLeading().startsWith("{") && brackets.areOpen();
    }

    /** No character is special: a backslash in JSON is JSON's. */
    @Override
    public boolean isEscapeChar(char c) {
        return false;
    }
}
