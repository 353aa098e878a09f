package io.godwit.protocol.stream;

import java.io.IOException;
import java.util.Optional;

/**
 * A message of the return path: from the destination to the source.
 *
 * <pre>
 * be16 type, be16 length, payload
 * </pre>
 */
public sealed interface ReturnPathMessage {

    /** The last message: 0 when the guest was loaded, anything else when not. */
    record Shut(int value) implements ReturnPathMessage {}

    /** Answers a PING. */
    record Pong(int value) implements ReturnPathMessage {}

    /**
     * A fault waits for these bytes.
     *
     * @param block empty: the one of the request before
     * @param length a host page of the block, as a rule
     */
    record PageRequest(Optional<String> block, long start, int length) implements ReturnPathMessage {
        /** The type of a message that names its block. */
        public static final int NAMED_BLOCK = 3;
        /** The type of one that does not. */
        public static final int SAME_BLOCK = 4;
        /** Bytes of the payload without the block's name. */
        public static final int BYTES = 12;
    }

    /** What has been received of a block. {@link ReceivedBitmap} follows, outside the message's length. */
    record Received(String block) implements ReturnPathMessage {}

    /** Postcopy goes on after a recovery. */
    record ResumeAck(int value) implements ReturnPathMessage {
        /** The only value there is. */
        public static final int GO_ON = 1;
    }

    /** The source may stop its guest. */
    record SwitchoverAck() implements ReturnPathMessage {}

    default void write(WireOutput out) throws IOException {
        switch (this) {
            case Shut shut -> writeWithValue(out, 1, shut.value());
            case Pong pong -> writeWithValue(out, 2, pong.value());
            case PageRequest request -> writeRequest(out, request);
            case Received received -> {
                out.u16(5);
                out.u16(1 + received.block().length());
                out.str8(received.block());
            }
            case ResumeAck ack -> writeWithValue(out, 6, ack.value());
            case SwitchoverAck _ -> {
                out.u16(7);
                out.u16(0);
            }
        }
    }

    private static void writeRequest(WireOutput out, PageRequest request) throws IOException {
        out.u16(request.block().isPresent() ? PageRequest.NAMED_BLOCK : PageRequest.SAME_BLOCK);
        out.u16(PageRequest.BYTES + request.block().map(name -> 1 + name.length()).orElse(0));
        out.u64(request.start());
        out.u32(request.length());
        if (request.block().isPresent()) {
            out.str8(request.block().get());
        }
    }

    private static void writeWithValue(WireOutput out, int type, int value) throws IOException {
        out.u16(type);
        out.u16(4);
        out.u32(value);
    }

    /** Reads one. Whether a request lies in its block is the reader's to check. */
    static ReturnPathMessage read(WireInput in) throws IOException {
        int type = in.u16();
        int length = in.u16();
        return switch (type) {
            case 1 -> {
                expectLength("SHUT", length, 4);
                yield new Shut(in.u32());
            }
            case 2 -> {
                expectLength("PONG", length, 4);
                yield new Pong(in.u32());
            }
            case 3 -> {
                long start = in.u64();
                int bytes = in.u32();
                String block = in.str8();
                expectLength("REQ_PAGES_ID", length, 13 + block.length());
                yield new PageRequest(Optional.of(block), start, bytes);
            }
            case 4 -> {
                expectLength("REQ_PAGES", length, 12);
                yield new PageRequest(Optional.empty(), in.u64(), in.u32());
            }
            case 5 -> {
                String block = in.str8();
                expectLength("RECV_BITMAP", length, 1 + block.length());
                yield new Received(block);
            }
            case 6 -> {
                expectLength("RESUME_ACK", length, 4);
                yield new ResumeAck(in.u32());
            }
            case 7 -> {
                expectLength("SWITCHOVER_ACK", length, 0);
                yield new SwitchoverAck();
            }
            default ->
                throw new MalformedStreamException("unknown return path message " + type + " of " + length + " bytes");
        };
    }

    private static void expectLength(String name, int got, int expected) throws MalformedStreamException {
        if (got != expected) {
            throw new MalformedStreamException(
                    "return path message " + name + " of " + got + " bytes, expected " + expected);
        }
    }
}
