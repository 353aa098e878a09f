package io.godwit.it.differential;

import io.godwit.it.fixture.Until;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A QMP session that can be sent anything, and is in step again after each exchange. Owns its connection. */
final class RawMonitor implements AutoCloseable {
    private static final JsonMapper JSON = new JsonMapper();

    private final SocketChannel channel;
    private final InputStream in;
    private long exchanges;

    private RawMonitor(SocketChannel channel) {
        this.channel = channel;
        this.in = Channels.newInputStream(channel);
    }

    static RawMonitor connect(Path socket) throws IOException {
        var monitor = new RawMonitor(Until.present(socket + " can be connected to", () -> open(socket)));
        monitor.line();
        monitor.exchange("{\"execute\":\"qmp_capabilities\"}".getBytes(StandardCharsets.UTF_8));
        return monitor;
    }

    private static java.util.Optional<SocketChannel> open(Path socket) {
        try {
            return java.util.Optional.of(SocketChannel.open(UnixDomainSocketAddress.of(socket)));
        } catch (IOException e) {
            return java.util.Optional.empty();
        }
    }

    /** Sends that, and whatever it takes to end it; gives the replies to it, events left out. */
    List<JsonNode> exchange(byte[] input) throws IOException {
        String sync = "in step " + exchanges++;
        var all = new ByteArrayOutputStream();
        all.write(input);
        all.write(0xFF); // ends what is half said, and is always one error itself
        all.write(("{\"execute\":\"query-name\",\"id\":\"" + sync + "\"}").getBytes(StandardCharsets.UTF_8));
        for (ByteBuffer bytes = ByteBuffer.wrap(all.toByteArray()); bytes.hasRemaining();) {
            channel.write(bytes);
        }
        var replies = new ArrayList<JsonNode>();
        while (true) {
            JsonNode message = JSON.readTree(line());
            if (message.path("id").asString("").equals(sync)) {
                return replies;
            }
            if (!message.has("event")) {
                replies.add(message);
            }
        }
    }

    private byte[] line() throws IOException {
        var line = new ByteArrayOutputStream();
        for (int next = in.read(); next != '\n'; next = in.read()) {
            if (next < 0) {
                throw new IOException("the monitor has ended after " + line);
            }
            line.write(next);
        }
        return line.toByteArray();
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
