package io.godwit.engine.incoming;

import io.godwit.engine.channel.Abort;
import io.godwit.engine.channel.Channel;
import io.godwit.engine.channel.Incoming;
import io.godwit.engine.channel.StreamInput;
import io.godwit.engine.migration.MigrationOptions;
import io.godwit.protocol.stream.MalformedStreamException;
import io.godwit.protocol.stream.MultifdPacket;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongConsumer;

/**
 * All connections that a source has made: the main one and, with multifd on sockets, as many as there are channels. They come
 * in any order; what each is shows in its first four bytes. Owns them.
 */
final class Connections implements AutoCloseable {
    private final List<Channel> channels;
    private final List<StreamInput> inputs = new ArrayList<>();
    private int main = -1;

    private Connections(List<Channel> channels) {
        this.channels = channels;
    }

    /** Waits for them. {@code received} is told how many bytes came, on any of them, from any thread. */
    static Connections await(Incoming incoming, Abort abort, MigrationOptions options, LongConsumer received)
            throws IOException {
        int multifd = options.capabilities().multifdPackets() ? options.parameters().get().multifdChannels() : 0;
        var connections = new Connections(incoming.accept(abort, 1 + multifd));
        try {
            for (Channel channel : connections.channels) {
                connections.inputs.add(new StreamInput(channel, received));
            }
            connections.tellApart(multifd);
            return connections;
        } catch (IOException | RuntimeException e) {
            connections.close();
            throw e;
        }
    }

    private void tellApart(int multifd) throws IOException {
        if (multifd == 0) {
            main = 0;
            return;
        }
        for (int i = 0; i < inputs.size(); i++) {
            if (inputs.get(i).peekU32() != MultifdPacket.MAGIC) {
                if (main >= 0) {
                    throw new MalformedStreamException("two of %d connections are no multifd channels, expected one"
                            .formatted(inputs.size()));
                }
                main = i;
            }
        }
        if (main < 0) {
            throw new MalformedStreamException(
                    "all " + inputs.size() + " connections are multifd channels, expected all but one");
        }
    }

    Channel main() {
        return channels.get(main);
    }

    StreamInput mainInput() {
        return inputs.get(main);
    }

    /** The inputs of the multifd channels; empty without multifd. */
    List<StreamInput> multifdInputs() {
        List<StreamInput> others = new ArrayList<>(inputs);
        others.remove(main);
        return others;
    }

    /** Ends the multifd channels' traffic: whoever reads there comes to the end. */
    void shutDownMultifd() {
        for (int i = 0; i < channels.size(); i++) {
            if (i != main) {
                channels.get(i).shutdown();
            }
        }
    }

    /** Ends the main channel's input; what is said on its return path is still heard. */
    void shutDownMainInput() {
        main().shutdownInput();
    }

    /** Nobody may be reading any more. */
    @Override
    public void close() {
        inputs.forEach(StreamInput::close);
        channels.forEach(Channel::close);
    }
}
