package io.godwit.daemon.command;

import java.util.HashSet;
import java.util.Optional;
import java.util.Set;

/**
 * What is left of a line of the monitor for people, read from the front: switches, words which may be in double quotes, numbers. All
 * messages are QEMU's.
 */
final class HumanLine {
    private final String text;
    private int at;

    HumanLine(String text) {
        this.text = text;
    }

    /** The next word as it stands, without a look at quotes: the name of a command. Empty at the end. */
    String name() {
        skipSpace();
        int begin = at;
        while (at < text.length() && !isSpace(text.charAt(at))) {
            at++;
        }
        return text.substring(begin, at);
    }

    /** What has been read so far, less the space around it. */
    String sofar() {
        return text.substring(0, at).strip();
    }

    boolean isAtEnd() {
        skipSpace();
        return at == text.length();
    }

    /** Those of {@code known} that come next, in that order. */
    Set<Character> switches(String known) throws HumanMisuse {
        var given = new HashSet<Character>();
        for (int i = 0; i < known.length(); i++) {
            skipSpace();
            if (at == text.length() || text.charAt(at) != '-') {
                break;
            }
            char letter = at + 1 < text.length() ? text.charAt(at + 1) : ' ';
            if (letter == known.charAt(i)) {
                given.add(letter);
                at += 2;
            } else if (known.indexOf(letter, i + 1) < 0) {
                throw new HumanMisuse("unsupported option -" + letter);
            }
        }
        return given;
    }

    /** Passes over {@code word} if that comes next: what QEMU before 10.1 does not know is a fault of the line's, not of a switch. */
    void skip(String word) {
        skipSpace();
        if (text.startsWith(word, at)) {
            at += word.length();
        }
    }

    String word() throws HumanMisuse {
        return optionalWord().orElseThrow(() -> new HumanMisuse("string expected"));
    }

    Optional<String> optionalWord() throws HumanMisuse {
        if (isAtEnd()) {
            return Optional.empty();
        }
        return Optional.of(text.charAt(at) == '"' ? quoted() : name());
    }

    private String quoted() throws HumanMisuse {
        var word = new StringBuilder();
        for (at++; at < text.length(); at++) {
            char c = text.charAt(at);
            if (c == '"') {
                at++;
                return word.toString();
            }
            word.append(c == '\\' ? escaped() : c);
        }
        throw new HumanMisuse("string expected");
    }

    private char escaped() throws HumanMisuse {
        at++;
        char c = at < text.length() ? text.charAt(at) : ' ';
        return switch (c) {
            case 'n' -> '\n';
            case 'r' -> '\r';
            case '\\', '\'', '"' -> c;
            default -> throw new HumanMisuse("string expected");
        };
    }

    /** A whole number; QEMU takes expressions. */
    long number() throws HumanMisuse {
        if (isAtEnd()) {
            throw new HumanMisuse("unexpected end of expression");
        }
        String word = name();
        if (!word.matches("[0-9]{1,18}")) {
            throw new HumanMisuse(
                    "invalid char '" + word.replaceFirst("^[0-9]+(?=.)", "").charAt(0) + "' in expression");
        }
        return Long.parseLong(word);
    }

    Optional<Long> optionalNumber() throws HumanMisuse {
        return isAtEnd() ? Optional.empty() : Optional.of(number());
    }

    void end() throws HumanMisuse {
        if (!isAtEnd()) {
            throw new HumanMisuse("extraneous characters at the end of line");
        }
    }

    private void skipSpace() {
        while (at < text.length() && isSpace(text.charAt(at))) {
            at++;
        }
    }

    private static boolean isSpace(char c) {
        return c == ' ' || (c >= '\t' && c <= '\r');
    }
}
