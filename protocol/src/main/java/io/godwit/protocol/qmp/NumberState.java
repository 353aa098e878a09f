package io.godwit.protocol.qmp;

/** Where in a number the lexer is. {@link #END}: the byte belongs to what follows; {@link #STRAY}: it breaks the number. */
enum NumberState {
    MINUS,
    ZERO,
    DIGITS,
    POINT,
    FRACTION,
    EXPONENT,
    EXPONENT_SIGN,
    EXPONENT_DIGITS,
    END,
    STRAY;

    NumberState next(int c) {
        boolean digit = c >= '0' && c <= '9';
        return switch (this) {
            case MINUS -> c == '0' ? ZERO : digit ? DIGITS : STRAY;
            case ZERO -> digit ? STRAY : afterInteger(c);
            case DIGITS -> digit ? DIGITS : afterInteger(c);
            case POINT -> digit ? FRACTION : STRAY;
            case FRACTION -> digit ? FRACTION : isExponent(c) ? EXPONENT : END;
            case EXPONENT -> c == '+' || c == '-' ? EXPONENT_SIGN : digit ? EXPONENT_DIGITS : STRAY;
            case EXPONENT_SIGN -> digit ? EXPONENT_DIGITS : STRAY;
            case EXPONENT_DIGITS -> digit ? EXPONENT_DIGITS : END;
            case END, STRAY -> throw new IllegalStateException("after the number");
        };
    }

    private static NumberState afterInteger(int c) {
        return c == '.' ? POINT : isExponent(c) ? EXPONENT : END;
    }

    private static boolean isExponent(int c) {
        return c == 'e' || c == 'E';
    }

    /** What a number that ends here is. */
    TokenKind kind() {
        return this == ZERO || this == DIGITS ? TokenKind.INTEGER : TokenKind.FLOAT;
    }
}
