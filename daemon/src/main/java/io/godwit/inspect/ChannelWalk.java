package io.godwit.inspect;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Walks the packets of one multifd channel.
 *
 * <pre>
 * initial packet, 64 bytes: be32 magic, be32 1, 16 bytes uuid, u8 channel, 39 zero bytes
 * packet, 1344 bytes:  0 be32 magic, be32 1, be32 flags, be32 pages per packet, be32 normal pages, be32 data bytes,
 *                     24 be64 packet number, be32 zero pages, 28 zero bytes
 *                     64 block name, zero-terminated
 *                    320 128 x be64 offset: the normal pages, then the zero pages
 *                        data
 * </pre>
 */
final class ChannelWalk {
    static final int MAGIC = 0x11223344;

    private static final int VERSION = 1;
    private static final int INITIAL_ZEROS = 39;
    private static final int PAGE_SIZE = 4096;
    private static final int MAX_PAGES = 128;
    private static final int NAME_BYTES = 256;
    private static final int SYNC = 0x01;
    private static final int DEVICE_STATE = 0x40;
    private static final int COMPRESSION = 0x3e;
    /** No compressor makes more than twice of it, and a bit. */
    private static final int MAX_DATA = 2 * MAX_PAGES * PAGE_SIZE + (64 << 10);
    private static final int MAX_DEVICE_STATE = 1 << 30;

    private final FileInput in;
    private final Place place = new Place();
    private final List<Finding> findings = new ArrayList<>();
    private final UnlistedBlocks blocks = new UnlistedBlocks();
    private final byte[] name = new byte[NAME_BYTES];
    private UUID uuid = new UUID(0, 0);
    private int channel;
    private String compression = "plain";
    private boolean compressionKnown;
    private long packets;
    private long syncs;
    private long deviceStates;
    private long dataBytes;

    ChannelWalk(FileInput in) {
        this.in = in;
    }

    ChannelReport read() throws IOException {
        try {
            readInitial();
            while (!in.atEnd()) {
                readPacket();
            }
        } catch (DamagedException e) {
            findings.add(e.finding());
        } catch (EOFException e) {
            findings.add(place.truncated(in.position()));
        }
        long end = findings.isEmpty() ? in.position() : findings.getFirst().offset();
        return new ChannelReport(in.start(), end, findings.isEmpty(), uuid, channel, compression, packets, syncs,
                deviceStates, dataBytes, blocks.report(), findings);
    }

    private void readInitial() throws IOException {
        place.enter("the initial packet", in.position());
        readMagic();
        var bytes = ByteBuffer.wrap(in.bytes(16));
        uuid = new UUID(bytes.getLong(), bytes.getLong());
        channel = in.u8();
        in.skip(INITIAL_ZEROS);
    }

    private void readMagic() throws IOException {
        expect("magic of a packet", in.position(), in.u32(), MAGIC);
        expect("version of a packet", in.position(), in.u32(), VERSION);
    }

    private static void expect(String what, long at, int got, int expected) throws DamagedException {
        if (got != expected) {
            throw DamagedException.unexpected(at, what, "0x%08x".formatted(got), "0x%08x".formatted(expected));
        }
    }

    private void readPacket() throws IOException {
        long at = in.position();
        place.enter("a packet", at);
        readMagic();
        int flags = in.u32();
        if ((flags & ~(SYNC | COMPRESSION | DEVICE_STATE)) != 0 || Integer.bitCount(flags & COMPRESSION) > 1) {
            throw DamagedException.unexpected(at + 8, "flags of a packet", "0x%08x".formatted(flags),
                    "SYNC (0x01), one compression (0x02 to 0x20), device state (0x40)");
        }
        packets++;
        if ((flags & DEVICE_STATE) != 0) {
            readDeviceState(at);
            return;
        }
        readPages(at, flags);
    }

    private void readDeviceState(long at) throws IOException {
        deviceStates++;
        in.skip(NAME_BYTES + 4);
        int length = in.u32();
        if (length < 0 || length > MAX_DEVICE_STATE) {
            throw DamagedException.unexpected(at, "packet with device state",
                    Integer.toUnsignedString(length) + " bytes", "at most " + MAX_DEVICE_STATE);
        }
        dataBytes += length;
        in.skip(length);
    }

    private void readPages(long at, int flags) throws IOException {
        int allocated = bounded(at, "pages per packet", in.u32(), MAX_PAGES);
        int normal = bounded(at, "normal pages", in.u32(), MAX_PAGES);
        int data = bounded(at, "bytes of page data", in.u32(), MAX_DATA);
        in.u64();
        int zero = bounded(at, "zero pages", in.u32(), MAX_PAGES - normal);
        if ((flags & SYNC) != 0) {
            syncs++;
        }
        if (normal + zero > allocated) {
            throw DamagedException.unexpected(at, "packet", normal + " normal and " + zero + " zero pages",
                    "at most the " + allocated + " it has room for");
        }
        checkData(at, flags, normal, data);
        in.skip(28);
        readBlock(at, normal, zero);
        dataBytes += data;
        in.skip(data);
    }

    private void checkData(long at, int flags, int normal, int data) throws DamagedException {
        String method = method(flags & COMPRESSION);
        boolean plain = (flags & COMPRESSION) == 0;
        boolean fits = plain ? data == normal * PAGE_SIZE : normal > 0 == data > 0;
        if (!fits) {
            throw DamagedException.unexpected(at + 20, "page data of a packet", data + " bytes",
                    plain || normal == 0 ? String.valueOf(normal * PAGE_SIZE) : "some for " + normal + " pages");
        }
        if (normal == 0) {
            return;
        }
        if (compressionKnown && !method.equals(compression)) {
            throw DamagedException.unexpected(at + 8, "compression of a packet", method, compression + " as before");
        }
        compression = method;
        compressionKnown = true;
    }

    private static String method(int flag) {
        return switch (flag) {
            case 0 -> "plain";
            case 0x02 -> "zlib";
            case 0x04 -> "zstd";
            case 0x08 -> "qpl";
            case 0x10 -> "uadk";
            default -> "qatzip";
        };
    }

    private void readBlock(long at, int normal, int zero) throws IOException {
        in.bytes(name, NAME_BYTES);
        UnlistedBlocks.@Nullable Counts counts = normal + zero == 0 ? null : counts(at);
        for (int i = 0; i < MAX_PAGES; i++) {
            long offset = in.u64();
            if (i < normal + zero && (offset < 0 || offset % PAGE_SIZE != 0)) {
                throw DamagedException.unexpected(at + 320 + 8L * i, "offset of a page",
                        Long.toUnsignedString(offset), "a multiple of " + PAGE_SIZE);
            }
        }
        if (counts != null) {
            counts.normal += normal;
            counts.zero += zero;
        }
    }

    private UnlistedBlocks.Counts counts(long at) throws DamagedException {
        int length = 0;
        while (length < NAME_BYTES && name[length] != 0) {
            length++;
        }
        String text = new String(name, 0, length, StandardCharsets.ISO_8859_1);
        return blocks.of(text, at + 64, "a packet");
    }

    private static int bounded(long at, String what, int got, int most) throws DamagedException {
        if (got < 0 || got > most) {
            throw DamagedException.unexpected(at, what + " of a packet", Integer.toUnsignedString(got),
                    "at most " + most);
        }
        return got;
    }
}
