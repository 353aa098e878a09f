package io.godwit.engine;

import io.godwit.engine.ram.RamBlock;
import io.godwit.protocol.stream.MultifdPacket;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.UUID;

/** What a multifd channel carries, made by a test packet by packet. */
final class HandmadeChannel {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private final DataOutputStream out = new DataOutputStream(bytes);

    /** Its beginning, from a guest without UUID. */
    static HandmadeChannel of(int channel) throws IOException {
        return of(channel, new UUID(0, 0));
    }

    static HandmadeChannel of(int channel, UUID uuid) throws IOException {
        var made = new HandmadeChannel();
        made.out.writeInt(MultifdPacket.MAGIC);
        made.out.writeInt(1);
        made.out.writeLong(uuid.getMostSignificantBits());
        made.out.writeLong(uuid.getLeastSignificantBits());
        made.out.writeByte(channel);
        made.out.write(new byte[39]);
        return made;
    }

    /** A header whose fields say whatever they are told; packet 7. */
    HandmadeChannel header(int flags, int normal, int bytesOfData, int zero, String block, long... offsets)
            throws IOException {
        out.writeInt(MultifdPacket.MAGIC);
        out.writeInt(1);
        out.writeInt(flags);
        out.writeInt(MultifdPacket.MAX_PAGES);
        out.writeInt(normal);
        out.writeInt(bytesOfData);
        out.writeLong(7);
        out.writeInt(zero);
        out.write(new byte[28]);
        out.writeBytes(block);
        out.write(new byte[256 - block.length()]);
        for (int i = 0; i < MultifdPacket.MAX_PAGES; i++) {
            out.writeLong(i < offsets.length ? offsets[i] : 0);
        }
        return this;
    }

    /** A packet of one page, which is filled with {@code value}. */
    HandmadeChannel page(String block, long page, long value) throws IOException {
        return header(0, 1, RamBlock.PAGE_SIZE, 0, block, page * RamBlock.PAGE_SIZE).data(value);
    }

    HandmadeChannel zero(String block, long page) throws IOException {
        return header(0, 0, 0, 1, block, page * RamBlock.PAGE_SIZE);
    }

    /** The data of a page, which is filled with {@code value}. */
    HandmadeChannel data(long value) throws IOException {
        ByteBuffer content = ByteBuffer.allocate(RamBlock.PAGE_SIZE).order(ByteOrder.LITTLE_ENDIAN);
        while (content.hasRemaining()) {
            content.putLong(value);
        }
        out.write(content.array());
        return this;
    }

    HandmadeChannel bytes(byte[] more) throws IOException {
        out.write(more);
        return this;
    }

    /** The end of a round. */
    HandmadeChannel sync() throws IOException {
        return header(MultifdPacket.SYNC, 0, 0, 0, "");
    }

    byte[] take() {
        return bytes.toByteArray();
    }
}
