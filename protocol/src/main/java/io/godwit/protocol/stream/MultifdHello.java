package io.godwit.protocol.stream;

import java.io.IOException;
import java.util.UUID;

/**
 * What a multifd channel begins with, once, 64 bytes. Channels come to the same address as the main one and in any order:
 * the first four bytes tell them apart.
 *
 * <pre>
 * be32 0x11223344, be32 1, 16 bytes uuid, u8 channel id, 39 bytes zero
 * </pre>
 *
 * @param uuid the guest's, which the destination compares with its own; all zero when it has none
 */
public record MultifdHello(UUID uuid, int channel) {
    /** What stands for a guest without a UUID. */
    public static final UUID NO_UUID = new UUID(0, 0);
    private static final int PADDING = 39;

    public void write(WireOutput out) throws IOException {
        out.u32(MultifdPacket.MAGIC);
        out.u32(MultifdPacket.VERSION);
        out.u64(uuid.getMostSignificantBits());
        out.u64(uuid.getLeastSignificantBits());
        out.u8(channel);
        out.bytes(new byte[PADDING]);
    }

    public static MultifdHello read(WireInput in) throws IOException {
        MultifdPacket.readMagic(in);
        UUID uuid = new UUID(in.u64(), in.u64());
        int channel = in.u8();
        var _ = in.bytes(PADDING);
        return new MultifdHello(uuid, channel);
    }
}
