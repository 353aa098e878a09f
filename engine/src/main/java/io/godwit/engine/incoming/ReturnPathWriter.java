package io.godwit.engine.incoming;

import io.godwit.engine.channel.Abort;
import io.godwit.engine.channel.Channel;
import io.godwit.engine.channel.RateLimit;
import io.godwit.engine.channel.StreamOutput;
import io.godwit.protocol.stream.MalformedStreamException;
import io.godwit.protocol.stream.ReturnPathMessage;
import io.godwit.protocol.stream.StreamCommand;
import java.io.IOException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The destination's side of the return path, once the source has opened it. The channel is lent. One thread. */
final class ReturnPathWriter implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ReturnPathWriter.class);

    private final Channel channel;
    private final Abort abort;
    private final boolean ackSwitchover;
    private @Nullable StreamOutput out;

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

    private void open() throws IOException {
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

    private void say(ReturnPathMessage message) throws IOException {
        if (out == null) {
            throw new MalformedStreamException("the source sends a PING before it has opened a return path");
        }
        message.write(out);
        out.flush();
    }

    /** The last word, if there is anybody to hear it. That it could not be said changes nothing about what happened here. */
    void shut(int value) {
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
    public void close() {
        if (out != null) {
            out.close();
        }
    }
}
