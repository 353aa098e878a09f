package io.godwit.engine.restore;

import java.util.Arrays;

/** Which pages a restore was asked for, in their order: the first of them. Written by one thread at a time, read after it. */
final class TouchLog {
    private int[] blocks = new int[1024];
    private long[] pages = new long[1024];
    private int count;

    void add(int block, long page) {
        if (count == FirstTouches.MOST) {
            return;
        }
        if (count == blocks.length) {
            blocks = Arrays.copyOf(blocks, 2 * count);
            pages = Arrays.copyOf(pages, 2 * count);
        }
        blocks[count] = block;
        pages[count] = page;
        count++;
    }

    int count() {
        return count;
    }

    int block(int index) {
        return blocks[index];
    }

    long page(int index) {
        return pages[index];
    }
}
