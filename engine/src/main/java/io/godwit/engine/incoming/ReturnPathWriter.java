package io.godwit.engine.incoming;

import io.godwit.engine.channel.Abort;
import io.godwit.engine.channel.Channel;
import io.godwit.engine.channel.RateLimit;
import io.godwit.engine.channel.StreamOutput;
import io.godwit.engine.paging.ReceivedPages;
import io.godwit.engine.ram.PageBitmap;
import io.godwit.protocol.stream.MalformedStreamException;
import io.godwit.protocol.stream.ReceivedBitmap;
import io.godwit.protocol.stream.ReturnPathMessage;
import io.godwit.protocol.stream.StreamCommand;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The destination's side of the return path, once the source has opened it. The channel is lent. Any thread: in postcopy
 * answers and page requests come from several, and each message goes out whole, at once.
 */
final class ReturnPathWriter implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ReturnPathWriter.class);
    private static final int NONE = -1;

    private final Channel channel;
    private final Abort abort;
    private final boolean ackSwitchover;
    private @Nullable StreamOutput out;
    private boolean closed;
    private int lastRequested = NONE;

    /** @param ackSwitchover whether the source may be told at once that it can stop its guest: no device here wants a say */
    ReturnPathWriter(Channel channel, Abort abort, boolean ackSwitchover) {
        this.channel = channel;
        this.abort = abort;
        this.ackSwitchover = ackSwitchover;
    }

    /** Does what the source asks. */
    void answer(StreamCommand command) throws IOException {
        switch (command) {
            case StreamCommand.OpenReturnPath _ -> open();
            case StreamCommand.Ping(int value) -> say(new ReturnPathMessage.Pong(value));
            case StreamCommand.SwitchoverStart _ -> {
            }
            default -> throw new MalformedStreamException(
                    "the source asks for postcopy (" + command + "), which is not switched on here");
        }
    }

    /** Opens it, as the source has asked in words or, after a recovery, does by its connection. */
    synchronized void open() throws IOException {
        if (!channel.isBidirectional()) {
            throw new IOException("the source opens a return path on a channel that leads one way only");
        }
        if (out != null) {
            throw new MalformedStreamException("the source opens the return path twice");
        }
        out = new StreamOutput(channel, new RateLimit(() -> 0, abort), bytes -> {});
        if (ackSwitchover) {
            say(new ReturnPathMessage.SwitchoverAck());
        }
    }

    synchronized void say(ReturnPathMessage message) throws IOException {
        StreamOutput path = out;
        if (path == null) {
            throw new MalformedStreamException("the source sends a PING before it has opened a return path");
        }
        checkNotClosed();
        message.write(path);
        path.flush();
    }

    private StreamOutput path() throws IOException {
        StreamOutput path = out;
        if (path == null) {
            throw new IOException("the source has opened no return path");
        }
        checkNotClosed();
        return path;
    }

    private void checkNotClosed() throws IOException {
        if (closed) {
            throw new IOException("the return path is closed already");
        }
    }

    /**
     * Asks for a page that somebody waits for, as {@link ReturnPathMessage.PageRequest}, without allocating.
     *
     * @param block whose name is {@code name}: it is said only when it is not the block of the request before
     */
    synchronized void request(int block, byte[] name, long offset, int length) throws IOException {
        StreamOutput path = path();
        boolean same = block == lastRequested;
        path.u16(same ? ReturnPathMessage.PageRequest.SAME_BLOCK : ReturnPathMessage.PageRequest.NAMED_BLOCK);
        path.u16(ReturnPathMessage.PageRequest.BYTES + (same ? 0 : 1 + name.length));
        path.u64(offset);
        path.u32(length);
        if (!same) {
            path.u8(name.length);
            path.bytes(name);
            lastRequested = block;
        }
        path.flush();
    }

    /** A block's name as {@link #request} takes it. */
    static byte[] nameBytes(String name) {
        return name.getBytes(StandardCharsets.ISO_8859_1);
    }

    /** Says which pages of a block have been received; nobody may be adding any. */
    synchronized void sayReceived(ReceivedPages received, String block) throws IOException {
        int index = received.find(block).orElseThrow(
                () -> new MalformedStreamException("the source asks what has come of block '%s', which is unknown"
                        .formatted(block)));
        StreamOutput path = path();
        PageBitmap bitmap = received.bitmap(index);
        new ReturnPathMessage.Received(block).write(path);
        ReceivedBitmap.write(path, bitmap.pages(), bitmap::wordShared);
        path.flush();
    }

    /** The last word, if there is anybody to hear it. That it could not be said changes nothing about what happened here. */
    synchronized void shut(int value) {
        if (out == null) {
            return;
        }
        try {
            say(new ReturnPathMessage.Shut(value));
        } catch (IOException e) {
            LOG.warn("the source could not be told SHUT {}: {}", value, e.getMessage());
        }
    }

    @Override
    public synchronized void close() {
        closed = true;
        if (out != null) {
            out.close();
        }
    }
}
