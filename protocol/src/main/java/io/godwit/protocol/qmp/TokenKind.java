package io.godwit.protocol.qmp;

/** What the lexer tells apart. A word is any run of lower-case letters: which words exist is the parser's business. */
enum TokenKind {
    OPEN_OBJECT,
    CLOSE_OBJECT,
    OPEN_ARRAY,
    CLOSE_ARRAY,
    COLON,
    COMMA,
    STRING,
    INTEGER,
    FLOAT,
    WORD
}
