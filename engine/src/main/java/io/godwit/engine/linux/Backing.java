package io.godwit.engine.linux;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * What a {@link Mapping} maps: a memfd, of which it owns a descriptor, or anonymous memory.
 *
 * @param pageBytes bytes of its pages
 */
record Backing(long pageBytes, @Nullable Fd memfd) {
    private static final int SMALL_PAGE = 4096;

    static final Backing ANONYMOUS = new Backing(SMALL_PAGE, null);

    /** The first {@code bytes} of {@code memfd}, which is lent. Huge pages are set aside for all of it, or it fails. */
    static Backing of(Fd memfd, long bytes) throws IOException {
        long pageBytes = HugePages.pageBytes(memfd);
        checkSize(bytes, pageBytes);
        if (memfd.size() < bytes) {
            throw new IllegalArgumentException("map " + bytes + " bytes of a memfd of " + memfd.size());
        }
        if (pageBytes > SMALL_PAGE) {
            HugePages.reserve(memfd, pageBytes, 0, bytes);
        }
        return new Backing(pageBytes, memfd.duplicate());
    }

    static void checkSize(long bytes, long pageBytes) {
        if (bytes <= 0 || bytes % pageBytes != 0 || bytes > 1L << 46) {
            throw new IllegalArgumentException(
                    "map " + bytes + " bytes: not whole pages of " + pageBytes + ", or too many");
        }
    }

    /** The descriptor as mmap(2) takes it: -1 for anonymous memory. */
    int number() {
        return memfd == null ? -1 : memfd.number();
    }

    void close() {
        if (memfd != null) {
            memfd.close();
        }
    }
}
