package io.godwit.protocol.stream;

import java.io.IOException;

/**
 * A COMMAND section: from the source to the destination, between other sections. Those for postcopy and COLO are known by
 * number only, to be refused by name.
 *
 * <pre>
 * u8 0x08, be16 command, be16 length, payload
 * </pre>
 */
public sealed interface StreamCommand {

    /** Opens the reverse direction of the same socket. */
    record OpenReturnPath() implements StreamCommand {}

    /** The destination answers with a PONG of the same value. */
    record Ping(int value) implements StreamCommand {
        /**
         * The value with which our own source asks, behind the last device section, whether everything has been loaded. It
         * stands among opaque device state for who holds that, so it is one that does not occur by chance.
         */
        public static final int LOADED = 0x60d317ed;
    }

    /** The source has stopped its guest. New in QEMU 10.0; asks nothing of us. */
    record SwitchoverStart() implements StreamCommand {}

    /** Writes all of it, type byte included. */
    default void write(WireOutput out) throws IOException {
        out.u8(SectionType.COMMAND.code());
        switch (this) {
            case OpenReturnPath _ -> writeHeader(out, 1, 0);
            case Ping ping -> {
                writeHeader(out, 2, 4);
                out.u32(ping.value());
            }
            case SwitchoverStart _ -> writeHeader(out, 11, 0);
        }
    }

    private static void writeHeader(WireOutput out, int command, int length) throws IOException {
        out.u16(command);
        out.u16(length);
    }

    /** Reads what follows the type byte. */
    static StreamCommand read(WireInput in) throws IOException {
        int command = in.u16();
        int length = in.u16();
        return switch (command) {
            case 1 -> {
                expectLength("OPEN_RETURN_PATH", length, 0);
                yield new OpenReturnPath();
            }
            case 2 -> {
                expectLength("PING", length, 4);
                yield new Ping(in.u32());
            }
            case 11 -> {
                expectLength("SWITCHOVER_START", length, 0);
                yield new SwitchoverStart();
            }
            case 3, 4, 5, 6, 7, 9, 10 -> throw new MalformedStreamException(
                    "the source asks for postcopy (command " + command + "), which is not switched on here");
            default -> throw new MalformedStreamException("unknown command " + command + " of " + length + " bytes");
        };
    }

    private static void expectLength(String name, int got, int expected) throws MalformedStreamException {
        if (got != expected) {
            throw new MalformedStreamException("command " + name + " of " + got + " bytes, expected " + expected);
        }
    }
}
