package io.godwit.protocol.stream;

import java.io.IOException;

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

    /** The source may stop its guest. */
    record SwitchoverAck() implements ReturnPathMessage {}

    default void write(WireOutput out) throws IOException {
        switch (this) {
            case Shut shut -> writeWithValue(out, 1, shut.value());
            case Pong pong -> writeWithValue(out, 2, pong.value());
            case SwitchoverAck _ -> {
                out.u16(7);
                out.u16(0);
            }
        }
    }

    private static void writeWithValue(WireOutput out, int type, int value) throws IOException {
        out.u16(type);
        out.u16(4);
        out.u32(value);
    }

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
            case 7 -> {
                expectLength("SWITCHOVER_ACK", length, 0);
                yield new SwitchoverAck();
            }
            case 3, 4, 5, 6 ->
                throw new MalformedStreamException("the destination speaks of postcopy (return path message " + type
                        + "), which is not switched on here");
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
