package io.godwit.engine.guest.workload;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.godwit.engine.linux.Mapping;
import io.godwit.engine.linux.NativeBuffer;
import io.godwit.engine.ram.RamBlock;
import java.lang.foreign.MemorySegment;
import java.util.Optional;

/**
 * What a written page holds, and how it gets there. Little-endian, 8 bytes each:
 *
 * <pre>
 * +0   page number
 * +8   generation: which life of the guest wrote it
 * +16  counter: 0 at the fill, then one up per touch
 * +24  4072 bytes of a fixed sequence of random words, from a place that all three of the above decide
 * </pre>
 *
 * So every page differs from every other and from what it held before, all over; nothing in it compresses. The sequence is
 * 2 MiB: it stays in the cache, and writing a page costs little more than the page's own memory. Owns the sequence.
 */
final class PagePattern implements AutoCloseable {
    static final int HEADER_BYTES = 24;

    private static final int PAGE = RamBlock.PAGE_SIZE;
    private static final int BODY_BYTES = PAGE - HEADER_BYTES;
    private static final int PLACES = 1 << 18;
    private static final long GOLDEN_RATIO = 0x9e3779b97f4a7c15L;

    private final NativeBuffer sequence = new NativeBuffer((long) PLACES * Long.BYTES + PAGE);

    PagePattern() {
        MemorySegment words = sequence.segment();
        for (long i = 0; i < words.byteSize() / Long.BYTES; i++) {
            words.setAtIndex(JAVA_LONG, i, mix(i * GOLDEN_RATIO));
        }
    }

    /** The finaliser of splitmix64. */
    private static long mix(long value) {
        long mixed = (value ^ value >>> 30) * 0xbf58476d1ce4e5b9L;
        mixed = (mixed ^ mixed >>> 27) * 0x94d049bb133111ebL;
        return mixed ^ mixed >>> 31;
    }

    private static long bodyOffset(long page, long generation, long counter) {
        long place = mix(page * GOLDEN_RATIO + generation * 31 + counter) & PLACES - 1;
        return place * Long.BYTES;
    }

    /** Writes a page, by native calls. {@code header}: {@link #HEADER_BYTES} of the calling thread's own native memory. */
    void write(Mapping memory, long page, long generation, long counter, MemorySegment header) {
        header.setAtIndex(JAVA_LONG, 0, page);
        header.setAtIndex(JAVA_LONG, 1, generation);
        header.setAtIndex(JAVA_LONG, 2, counter);
        memory.copyFrom(page * PAGE, header, 0, HEADER_BYTES);
        memory.copyFrom(page * PAGE + HEADER_BYTES, sequence.segment(), bodyOffset(page, generation, counter),
                BODY_BYTES);
    }

    /** What is wrong with {@code copy}, which was copied from a page, or nothing. */
    Optional<String> finding(MemorySegment copy, long page, long generation, long counter) {
        long[] got = {copy.getAtIndex(JAVA_LONG, 0), copy.getAtIndex(JAVA_LONG, 1), copy.getAtIndex(JAVA_LONG, 2)};
        if (got[0] != page) {
            return Optional.of("page " + page + ": says it is page " + got[0]);
        }
        if (got[1] != generation) {
            return Optional.of("page " + page + ": generation " + got[1] + ", " + generation + " expected");
        }
        if (got[2] != counter) {
            return Optional.of("page " + page + ": counter " + got[2] + ", " + counter + " expected");
        }
        long body = bodyOffset(page, generation, counter);
        return NativeBuffer.equal(copy, HEADER_BYTES, sequence.segment(), body, BODY_BYTES)
                ? Optional.empty()
                : Optional.of("page " + page + ": header as expected, content not");
    }

    @Override
    public void close() {
        sequence.close();
    }
}
