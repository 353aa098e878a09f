package io.godwit.it;

import io.godwit.protocol.stream.RamRecord;
import io.godwit.protocol.stream.SectionType;
import io.godwit.protocol.stream.XbzrleDelta;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;

/**
 * Makes of a stream of QEMU's another one that brings the same RAM in another way: every few pages, one comes with something
 * else in it, and at the end of RAM the delta that makes it what it should be.
 */
final class StreamWithDeltas implements AutoCloseable {
    private static final int PAGE = 4096;
    private static final int EVERY = 5;

    private final DataInputStream in;
    private final DataOutputStream out;
    private final Random random = new Random(1);
    private final ByteArrayOutputStream deltas = new ByteArrayOutputStream();
    private int count;
    private String block = "";
    private int pages;

    private StreamWithDeltas(Path from, Path to) throws IOException {
        in = new DataInputStream(new BufferedInputStream(Files.newInputStream(from)));
        out = new DataOutputStream(new BufferedOutputStream(Files.newOutputStream(to)));
    }

    /** Returns how many deltas there are. */
    static int rewrite(Path from, Path to) throws IOException {
        try (var stream = new StreamWithDeltas(from, to)) {
            stream.copy(8);
            while (stream.copySection() != SectionType.END.code()) {
                // on to the next
            }
            stream.in.transferTo(stream.out);
            return stream.count;
        }
    }

    private int copySection() throws IOException {
        int type = in.readUnsignedByte();
        out.writeByte(type);
        if (type == SectionType.CONFIGURATION.code()) {
            copy(copyInt());
        } else if (type == SectionType.COMMAND.code()) {
            copy(2);
            copy(copyShort());
        } else {
            copyInt();
            if (type == SectionType.START.code()) {
                copyName();
                copy(8);
            }
            copyRam(type == SectionType.END.code());
        }
        return type;
    }

    private void copyRam(boolean last) throws IOException {
        while (true) {
            long word = in.readLong();
            int flags = (int) (word & RamRecord.FLAGS);
            if (flags == RamRecord.EOS && last) {
                deltas.writeTo(out);
            }
            out.writeLong(word);
            if (flags == RamRecord.EOS) {
                copy(5);
                return;
            } else if (flags == RamRecord.MEM_SIZE) {
                for (long left = word - flags; left > 0;) {
                    copyName();
                    long length = in.readLong();
                    out.writeLong(length);
                    left -= length;
                }
                continue;
            }
            if ((flags & RamRecord.CONTINUE) == 0) {
                block = copyName();
            }
            if ((flags & RamRecord.PAGE) != 0) {
                copyPage(word - flags);
            } else {
                copy(1);
            }
        }
    }

    private void copyPage(long offset) throws IOException {
        byte[] page = in.readNBytes(PAGE);
        byte[] other = page.clone();
        if (++pages % EVERY == 0) {
            change(other);
        }
        byte[] delta = new byte[XbzrleDelta.MAX_BYTES];
        int length = delta(other, page, delta);
        if (length > 0) {
            addDelta(offset, delta, length);
        }
        out.write(length > 0 ? other : page);
    }

    /** In anything from one byte to all of it. */
    private void change(byte[] page) {
        for (int runs = 1 + random.nextInt(20); runs > 0; runs--) {
            int from = random.nextInt(PAGE);
            int to = Math.min(PAGE, from + (1 << random.nextInt(12)));
            for (int i = from; i < to; i++) {
                page[i] ^= (byte) random.nextInt();
            }
        }
    }

    private static int delta(byte[] before, byte[] now, byte[] delta) {
        ByteBuffer one = ByteBuffer.wrap(before).order(ByteOrder.LITTLE_ENDIAN);
        ByteBuffer other = ByteBuffer.wrap(now).order(ByteOrder.LITTLE_ENDIAN);
        return XbzrleDelta.encode(offset -> one.getLong(offset) ^ other.getLong(offset), new XbzrleDelta.Sink() {
            @Override
            public void put(int index, int value) {
                delta[index] = (byte) value;
            }

            @Override
            public void copy(int index, int offset, int length) {
                System.arraycopy(now, offset, delta, index, length);
            }
        }, delta.length);
    }

    private void addDelta(long offset, byte[] delta, int length) throws IOException {
        var record = new DataOutputStream(deltas);
        record.writeLong(offset | RamRecord.XBZRLE);
        record.writeByte(block.length());
        record.writeBytes(block);
        record.writeByte(1);
        record.writeShort(length);
        record.write(delta, 0, length);
        count++;
    }

    private String copyName() throws IOException {
        int length = in.readUnsignedByte();
        out.writeByte(length);
        return new String(copy(length), StandardCharsets.US_ASCII);
    }

    private int copyShort() throws IOException {
        int value = in.readUnsignedShort();
        out.writeShort(value);
        return value;
    }

    private int copyInt() throws IOException {
        int value = in.readInt();
        out.writeInt(value);
        return value;
    }

    private byte[] copy(int length) throws IOException {
        byte[] bytes = in.readNBytes(length);
        out.write(bytes);
        return bytes;
    }

    @Override
    public void close() throws IOException {
        in.close();
        out.close();
    }
}
