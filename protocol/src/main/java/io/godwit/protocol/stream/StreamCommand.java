package io.godwit.protocol.stream;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * A COMMAND section: from the source to the destination, between other sections. Those for COLO are known by number only, to
 * be refused by name.
 *
 * <pre>
 * u8 0x08, be16 command, be16 length, payload
 * </pre>
 */
public sealed interface StreamCommand {
    /** Bytes of a {@link Range} on the wire. */
    int RANGE_BYTES = 16;

    /** As many ranges as QEMU puts into one {@link PostcopyDiscard}. */
    int USUAL_RANGES = 12;

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

    /**
     * Postcopy may follow: the destination tests what it needs for that and gives up what its RAM holds.
     *
     * @param pageSizes the page sizes of all blocks, or-ed
     * @param targetPageSize 4096
     */
    record PostcopyAdvise(long pageSizes, long targetPageSize) implements StreamCommand {}

    /** From here on the destination's faults are served, and the sections of RAM are somebody else's to read. */
    record PostcopyListen() implements StreamCommand {}

    /** The guest starts; the last thing in a package. */
    record PostcopyRun() implements StreamCommand {}

    /** These ranges of a block are still to come: whatever is there is thrown away. At least one. */
    record PostcopyDiscard(String block, List<Range> ranges) implements StreamCommand {}

    /** Bytes of a block, whole pages. */
    record Range(long start, long length) {}

    /** The {@code bytes} that follow are sections to be read whole before the first of them is loaded. */
    record Packaged(int bytes) implements StreamCommand {}

    /** After a recovery: the destination answers RESUME_ACK and asks again for what it misses. */
    record PostcopyResume() implements StreamCommand {}

    /** After a recovery: the destination answers with what it has received of a block. */
    record SendReceivedBitmap(String block) implements StreamCommand {}

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
            case PostcopyAdvise advise -> {
                writeHeader(out, 3, 16);
                out.u64(advise.pageSizes());
                out.u64(advise.targetPageSize());
            }
            case PostcopyListen _ -> writeHeader(out, 4, 0);
            case PostcopyRun _ -> writeHeader(out, 5, 0);
            case PostcopyDiscard discard -> writeDiscard(out, discard);
            case Packaged packaged -> {
                writeHeader(out, 7, 4);
                out.u32(packaged.bytes());
            }
            case PostcopyResume _ -> writeHeader(out, 9, 0);
            case SendReceivedBitmap bitmap -> {
                writeHeader(out, 10, 1 + bitmap.block().length());
                out.str8(bitmap.block());
            }
            case SwitchoverStart _ -> writeHeader(out, 11, 0);
        }
    }

    private static void writeHeader(WireOutput out, int command, int length) throws IOException {
        out.u16(command);
        out.u16(length);
    }

    private static void writeDiscard(WireOutput out, PostcopyDiscard discard) throws IOException {
        writeHeader(out, 6, 3 + discard.block().length() + discard.ranges().size() * RANGE_BYTES);
        out.u8(0);
        out.str8(discard.block());
        out.u8(0);
        for (Range range : discard.ranges()) {
            out.u64(range.start());
            out.u64(range.length());
        }
    }

    /** Reads what follows the type byte. Whether ranges lie in their block is the reader's to check. */
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
            case 3 -> readAdvise(in, length);
            case 4 -> {
                expectLength("POSTCOPY_LISTEN", length, 0);
                yield new PostcopyListen();
            }
            case 5 -> {
                expectLength("POSTCOPY_RUN", length, 0);
                yield new PostcopyRun();
            }
            case 6 -> readDiscard(in, length);
            case 7 -> {
                expectLength("PACKAGED", length, 4);
                yield new Packaged(in.u32());
            }
            case 8 -> throw new MalformedStreamException("the source asks for COLO, which Godwit does not do");
            case 9 -> {
                expectLength("POSTCOPY_RESUME", length, 0);
                yield new PostcopyResume();
            }
            case 10 -> {
                String block = in.str8();
                expectLength("RECV_BITMAP", length, 1 + block.length());
                yield new SendReceivedBitmap(block);
            }
            case 11 -> {
                expectLength("SWITCHOVER_START", length, 0);
                yield new SwitchoverStart();
            }
            default -> throw new MalformedStreamException("unknown command " + command + " of " + length + " bytes");
        };
    }

    private static PostcopyAdvise readAdvise(WireInput in, int length) throws IOException {
        if (length == 0) {
            throw new MalformedStreamException(
                    "the source asks for postcopy of dirty bitmaps; there are no disks here");
        }
        expectLength("POSTCOPY_ADVISE", length, 16);
        return new PostcopyAdvise(in.u64(), in.u64());
    }

    private static PostcopyDiscard readDiscard(WireInput in, int length) throws IOException {
        expectByte("version", in.u8());
        String block = in.str8();
        expectByte("end of the name", in.u8());
        int ranges = length - 3 - block.length();
        if (ranges < RANGE_BYTES || ranges % RANGE_BYTES != 0) {
            throw new MalformedStreamException(
                    "command POSTCOPY_RAM_DISCARD of %d bytes for block '%s', expected %d and %d for each range"
                            .formatted(length, block, 3 + block.length(), RANGE_BYTES));
        }
        var list = new ArrayList<Range>();
        for (int left = ranges; left > 0; left -= RANGE_BYTES) {
            list.add(new Range(in.u64(), in.u64()));
        }
        return new PostcopyDiscard(block, list);
    }

    private static void expectByte(String what, int got) throws MalformedStreamException {
        if (got != 0) {
            throw new MalformedStreamException(
                    "command POSTCOPY_RAM_DISCARD: %s is 0x%02x, expected 0x00".formatted(what, got));
        }
    }

    private static void expectLength(String name, int got, int expected) throws MalformedStreamException {
        if (got != expected) {
            throw new MalformedStreamException("command " + name + " of " + got + " bytes, expected " + expected);
        }
    }
}
