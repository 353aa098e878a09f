package io.godwit.engine.seal;

import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import io.godwit.engine.linux.NativeBuffer;
import io.godwit.protocol.seal.SealHeader;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.OptionalLong;

/**
 * What the extents of a file are known to be. Owns the digests. Any thread may ask; closing it is for when nobody does any
 * more.
 */
public final class Seal implements AutoCloseable {
    static final ValueLayout.OfLong LITTLE_ENDIAN = JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final String SUFFIX = ".seal";

    private final Path file;
    private final SealHeader header;
    private final NativeBuffer digests;
    private final byte[] root;

    /** Takes ownership of {@code digests}, one for each extent. {@code file} is for messages. */
    Seal(Path file, SealHeader header, NativeBuffer digests) {
        this.file = file;
        this.header = header;
        this.digests = digests;
        root = rootOf(header, digests.segment());
    }

    private static byte[] rootOf(SealHeader header, MemorySegment digests) {
        try {
            var sha256 = MessageDigest.getInstance("SHA-256");
            sha256.update(header.toBytes());
            sha256.update(digests.asByteBuffer());
            return sha256.digest();
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e); // every JDK has it
        }
    }

    /** Where the seal of {@code file} stands, whether there is one or not. */
    public static Path placeOf(Path file) {
        return file.resolveSibling(file.getFileName() + SUFFIX);
    }

    public SealHeader header() {
        return header;
    }

    /** SHA-256 of the whole: whoever keeps it elsewhere notices a seal that was made anew. 64 hexadecimal digits. */
    public String root() {
        return HexFormat.of().formatHex(root);
    }

    byte[] rootBytes() {
        return root.clone();
    }

    MemorySegment digests() {
        return digests.segment();
    }

    /** What the extent numbered {@code extent} has to be; it is one that the seal covers. */
    public long digest(long extent) {
        return digests.segment().get(LITTLE_ENDIAN, (extent - header.firstExtent()) * Long.BYTES);
    }

    /** Refuses to be read from before where it begins. */
    public void expectStart(long start) throws IOException {
        if (start < header.start()) {
            throw new IOException("%s: the migration begins at byte %d, its seal at byte %d".formatted(file, start,
                    header.start()));
        }
    }

    /**
     * That an extent is not what it has to be.
     *
     * @param within what of the file that is, as " (block 'pc.ram')"; may be empty
     */
    public BrokenSealException broken(long extent, long got, String within) {
        long from = Math.max(header.start(), extent * SealHeader.EXTENT_BYTES);
        long to = Math.min(header.end(), (extent + 1) * SealHeader.EXTENT_BYTES) - 1;
        return new BrokenSealException(
                "%s: bytes 0x%x to 0x%x%s do not match their seal: digest %016x, expected %016x%s"
                        .formatted(file, from, to, within, got, digest(extent), Sidecar.whatNow(file)),
                from);
    }

    /** The first extent from {@code extent} on in which another seal of the same bytes differs. */
    public OptionalLong nextDifference(Seal other, long extent) {
        long at = (extent - header.firstExtent()) * Long.BYTES;
        long found = MemorySegment.mismatch(digests.segment(), at, digests.byteSize(), other.digests.segment(), at,
                other.digests.byteSize());
        return found < 0 ? OptionalLong.empty() : OptionalLong.of(extent + found / Long.BYTES);
    }

    @Override
    public void close() {
        digests.close();
    }
}
