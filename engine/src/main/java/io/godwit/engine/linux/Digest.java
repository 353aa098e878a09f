package io.godwit.engine.linux;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.godwit.engine.linux.ffi.Xxhash;
import java.lang.foreign.MemorySegment;

/**
 * XXH3 of 64 bits, by the host's libxxhash: whether bytes are what they were, not who wrote them. Any thread, once
 * {@link #isPresent}; nothing is allocated.
 */
public final class Digest {
    private static final int PAGE = 4096;

    private Digest() {}

    /** Whether the host has the library; without it no digest means anything. */
    public static boolean isPresent() {
        return Xxhash.isPresent();
    }

    /** The digest of {@code length} bytes of {@code buffer}, native memory. */
    public static long of(MemorySegment buffer, long at, long length) {
        return Xxhash.XXH3_64bits(NativeRange.address(buffer, at, length), length);
    }

    /** The digest of 4096 zeros. */
    public static long ofZeroPage() {
        return Xxhash.XXH3_64bits(NativeBuffer.ZERO_PAGE, PAGE);
    }

    /**
     * Puts the digest of each of the pages of 4096 bytes that are {@code length} bytes of {@code buffer} into {@code digests},
     * from its byte {@code digestsAt} on. Both are native memory.
     */
    public static void ofPages(MemorySegment buffer, long at, long length, MemorySegment digests, long digestsAt) {
        ofPages(NativeRange.address(buffer, at, length), length, digests, digestsAt);
    }

    /** As {@link #ofPages}, of an address the caller has checked. */
    static void ofPages(long address, long length, MemorySegment digests, long digestsAt) {
        for (long done = 0; done < length; done += PAGE) {
            digests.set(JAVA_LONG, digestsAt + done / PAGE * Long.BYTES, Xxhash.XXH3_64bits(address + done, PAGE));
        }
    }
}
