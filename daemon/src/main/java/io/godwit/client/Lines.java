package io.godwit.client;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.nio.charset.StandardCharsets;

/** A server's lines, which end in CR LF. */
final class Lines {
    /** QEMU's longest, its schema, has 236 KB. */
    private static final int MOST_BYTES = 64 << 20;

    private final ReadableByteChannel channel;
    private final ByteBuffer buffer = ByteBuffer.allocate(64 << 10).flip();

    Lines(ReadableByteChannel channel) {
        this.channel = channel;
    }

    /** Without its end. An unfinished last line counts as the end of the stream. */
    String next() throws IOException {
        var line = new ByteArrayOutputStream();
        while (true) {
            while (buffer.hasRemaining()) {
                byte next = buffer.get();
                if (next == '\n') {
                    return line.toString(StandardCharsets.UTF_8).stripTrailing();
                }
                line.write(next);
            }
            if (line.size() > MOST_BYTES) {
                throw new IOException("The monitor sent a line of more than " + MOST_BYTES + " bytes");
            }
            fill();
        }
    }

    private void fill() throws IOException {
        buffer.clear();
        try {
            if (channel.read(buffer) < 0) {
                throw new EOFException("The monitor closed the connection");
            }
        } finally {
            buffer.flip();
        }
    }
}
