package io.godwit.engine.localhost;

import io.godwit.engine.channel.Channel;
import io.godwit.engine.linux.Errno;
import io.godwit.engine.linux.ErrnoException;
import io.godwit.engine.linux.Fd;
import io.godwit.engine.linux.FdMessages;
import io.godwit.engine.linux.NativeBuffer;
import io.godwit.protocol.localhost.Greeting;
import io.godwit.protocol.localhost.LocalhostMessage;
import io.godwit.protocol.stream.MalformedStreamException;
import io.godwit.protocol.stream.PackageInput;
import io.godwit.protocol.stream.PackageOutput;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.function.LongConsumer;

/**
 * The messages of one move. Reads not a byte more than a message has, so that descriptors stay with theirs. Owns its buffer and
 * descriptors that nobody has taken; the channel is lent. One thread.
 */
final class Link implements AutoCloseable {
    private static final int BUFFER_BYTES = 1 << 16;

    private final Fd socket;
    private final Patience patience;
    private final LongConsumer moved;
    private final FdMessages messages;
    private final NativeBuffer memory = new NativeBuffer(BUFFER_BYTES);
    private final ByteBuffer buffer = memory.segment().asByteBuffer();

    /** @param moved told how many bytes were sent or received */
    Link(Channel channel, Patience patience, LongConsumer moved) throws IOException {
        if (!channel.isBidirectional()) {
            throw new IOException("localhost-migrate needs a unix socket");
        }
        socket = channel.descriptor();
        this.patience = patience;
        this.moved = moved;
        messages = new FdMessages(socket);
    }

    void greet() throws IOException {
        var out = new PackageOutput();
        Greeting.write(out);
        send(out.toByteArray(), List.of());
    }

    /** Takes the other side's greeting. */
    void checkGreeting() throws IOException {
        byte[] greeting;
        try {
            greeting = receive(Greeting.BYTES);
        } catch (EOFException e) {
            throw new IOException(
                    "the other side has hung up without an answer: it is no Godwit that waits for a guest", e);
        }
        Greeting.check(new PackageInput(greeting));
    }

    void send(LocalhostMessage message) throws IOException {
        send(message, List.of());
    }

    /** The descriptors, which are lent, go along. */
    void send(LocalhostMessage message, List<Fd> descriptors) throws IOException {
        var out = new PackageOutput();
        message.write(out);
        send(out.toByteArray(), descriptors);
    }

    private void send(byte[] bytes, List<Fd> descriptors) throws IOException {
        List<Fd> along = descriptors;
        for (int done = 0; done < bytes.length;) {
            buffer.clear().put(bytes, done, Math.min(bytes.length - done, BUFFER_BYTES)).flip();
            while (buffer.hasRemaining()) {
                if (sendSome(along)) {
                    along = List.of();
                } else {
                    patience.awaitWritable(socket);
                }
            }
            done += buffer.limit();
        }
        moved.accept(bytes.length);
    }

    /** Whether the socket took some of the buffer, and the descriptors with it. */
    private boolean sendSome(List<Fd> descriptors) throws IOException {
        try {
            return messages.sendNow(buffer, descriptors) != Fd.WOULD_BLOCK;
        } catch (ErrnoException e) {
            if (e.errno() != Errno.EPIPE && e.errno() != Errno.ECONNRESET) {
                throw e;
            }
            throw new IOException("the other side has hung up", e);
        }
    }

    /** The next message; a {@link LocalhostMessage.Refused} is what the other side gave up for. */
    LocalhostMessage receive() throws IOException {
        byte[] header = receive(LocalhostMessage.HEADER_BYTES);
        LocalhostMessage message = LocalhostMessage.read(header, receive(LocalhostMessage.payloadBytes(header)));
        if (message instanceof LocalhostMessage.Refused(String reason)) {
            throw new IOException("the other side says: " + reason);
        }
        return message;
    }

    /** Waits for a message of one kind. */
    <T extends LocalhostMessage> T expect(Class<T> kind) throws IOException {
        LocalhostMessage message = receive();
        if (!kind.isInstance(message)) {
            throw new MalformedStreamException("message %s, expected %s".formatted(message.getClass().getSimpleName(),
                    kind.getSimpleName()));
        }
        return kind.cast(message);
    }

    /** What came along with the last message; the caller owns them. */
    List<Fd> takeDescriptors() {
        return messages.takeFds();
    }

    private byte[] receive(int length) throws IOException {
        byte[] bytes = new byte[length];
        for (int done = 0; done < length;) {
            buffer.clear().limit(Math.min(length - done, BUFFER_BYTES));
            int got = receiveSome();
            if (got == 0) {
                throw new EOFException("the other side has gone after %d of %d bytes of a message".formatted(done,
                        length));
            }
            buffer.flip().get(bytes, done, got);
            done += got;
        }
        moved.accept(length);
        return bytes;
    }

    private int receiveSome() throws IOException {
        while (true) {
            try {
                int got = messages.receiveNow(buffer);
                if (got != Fd.WOULD_BLOCK) {
                    return got;
                }
            } catch (ErrnoException e) {
                if (e.errno() != Errno.ECONNRESET) {
                    throw e;
                }
                return 0; // it went without reading all that was sent to it
            }
            patience.awaitReadable(socket);
        }
    }

    @Override
    public void close() {
        messages.close();
        memory.close();
    }
}
