package io.godwit.engine.ram;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Arrays;

/** A set of pages of one block, a bit each. One thread at a time; allocates nothing after construction. */
public final class PageBitmap {
    private static final VarHandle WORDS = MethodHandles.arrayElementVarHandle(long[].class);

    private final long[] words;
    private final long pages;

    public PageBitmap(long pages) {
        if (pages < 0 || pages > (long) Integer.MAX_VALUE * 32) {
            throw new IllegalArgumentException("pages: " + pages);
        }
        this.pages = pages;
        words = new long[Math.toIntExact((pages + 63) / 64)];
    }

    public long pages() {
        return pages;
    }

    public boolean get(long page) {
        return (words[(int) (page >>> 6)] & (1L << page)) != 0;
    }

    public void set(long page) {
        words[(int) (page >>> 6)] |= 1L << page;
    }

    /** As {@link #set}, while other threads do the same; they must have the bitmap to themselves for anything else. */
    public void setShared(long page) {
        if (!get(page)) {
            WORDS.getAndBitwiseOr(words, (int) (page >>> 6), 1L << page);
        }
    }

    /** As {@link #setRange}, while other threads call this or {@link #setShared}. */
    public void setRangeShared(long from, long to) {
        if (from >= to) {
            return;
        }
        int last = (int) ((to - 1) >>> 6);
        for (int i = (int) (from >>> 6); i <= last; i++) {
            orShared(i, bits(i, from, to));
        }
    }

    /** The bits of the word at {@code index}, one of those that a range has pages in, which are in the range. */
    private static long bits(int index, long from, long to) {
        long head = index == from >>> 6 ? -1L << from : -1L; // shifts count modulo 64
        long tail = index == (to - 1) >>> 6 ? -1L >>> -to : -1L;
        return head & tail;
    }

    private void orShared(int index, long bits) {
        if ((words[index] & bits) != bits) {
            WORDS.getAndBitwiseOr(words, index, bits);
        }
    }

    /** As {@link #get}, while other threads call {@link #setShared}. */
    public boolean getShared(long page) {
        return ((long) WORDS.getVolatile(words, (int) (page >>> 6)) & (1L << page)) != 0;
    }

    public void clear(long page) {
        words[(int) (page >>> 6)] &= ~(1L << page);
    }

    /** Adds the pages from {@code from} up to, not including, {@code to}. */
    public void setRange(long from, long to) {
        if (from >= to) {
            return;
        }
        int last = (int) ((to - 1) >>> 6);
        for (int i = (int) (from >>> 6); i <= last; i++) {
            words[i] |= bits(i, from, to);
        }
    }

    /** Takes out the pages from {@code from} up to, not including, {@code to}. */
    public void clearRange(long from, long to) {
        if (from >= to) {
            return;
        }
        int last = (int) ((to - 1) >>> 6);
        for (int i = (int) (from >>> 6); i <= last; i++) {
            words[i] &= ~bits(i, from, to);
        }
    }

    /** Adds 64 pages at once, as kernel bitmaps give them: bit 0 of {@code bits} is page {@code 64 * wordIndex}. */
    public void orWord(int wordIndex, long bits) {
        words[wordIndex] |= bits;
    }

    /** The pages {@code 64 * wordIndex} and the 63 after it. */
    public long word(int wordIndex) {
        return words[wordIndex];
    }

    /** As {@link #word}, while other threads call {@link #setShared}. */
    public long wordShared(int wordIndex) {
        return (long) WORDS.getVolatile(words, wordIndex);
    }

    public int wordCount() {
        return words.length;
    }

    /** Adds all pages of {@code other}, which must be of the same size. */
    public void or(PageBitmap other) {
        for (int i = 0; i < words.length; i++) {
            words[i] |= other.words[i];
        }
    }

    /** Takes out all pages of {@code other}, which must be of the same size. */
    public void remove(PageBitmap other) {
        for (int i = 0; i < words.length; i++) {
            words[i] &= ~other.words[i];
        }
    }

    /** Takes out all pages that {@code other}, which must be of the same size, has not. */
    public void retain(PageBitmap other) {
        for (int i = 0; i < words.length; i++) {
            words[i] &= other.words[i];
        }
    }

    /** Whether {@code other} is of the same size and has the same pages. */
    public boolean hasSamePages(PageBitmap other) {
        return pages == other.pages && Arrays.equals(words, other.words);
    }

    public void clearAll() {
        Arrays.fill(words, 0);
    }

    /** The first page in the set at or after {@code from}, or -1. */
    public long nextSet(long from) {
        return nextSet(from, pages);
    }

    /** The first page in the set at or after {@code from} and below {@code limit}, or -1. */
    public long nextSet(long from, long limit) {
        long end = Math.min(limit, pages);
        if (from >= end) {
            return -1;
        }
        int i = (int) (from >>> 6);
        int last = (int) ((end - 1) >>> 6);
        long word = words[i] & (-1L << from);
        while (word == 0) {
            if (++i > last) {
                return -1;
            }
            word = words[i];
        }
        long found = ((long) i << 6) + Long.numberOfTrailingZeros(word);
        return found < end ? found : -1;
    }

    /** The first page not in the set at or after {@code from}; {@link #pages} when there is none. */
    public long nextClear(long from) {
        return nextClear(from, pages);
    }

    /** The same, but {@code limit} when there is none below that: no word behind it is looked at. */
    public long nextClear(long from, long limit) {
        long end = Math.min(limit, pages);
        if (from >= end) {
            return end;
        }
        int i = (int) (from >>> 6);
        int last = (int) ((end - 1) >>> 6);
        long word = ~words[i] & (-1L << from);
        while (word == 0) {
            if (++i > last) {
                return end;
            }
            word = ~words[i];
        }
        return Math.min(end, ((long) i << 6) + Long.numberOfTrailingZeros(word));
    }

    /** How many pages are in the set. */
    public long cardinality() {
        long count = 0;
        for (long word : words) {
            count += Long.bitCount(word);
        }
        return count;
    }
}
