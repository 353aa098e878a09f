package io.godwit.protocol.stream;

import java.io.EOFException;
import java.nio.ByteBuffer;

/** The sections of a package, which has been read whole: what follows {@link StreamCommand.Packaged}. One thread. */
public final class PackageInput implements WireInput {

    /** More than any machine's device state: a bound for what a peer may send. */
    public static final int MAX_BYTES = DeviceTail.MAX_BYTES;

    private final ByteBuffer bytes;

    /** The bytes are lent. */
    public PackageInput(byte[] bytes) {
        this.bytes = ByteBuffer.wrap(bytes);
    }

    /** How many bytes have not been taken yet. */
    public int remaining() {
        return bytes.remaining();
    }

    @Override
    public long position() {
        return bytes.position();
    }

    @Override
    public int u8() throws EOFException {
        return value(Byte.BYTES).get() & 0xff;
    }

    @Override
    public int u16() throws EOFException {
        return value(Short.BYTES).getShort() & 0xffff;
    }

    @Override
    public int u32() throws EOFException {
        return value(Integer.BYTES).getInt();
    }

    @Override
    public long u64() throws EOFException {
        return value(Long.BYTES).getLong();
    }

    @Override
    public byte[] bytes(int length) throws EOFException {
        byte[] taken = new byte[Math.min(length, remaining())];
        value(length).get(taken);
        return taken;
    }

    private ByteBuffer value(int length) throws EOFException {
        if (bytes.remaining() < length) {
            throw new EOFException("the package of %d bytes ends at byte %d, in the middle of a value of %d bytes"
                    .formatted(bytes.capacity(), bytes.position(), length));
        }
        return bytes;
    }
}
