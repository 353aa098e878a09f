package io.godwit.protocol.localhost;

import io.godwit.protocol.stream.MalformedStreamException;
import io.godwit.protocol.stream.PackageInput;
import io.godwit.protocol.stream.PackageOutput;
import io.godwit.protocol.stream.RamBlockEntry;
import io.godwit.protocol.stream.WireOutput;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * A message of {@code localhost-migrate}, over one unix socket in both directions. Each side sends a {@link Greeting} before its
 * first one.
 *
 * <pre>
 * be32 type, be32 length, payload
 *
 * source                        destination
 * Hello                    ->
 *                          <-   Accepted, or Refused
 * Descriptors + SCM_RIGHTS ->
 *                          <-   Ready, or Refused
 *   (the guest stands still)
 * Devices                  ->
 *                          <-   Ready, or Refused
 *   (flip: pages through the pipe)
 * Go                       ->                              from here on the guest is the destination's
 *                          <-   Running
 * or GiveBack              ->                              flip: what came goes back through the other pipe
 * </pre>
 */
public sealed interface LocalhostMessage {
    /** Bytes before the payload. */
    int HEADER_BYTES = 8;
    /** Most bytes of a payload: more than any machine's device state. */
    int MAX_BYTES = PackageInput.MAX_BYTES;
    /** Most descriptors of one message, and so most blocks of a guest that is handed over. */
    int MAX_DESCRIPTORS = 253;

    /**
     * What is to come: u8 way, str8 machine type, be64 total, then str8 name, be64 length for each block.
     *
     * @param blocks at least one, of whole pages
     */
    record Hello(Way way, String machineType, List<RamBlockEntry> blocks) implements LocalhostMessage {
        public Hello {
            blocks = List.copyOf(blocks);
        }
    }

    /** The guest fits. */
    record Accepted() implements LocalhostMessage {}

    /** It does not, or something has failed: the text says what, for the operator at the source. The payload is the text. */
    record Refused(String reason) implements LocalhostMessage {
        private static final int MAX_CHARACTERS = 1000;

        /** Nothing in a reason acts on a terminal, and none is long. */
        public Refused {
            String visible = reason.replaceAll("[^ -~]", "?");
            reason = visible.substring(0, Math.min(MAX_CHARACTERS, visible.length()));
        }
    }

    /**
     * Descriptors came with the message's first byte: be32 how many. Hand-over: the memfd of each block, in their order. Flip: the
     * pipe's end that pages are read from, and that of another pipe into which they are put to be given back.
     */
    record Descriptors(int count) implements LocalhostMessage {}

    /** What came last is as it has to be. */
    record Ready() implements LocalhostMessage {}

    /** Sections of device state, from the first FULL to the stream's end, as they stand in a migration stream. The payload. */
    final class Devices implements LocalhostMessage {
        private final byte[] sections;

        /** The bytes are lent. */
        public Devices(byte[] sections) {
            this.sections = sections;
        }

        /** Lent. */
        public byte[] sections() {
            return sections;
        }
    }

    /** The guest is the destination's. */
    record Go() implements LocalhostMessage {}

    /** It stays the source's. */
    record GiveBack() implements LocalhostMessage {}

    /** The destination has let it run, or keeps it paused if it came paused. */
    record Running() implements LocalhostMessage {}

    private int type() {
        return switch (this) {
            case Hello _ -> 1;
            case Accepted _ -> 2;
            case Refused _ -> 3;
            case Descriptors _ -> 4;
            case Ready _ -> 5;
            case Devices _ -> 6;
            case Go _ -> 7;
            case GiveBack _ -> 8;
            case Running _ -> 9;
        };
    }

    /** Its header and payload. */
    default void write(WireOutput out) throws IOException {
        var payload = new PackageOutput();
        switch (this) {
            case Hello hello -> {
                payload.u8(hello.way().code());
                payload.str8(hello.machineType());
                payload.u64(hello.blocks().stream().mapToLong(RamBlockEntry::lengthBytes).sum());
                for (RamBlockEntry block : hello.blocks()) {
                    block.write(payload);
                }
            }
            case Refused(String reason) -> payload.bytes(reason.getBytes(StandardCharsets.US_ASCII));
            case Descriptors(int count) -> payload.u32(count);
            case Devices devices -> payload.bytes(devices.sections());
            case Accepted _,Ready _,Go _,GiveBack _,Running _ -> {
            }
        }
        byte[] bytes = payload.toByteArray();
        out.u32(type());
        out.u32(bytes.length);
        out.bytes(bytes);
    }

    /** The length that a header of {@link #HEADER_BYTES} bytes tells, which is bounded. */
    static int payloadBytes(byte[] header) throws IOException {
        var in = new PackageInput(header);
        int type = in.u32();
        int length = in.u32();
        if (length < 0 || length > MAX_BYTES) {
            throw new MalformedStreamException("message %s of %s bytes, at most %d expected"
                    .formatted(Integer.toUnsignedString(type), Integer.toUnsignedString(length), MAX_BYTES));
        }
        return length;
    }

    /** Reads one, from a header and all of its payload. */
    static LocalhostMessage read(byte[] header, byte[] payload) throws IOException {
        int type = new PackageInput(header).u32();
        var in = new PackageInput(payload);
        LocalhostMessage message = switch (type) {
            case 1 -> hello(in);
            case 2 -> new Accepted();
            case 3 -> new Refused(new String(in.bytes(in.remaining()), StandardCharsets.ISO_8859_1));
            case 4 -> descriptors(in.u32());
            case 5 -> new Ready();
            case 6 -> new Devices(in.bytes(in.remaining()));
            case 7 -> new Go();
            case 8 -> new GiveBack();
            case 9 -> new Running();
            default -> throw new MalformedStreamException("unknown message " + Integer.toUnsignedString(type));
        };
        if (in.remaining() > 0) {
            throw new MalformedStreamException("message %d of %d bytes, expected %d".formatted(type, payload.length,
                    payload.length - in.remaining()));
        }
        return message;
    }

    private static Hello hello(PackageInput in) throws IOException {
        Way way = Way.of(in.u8());
        String machineType = in.str8();
        List<RamBlockEntry> blocks = RamBlockEntry.readList(in, in.u64());
        if (blocks.isEmpty()) {
            throw new MalformedStreamException("a guest without RAM, expected some");
        }
        return new Hello(way, machineType, blocks);
    }

    private static Descriptors descriptors(int count) throws MalformedStreamException {
        if (count < 1 || count > MAX_DESCRIPTORS) {
            throw new MalformedStreamException("%s descriptors, expected 1 to %d".formatted(
                    Integer.toUnsignedString(count), MAX_DESCRIPTORS));
        }
        return new Descriptors(count);
    }
}
