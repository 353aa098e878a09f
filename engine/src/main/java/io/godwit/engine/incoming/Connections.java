package io.godwit.engine.incoming;

import io.godwit.engine.channel.Abort;
import io.godwit.engine.channel.Channel;
import io.godwit.engine.channel.Incoming;
import io.godwit.engine.channel.StreamInput;
import io.godwit.engine.migration.MigrationOptions;
import io.godwit.protocol.qapi.MigrationCapability;
import io.godwit.protocol.stream.MalformedStreamException;
import io.godwit.protocol.stream.MultifdPacket;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * All connections that a source has made: the main one and, with multifd on sockets, as many as there are channels. They come
 * in any order; what each is shows in its first four bytes. With postcopy-preempt a second one follows when the main one has
 * been answered. Owns them.
 */
final class Connections implements AutoCloseable {
    private final List<Channel> channels;
    private final List<StreamInput> inputs = new ArrayList<>();
    private final Incoming incoming;
    private final LongConsumer received;
    private int main = -1;
    private @Nullable SecondConnection second;

    private Connections(List<Channel> channels, Incoming incoming, LongConsumer received) {
        this.channels = channels;
        this.incoming = incoming;
        this.received = received;
    }

    /**
     * Waits for those that come first. {@code received} is told how many bytes came, on any of them, from any thread.
     *
     * @param incoming lent, to be closed after this
     */
    static Connections await(Incoming incoming, Abort abort, MigrationOptions options, LongConsumer received)
            throws IOException {
        int multifd = options.capabilities().multifdPackets() ? options.parameters().get().multifdChannels() : 0;
        var channels = new ArrayList<>(incoming.accept(abort, 1 + multifd));
        var connections = new Connections(channels, incoming, received);
        try {
            for (Channel channel : connections.channels) {
                connections.inputs.add(new StreamInput(channel, received));
            }
            connections.tellApart(multifd);
            if (!options.capabilities().has(MigrationCapability.POSTCOPY_PREEMPT)) {
                incoming.stopListening();
            } else {
                connections.second = new SecondConnection(() -> incoming.acceptAnother(abort, connections.main()));
            }
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

    /** Waits for the connection that requested pages come on: the last one of this source. */
    StreamInput acceptPreempt() throws IOException {
        Channel channel = Objects.requireNonNull(second, "postcopy-preempt is off").take();
        synchronized (this) { // somebody may be breaking off what there is
            channels.add(channel);
        }
        var input = new StreamInput(channel, received);
        inputs.add(input);
        incoming.stopListening();
        return input;
    }

    /** Ends all traffic: whoever reads or writes here comes to an end. Any thread, before {@link #close}. */
    synchronized void shutDown() {
        channels.forEach(Channel::shutdown);
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

    /**
     * Ends the traffic of all but the main one, those of multifd or that of postcopy-preempt if it has come: whoever reads there
     * comes to the end.
     */
    synchronized void shutDownOthers() {
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

    /** Nobody may be reading any more. Idempotent. */
    @Override
    public void close() {
        SecondConnection accepted = second;
        if (accepted != null) {
            second = null;
            main().shutdown(); // whoever is still waiting for the second one sees the first one's end
            accepted.close();
        }
        inputs.forEach(StreamInput::close);
        channels.forEach(Channel::close);
    }
}
