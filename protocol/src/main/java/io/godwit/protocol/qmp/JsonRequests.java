package io.godwit.protocol.qmp;

import java.util.function.Consumer;

/**
 * Finds where a request ends: where as many brackets of each kind are closed as were opened, or more. Only then is a
 * fault in the order of its tokens told, so that it costs this request alone. Faults that the lexer or a limit finds are
 * told at once and throw away what there is of the request.
 */
final class JsonRequests implements JsonLexer.Tokens {
    private final Consumer<QmpInput> sink;
    private final JsonLimits limits;
    private JsonBuilder builder = new JsonBuilder();
    private int braces;
    private int brackets;
    private int count;
    private long textBytes;

    JsonRequests(Consumer<QmpInput> sink, JsonLimits limits) {
        this.sink = sink;
        this.limits = limits;
    }

    @Override
    public void token(TokenKind kind, TokenText text) {
        countBrackets(kind);
        count++;
        textBytes += text.length();
        // QEMU counts one byte more than the text of the token at hand.
        if (textBytes + 1 > limits.textBytes()) {
            tooLong();
        } else if (count > limits.tokens()) {
            end(new QmpInput.Fault("JSON token count limit exceeded"));
        } else if (braces + brackets > limits.nesting()) {
            end(new QmpInput.Fault("JSON nesting depth limit exceeded"));
        } else {
            builder.accept(kind, text);
            boolean more = (braces > 0 || brackets > 0) && braces >= 0 && brackets >= 0;
            if (!more) {
                end(builder.result());
            }
        }
    }

    private void countBrackets(TokenKind kind) {
        switch (kind) {
            case OPEN_OBJECT -> braces++;
            case CLOSE_OBJECT -> braces--;
            case OPEN_ARRAY -> brackets++;
            case CLOSE_ARRAY -> brackets--;
            case COLON, COMMA, STRING, INTEGER, FLOAT, WORD -> {
                // not a bracket
            }
        }
    }

    @Override
    public void stray(TokenText text) {
        end(new QmpInput.Fault("JSON parse error, stray '" + text.shown() + "'"));
    }

    @Override
    public void tooLong() {
        end(new QmpInput.Fault("JSON token size limit exceeded"));
    }

    private void end(QmpInput input) {
        builder = new JsonBuilder();
        braces = 0;
        brackets = 0;
        count = 0;
        textBytes = 0;
        sink.accept(input);
    }
}
