package io.godwit.inspect;

import java.io.IOException;
import java.util.Optional;

/** Walks COMMAND sections, those of postcopy too. */
final class CommandReader {
    /** A command without payload, its type byte included. */
    static final int RUN_BYTES = 5;

    private static final int RANGE_BYTES = 16;

    private final FileInput in;

    CommandReader(FileInput in) {
        this.in = in;
    }

    /** What matters of a command to who reads on. */
    sealed interface Read {
        /** Its name, for the order of things. */
        String name();

        record Plain(String name) implements Read {}

        /** Page sizes of all blocks, or-ed; 0 when the migration is one of dirty bitmaps alone. */
        record Advise(String name, long pageSizes) implements Read {}

        /** So many bytes of sections follow. */
        record Packaged(String name, long bytes) implements Read {}
    }

    private enum Kind {
        OPEN_RETURN_PATH(1, 0),
        PING(2, 4),
        POSTCOPY_ADVISE(3),
        POSTCOPY_LISTEN(4, 0),
        POSTCOPY_RUN(5, 0),
        POSTCOPY_RAM_DISCARD(6),
        PACKAGED(7, 4),
        SWITCHOVER_START(11, 0);

        private static final int ANY = -1;

        private final int code;
        private final int payloadBytes;

        Kind(int code) {
            this(code, ANY);
        }

        Kind(int code, int payloadBytes) {
            this.code = code;
            this.payloadBytes = payloadBytes;
        }

        private static Optional<Kind> of(int code) {
            for (Kind kind : values()) {
                if (kind.code == code) {
                    return Optional.of(kind);
                }
            }
            return Optional.empty();
        }
    }

    /** What follows the type byte, which stands at {@code at}. */
    Read read(long at) throws IOException {
        int code = in.u16();
        int length = in.u16();
        Kind kind = Kind.of(code).orElseThrow(() -> DamagedException.unexpected(at, "command",
                code + " of " + length + " bytes", "1 to 7 or 11"));
        if (kind.payloadBytes != Kind.ANY && length != kind.payloadBytes) {
            throw wrongLength(at, kind, length, String.valueOf(kind.payloadBytes));
        }
        return switch (kind) {
            case POSTCOPY_ADVISE -> advise(at, length);
            case POSTCOPY_RAM_DISCARD -> discard(at, length);
            case PACKAGED -> new Read.Packaged(name(kind), Integer.toUnsignedLong(in.u32()));
            case PING -> new Read.Plain(name(kind) + " 0x" + Integer.toHexString(in.u32()));
            default -> new Read.Plain(name(kind));
        };
    }

    private Read advise(long at, int length) throws IOException {
        if (length == 0) {
            return new Read.Advise(name(Kind.POSTCOPY_ADVISE), 0);
        }
        if (length != 16) {
            throw wrongLength(at, Kind.POSTCOPY_ADVISE, length, "0 or 16");
        }
        long pageSizes = in.u64();
        in.u64();
        return new Read.Advise(name(Kind.POSTCOPY_ADVISE), pageSizes);
    }

    private Read discard(long at, int length) throws IOException {
        long begin = in.position();
        in.u8();
        int name = in.u8();
        in.skip(name);
        in.u8();
        long ranges = length - (in.position() - begin);
        if (ranges < RANGE_BYTES || ranges % RANGE_BYTES != 0) {
            throw wrongLength(at, Kind.POSTCOPY_RAM_DISCARD, length,
                    "3 + " + name + " and ranges of " + RANGE_BYTES + " bytes");
        }
        in.skip(ranges);
        return new Read.Plain(name(Kind.POSTCOPY_RAM_DISCARD));
    }

    private static String name(Kind kind) {
        return "COMMAND " + kind.name();
    }

    private static DamagedException wrongLength(long at, Kind kind, int got, String expected) {
        return DamagedException.unexpected(at, "length of " + name(kind), got + " bytes", expected);
    }
}
