package io.godwit.protocol.qmp;

/**
 * Cuts bytes into tokens. After a byte that fits nowhere it skips until a byte that surely starts something new: one of
 * the six structural characters, a control character other than tab, 0xFE or 0xFF. The last two fit nowhere, not even
 * in strings, which is why 0xFF always brings client and server back in step.
 */
final class JsonLexer {

    /** Where the tokens go. A text is only lent for the call. */
    interface Tokens {
        void token(TokenKind kind, TokenText text);

        /** No token: what there was of one, with the byte that broke it. */
        void stray(TokenText text);

        /** A token that is longer than a whole request may be. */
        void tooLong();
    }

    private enum State {
        START,
        STRING,
        ESCAPE,
        NUMBER,
        WORD,
        RECOVERY
    }

    private final Tokens tokens;
    private final int longest;
    private final TokenText text = new TokenText();
    private State state = State.START;
    private NumberState number = NumberState.END;
    private int quote;

    JsonLexer(Tokens tokens, int longest) {
        this.tokens = tokens;
        this.longest = longest;
    }

    void feed(byte[] bytes, int from, int to) {
        int at = from;
        while (at < to) {
            at = switch (state) {
                case START -> start(bytes[at] & 0xff, at);
                case STRING -> string(bytes, at, to);
                case ESCAPE -> escape(bytes[at] & 0xff, at);
                case NUMBER -> number(bytes[at] & 0xff, at);
                case WORD -> word(bytes[at] & 0xff, at);
                case RECOVERY -> recover(bytes[at] & 0xff, at);
            };
            if (text.length() > longest) {
                text.clear();
                state = State.START;
                tokens.tooLong();
            }
        }
    }

    private int start(int c, int at) {
        if (c == ' ' || c == '\t' || c == '\r' || c == '\n') {
            return at + 1;
        }
        text.append(c);
        switch (c) {
            case '{' -> token(TokenKind.OPEN_OBJECT);
            case '}' -> token(TokenKind.CLOSE_OBJECT);
            case '[' -> token(TokenKind.OPEN_ARRAY);
            case ']' -> token(TokenKind.CLOSE_ARRAY);
            case ':' -> token(TokenKind.COLON);
            case ',' -> token(TokenKind.COMMA);
            case '"', '\'' -> {
                quote = c;
                state = State.STRING;
            }
            case '-' -> number(NumberState.MINUS);
            case '0' -> number(NumberState.ZERO);
            default -> {
                if (c >= 'a' && c <= 'z') {
                    state = State.WORD;
                } else if (c >= '1' && c <= '9') {
                    number(NumberState.DIGITS);
                } else {
                    stray();
                }
            }
        }
        return at + 1;
    }

    private void number(NumberState begin) {
        number = begin;
        state = State.NUMBER;
    }

    /** Plain bytes are taken in one go, but never more than show that the token is too long. */
    private int string(byte[] bytes, int from, int to) {
        int end = Math.min(to, from + longest + 1 - text.length());
        int at = from;
        while (at < end && isPlain(bytes[at] & 0xff)) {
            at++;
        }
        text.append(bytes, from, at);
        if (at == end) {
            return at;
        }
        int c = bytes[at] & 0xff;
        text.append(c);
        if (c == quote) {
            token(TokenKind.STRING);
        } else if (c == '\\') {
            state = State.ESCAPE;
        } else {
            stray();
        }
        return at + 1;
    }

    private boolean isPlain(int c) {
        return isInString(c) && c != quote && c != '\\';
    }

    private static boolean isInString(int c) {
        return c >= 0x20 && c <= 0xfd;
    }

    private int escape(int c, int at) {
        text.append(c);
        if (isInString(c)) {
            state = State.STRING;
        } else {
            stray();
        }
        return at + 1;
    }

    private int number(int c, int at) {
        NumberState next = number.next(c);
        if (next == NumberState.END) {
            token(number.kind());
            return at;
        }
        text.append(c);
        if (next == NumberState.STRAY) {
            stray();
        } else {
            number = next;
        }
        return at + 1;
    }

    private int word(int c, int at) {
        if (c >= 'a' && c <= 'z') {
            text.append(c);
            return at + 1;
        }
        token(TokenKind.WORD);
        return at;
    }

    private int recover(int c, int at) {
        boolean skipped = switch (c) {
            case '\t' -> true;
            case '{', '}', '[', ']', ':', ',' -> false;
            default -> isInString(c);
        };
        if (skipped) {
            return at + 1;
        }
        state = State.START;
        return at;
    }

    private void token(TokenKind kind) {
        state = State.START;
        tokens.token(kind, text);
        text.clear();
    }

    private void stray() {
        state = State.RECOVERY;
        tokens.stray(text);
        text.clear();
    }
}
