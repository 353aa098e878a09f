package io.godwit.daemon.qmp;

import io.godwit.protocol.qmp.QmpInput;
import io.godwit.protocol.qmp.QmpParser;
import io.netty.buffer.ByteBuf;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;

/**
 * Turns a connection's bytes into JSON values one at a time: what the session has not asked for yet stays bytes. Owns
 * those bytes; used on the event loop only.
 */
final class RequestReader implements AutoCloseable {
    private final Deque<QmpInput> parsed = new ArrayDeque<>();
    private final QmpParser parser = new QmpParser(parsed::add);
    private final Deque<ByteBuf> unread = new ArrayDeque<>();

    /** Takes ownership. */
    void add(ByteBuf bytes) {
        unread.add(bytes);
    }

    /** The next value or fault; empty when more bytes are needed. */
    Optional<QmpInput> next() {
        while (parsed.isEmpty() && !unread.isEmpty()) {
            ByteBuf bytes = unread.element();
            byte[] piece = new byte[toEndOfObject(bytes)];
            bytes.readBytes(piece);
            parser.feed(piece, 0, piece.length);
            if (!bytes.isReadable()) {
                unread.remove().release();
            }
        }
        return Optional.ofNullable(parsed.poll());
    }

    /** A piece up to a brace holds the end of one object at most, so no request is parsed before it is asked for. */
    private static int toEndOfObject(ByteBuf bytes) {
        int before = bytes.bytesBefore((byte) '}');
        return before < 0 ? bytes.readableBytes() : before + 1;
    }

    boolean isDrained() {
        return parsed.isEmpty() && unread.isEmpty();
    }

    @Override
    public void close() {
        unread.forEach(ByteBuf::release);
        unread.clear();
    }
}
