package io.godwit.protocol.qmp;

import java.nio.ByteBuffer;
import java.util.Objects;
import java.util.function.Consumer;

/**
 * Turns one client's bytes, cut anywhere, into {@link QmpInput}s, as QEMU's monitor does: an object is complete at its
 * closing brace, a number or word at the byte after it, and a fault costs the request it is in but not the connection.
 *
 * <p>
 * Memory is bounded by the limits of one request: 64 MiB of token text, 2097152 tokens, 1024 levels. For one thread; the
 * sink is called from within {@code feed} and must not feed.
 */
public final class QmpParser {
    private final JsonLexer lexer;

    public QmpParser(Consumer<QmpInput> sink) {
        this(sink, JsonLimits.QEMU);
    }

    QmpParser(Consumer<QmpInput> sink, JsonLimits limits) {
        lexer = new JsonLexer(new JsonRequests(sink, limits), limits.textBytes());
    }

    public void feed(byte[] bytes, int offset, int length) {
        Objects.checkFromIndexSize(offset, length, bytes.length);
        lexer.feed(bytes, offset, offset + length);
    }

    /** Takes all that remains in the buffer. */
    public void feed(ByteBuffer bytes) {
        if (bytes.hasArray()) {
            feed(bytes.array(), bytes.arrayOffset() + bytes.position(), bytes.remaining());
            bytes.position(bytes.limit());
        } else {
            byte[] copy = new byte[bytes.remaining()];
            bytes.get(copy);
            feed(copy, 0, copy.length);
        }
    }
}
