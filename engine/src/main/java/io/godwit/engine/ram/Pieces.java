package io.godwit.engine.ram;

import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/**
 * All pages of all blocks in pieces of 4 MiB, each given out once to whoever asks next. A piece is whole words of a bitmap, so
 * that two threads never write the same one. Any thread.
 */
public final class Pieces {
    /** Pages in a piece. */
    private static final long PAGES = 1024;

    private final long[] firstPieces;
    private final long[] pages;
    private final AtomicLong next = new AtomicLong();

    public Pieces(List<? extends RamBlock> blocks) {
        pages = blocks.stream().mapToLong(RamBlock::pages).toArray();
        firstPieces = new long[pages.length + 1];
        for (int i = 0; i < pages.length; i++) {
            firstPieces[i + 1] = firstPieces[i] + Math.ceilDiv(pages[i], PAGES);
        }
    }

    /** What to do with a piece: pages {@code from} up to, not including, {@code to} of the block at {@code index}. */
    @FunctionalInterface
    public interface Taker<E extends Exception> {
        void take(int index, long from, long to) throws E;
    }

    /** Gives {@code taker} pieces until there are no more. */
    public <E extends Exception> void takeAll(Taker<E> taker) throws E {
        int index = 0;
        for (long piece = next.getAndIncrement(); piece < firstPieces[pages.length]; piece = next.getAndIncrement()) {
            while (piece >= firstPieces[index + 1]) {
                index++;
            }
            long from = (piece - firstPieces[index]) * PAGES;
            taker.take(index, from, Math.min(pages[index], from + PAGES));
        }
    }

    /** Gives out no more. */
    public void stop() {
        next.set(firstPieces[pages.length]);
    }
}
