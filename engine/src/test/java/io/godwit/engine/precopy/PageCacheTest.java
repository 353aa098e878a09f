package io.godwit.engine.precopy;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.godwit.engine.ram.RamBlock;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class PageCacheTest {
    private static final int PAGE = RamBlock.PAGE_SIZE;

    private static MemorySegment page(int content) {
        return Arena.ofAuto().allocate(PAGE).fill((byte) content);
    }

    /** What a page is remembered as, or -1. */
    private static int found(PageCache cache, long page, long pass) {
        long at = cache.find(page, pass);
        return at == PageCache.MISS ? -1 : cache.memory().get(JAVA_BYTE, at + PAGE - 1);
    }

    @Test
    void remembersWhatItWasGivenLast() throws IOException {
        try (var cache = new PageCache(4 * PAGE)) {
            assertThat(found(cache, 0, 2)).isEqualTo(-1);
            cache.keep(0, 2, page(10), 0);
            cache.keep(3, 2, page(13), 0);
            cache.keep(0, 3, page(20), 0);
            assertThat(found(cache, 0, 4)).isEqualTo(20);
            assertThat(found(cache, 3, 4)).isEqualTo(13);
            assertThat(found(cache, 4, 4)).isEqualTo(-1);
        }
    }

    @Test
    void aPageKeepsItsSlotAgainstOthersForThePassThatAskedForItAndTheNext() throws IOException {
        try (var cache = new PageCache(4 * PAGE)) {
            cache.keep(1, 2, page(1), 0);
            cache.keep(5, 2, page(5), 0);
            cache.keep(5, 3, page(5), 0);
            assertThat(found(cache, 5, 3)).isEqualTo(-1);
            assertThat(found(cache, 1, 3)).as("asked for again, and so kept longer").isEqualTo(1);
            cache.keep(5, 4, page(5), 0);
            assertThat(found(cache, 5, 4)).isEqualTo(-1);
            cache.keep(5, 5, page(5), 0);
            assertThat(found(cache, 5, 5)).isEqualTo(5);
            assertThat(found(cache, 1, 5)).isEqualTo(-1);
        }
    }

    @ParameterizedTest
    @CsvSource({"67108864, 1000000, 67108864", "67108864, 1000, 4194304", "67108864, 1024, 4194304",
            "67108864, 1025, 8388608", "4096, 1000, 4096", "67108864, 1, 8192", "4611686018427387904, 1000, 4194304"})
    void isNoLargerThanTheRamNeeds(long wanted, long ramPages, long bytes) {
        assertThat(PageCache.usefulBytes(wanted, ramPages)).isEqualTo(bytes);
    }

    @Test
    void saysWhatItFoundNoRoomFor() {
        assertThatThrownBy(() -> new PageCache(1L << 60)).isInstanceOf(IOException.class)
                .hasMessageStartingWith("xbzrle cache of 1152921504606846976 bytes: ")
                .hasMessageEndingWith("Cannot allocate memory");
    }
}
