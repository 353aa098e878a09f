package io.godwit.engine.guest.kvm;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * What the built-in guest is told to do: its parameter block, little-endian words at 0x1d0 of the image.
 *
 * <pre>
 * 0x1d0 "GODW"
 * 0x1d4 fillPages          pages written once, from 1 MiB on
 * 0x1d8 setPages           the first of them, which are touched again and again
 * 0x1dc touchesPerTick     how many of those at each tick (100 ticks a second)
 * 0x1e0 ticksPerHeartbeat  ticks between two lines on COM1; 0 for no lines
 * 0x1e4 hogPages           pages behind the filled ones that are written once, after those, and free from then on
 * </pre>
 *
 * Running, it keeps a status block of little-endian words at 0x7e00, right behind itself in the same page:
 *
 * <pre>
 * 0x7e00 filled            pages filled so far; goes up after a page is whole
 * 0x7e04 heartbeats        lines said so far; goes up before a line is said
 * 0x7e08 touched           touches so far, 64 bits; goes up after a touch
 * 0x7e10 hogged            pages of the hog written so far; goes up after a page is
 * 0x7e14                   command id, and a report, for whoever asks about free pages: see {@link FreePagePorts}
 * </pre>
 *
 * A filled page p (guest-physical address p * 4096) holds p, the complement of p, and a counter of touches, and is zero
 * behind them. Touches go round the set in the order of addresses, so between any two instructions: with
 * {@code c = touched / setPages}, counters are c + 1 for the first {@code touched % setPages} pages, c for the rest, except
 * that the page between may be touched already; outside the set they are 0. A page lost, stale, torn or misplaced shows. A
 * page of the hog holds its own address, and is zero behind that, until all of them are written; then it may hold anything.
 */
record Heartbeat(int fillPages, int setPages, int touchesPerTick, int ticksPerHeartbeat, int hogPages) {
    static final int FIRST_PAGE = 0x100;
    /** Where the block is in the image. */
    static final int OFFSET = 0x1d0;
    static final int BYTES = 24;

    private static final int MAGIC = 0x57444f47; // GODW
    private static final int MAX_FILL_PAGES = (64 << 20) / 4096;
    private static final int TOUCHES_PER_TICK = 16; // 6 MiB a second
    private static final int TICKS_PER_HEARTBEAT = 25; // four lines a second

    Heartbeat {
        if (fillPages < 0 || setPages < 0 || setPages > fillPages || touchesPerTick < 0
                || (touchesPerTick > 0 && setPages == 0) || ticksPerHeartbeat < 0
                || hogPages < 0) {
            throw new IllegalArgumentException("heartbeat: fill of " + fillPages + " pages, working set of " + setPages
                    + ", " + touchesPerTick + " touches per tick, " + ticksPerHeartbeat
                    + " ticks per heartbeat, hog of "
                    + hogPages + " pages");
        }
    }

    /** Without a hog. */
    Heartbeat(int fillPages, int setPages, int touchesPerTick, int ticksPerHeartbeat) {
        this(fillPages, setPages, touchesPerTick, ticksPerHeartbeat, 0);
    }

    /** A quarter of RAM is filled, 64 MiB at most; a quarter of that is dirtied, at 6 MiB a second. */
    static Heartbeat forRam(long ramBytes) {
        long low = Math.min(ramBytes, MemorySlots.LOW_BYTES) / 4096;
        int fill = Math.clamp(Math.min(ramBytes / 4096 / 4, low - FIRST_PAGE), 0, MAX_FILL_PAGES);
        int set = fill / 4;
        return new Heartbeat(fill, set, set == 0 ? 0 : TOUCHES_PER_TICK, TICKS_PER_HEARTBEAT);
    }

    /**
     * As {@link #forRam(long)}, with a hog.
     *
     * @throws IllegalArgumentException when it needs more than there is below 3 GiB
     */
    static Heartbeat forRam(long ramBytes, long hogBytes) {
        Heartbeat without = forRam(ramBytes);
        long room = Math.min(ramBytes, MemorySlots.LOW_BYTES) / 4096 - FIRST_PAGE - without.fillPages;
        if (hogBytes / 4096 > Math.max(0, room)) {
            throw new IllegalArgumentException(
                    "hog of " + hogBytes + " bytes, the built-in guest has room for " + Math.max(0, room) * 4096);
        }
        return new Heartbeat(without.fillPages, without.setPages, without.touchesPerTick, without.ticksPerHeartbeat,
                (int) (hogBytes / 4096));
    }

    /** Pages that are filled, and the hog's. */
    long usedPages() {
        return (long) fillPages + hogPages;
    }

    /** Whether {@code image} has room for a block and its magic. */
    static boolean isIn(byte[] image) {
        return image.length >= OFFSET + BYTES && words(image).getInt(OFFSET) == MAGIC;
    }

    /** Reads the block of an image that has one; any values may be in it. */
    static Heartbeat of(byte[] image) throws IOException {
        ByteBuffer words = words(image);
        try {
            return new Heartbeat(words.getInt(OFFSET + 4), words.getInt(OFFSET + 8), words.getInt(OFFSET + 12),
                    words.getInt(OFFSET + 16), words.getInt(OFFSET + 20));
        } catch (IllegalArgumentException e) {
            throw new IOException(e.getMessage(), e);
        }
    }

    /** Writes itself into an image that has a block. */
    void patch(byte[] image) {
        words(image).putInt(OFFSET + 4, fillPages).putInt(OFFSET + 8, setPages).putInt(OFFSET + 12, touchesPerTick)
                .putInt(OFFSET + 16, ticksPerHeartbeat).putInt(OFFSET + 20, hogPages);
    }

    private static ByteBuffer words(byte[] image) {
        return ByteBuffer.wrap(image).order(ByteOrder.LITTLE_ENDIAN);
    }
}
