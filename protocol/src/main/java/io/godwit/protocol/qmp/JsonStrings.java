package io.godwit.protocol.qmp;

/** The value of a string token: escapes resolved, UTF-8 checked. Surrogates and noncharacters are refused in both. */
final class JsonStrings {
    private final TokenText text;
    private final int end;
    private final StringBuilder value;
    private int at = 1;

    private JsonStrings(TokenText text) {
        this.text = text;
        this.end = text.length() - 1;
        this.value = new StringBuilder(text.length());
    }

    static String decode(TokenText text) throws JsonFault {
        return isPlain(text) ? text.ascii(1, text.length() - 1) : new JsonStrings(text).decode();
    }

    private static boolean isPlain(TokenText text) {
        for (int i = 1; i < text.length() - 1; i++) {
            if (text.at(i) >= 0x80 || text.at(i) == '\\') {
                return false;
            }
        }
        return true;
    }

    private String decode() throws JsonFault {
        while (at < end) {
            int c = text.at(at);
            if (c == '\\') {
                escape();
            } else if (c < 0x80) {
                value.append((char) c);
                at++;
            } else {
                utf8();
            }
        }
        return value.toString();
    }

    private void escape() throws JsonFault {
        int c = text.at(at + 1);
        at += 2;
        switch (c) {
            case '"', '\'', '\\', '/' -> value.append((char) c);
            case 'b' -> value.append('\b');
            case 'f' -> value.append('\f');
            case 'n' -> value.append('\n');
            case 'r' -> value.append('\r');
            case 't' -> value.append('\t');
            case 'u' -> unicode();
            default -> throw new JsonFault("invalid escape sequence in string");
        }
    }

    /** The digits after {@code \}{@code u}, which is behind us, and a second escape when the first is half a pair. */
    private void unicode() throws JsonFault {
        int first = hex(at);
        int codePoint = first;
        int length = 4;
        boolean second = at + 5 < text.length() && text.at(at + 4) == '\\' && text.at(at + 5) == 'u';
        if (first >= 0xd800 && first < 0xdc00 && second) {
            int low = hex(at + 6);
            if (low >= 0xdc00 && low < 0xe000) {
                codePoint = Character.toCodePoint((char) first, (char) low);
                length = 10;
            }
        }
        if (!isCharacter(codePoint)) {
            // As QEMU does: six bytes from the backslash on, be it past the closing quote.
            String sent = text.shown(at - 2, Math.min(at + 4, text.length()));
            throw new JsonFault(sent + " is not a valid Unicode character");
        }
        value.appendCodePoint(codePoint);
        at += length;
    }

    /** Four hexadecimal digits, or -1. */
    private int hex(int from) {
        int result = 0;
        for (int i = from; i < from + 4; i++) {
            int digit = i < end ? Character.digit(text.at(i), 16) : -1;
            if (digit < 0) {
                return -1;
            }
            result = (result << 4) | digit;
        }
        return result;
    }

    private void utf8() throws JsonFault {
        int lead = text.at(at);
        int length = lead < 0xc2 ? 0 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : lead < 0xf5 ? 4 : 0;
        if (length == 0 || at + length > end) {
            throw malformed();
        }
        int codePoint = lead & (0xff >> (length + 1));
        for (int i = 1; i < length; i++) {
            int c = text.at(at + i);
            if ((c & 0xc0) != 0x80) {
                throw malformed();
            }
            codePoint = (codePoint << 6) | (c & 0x3f);
        }
        boolean overlong = (length == 3 && codePoint < 0x800) || (length == 4 && codePoint < 0x10000);
        if (overlong || !isCharacter(codePoint)) {
            throw malformed();
        }
        value.appendCodePoint(codePoint);
        at += length;
    }

    private static JsonFault malformed() {
        return new JsonFault("invalid UTF-8 sequence in string");
    }

    private static boolean isCharacter(int codePoint) {
        boolean surrogate = codePoint >= 0xd800 && codePoint < 0xe000;
        boolean noncharacter = (codePoint >= 0xfdd0 && codePoint <= 0xfdef) || (codePoint & 0xfffe) == 0xfffe;
        return codePoint >= 0 && codePoint <= 0x10ffff && !surrogate && !noncharacter;
    }
}
