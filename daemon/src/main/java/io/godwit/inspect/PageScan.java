package io.godwit.inspect;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.function.LongConsumer;

/** Looks at the pages of a block in the order of the file, which is lent, in pieces of 1 MiB; allocates nothing per page. */
final class PageScan {
    private static final int WINDOW_BYTES = 1 << 20;
    private static final int PAGE_SIZE = MappedPages.PAGE_SIZE;

    private final FileChannel file;
    private final ByteBuffer window = ByteBuffer.allocateDirect(WINDOW_BYTES);
    private final ByteBuffer zero = ByteBuffer.allocateDirect(PAGE_SIZE).asReadOnlyBuffer();

    PageScan(FileChannel file) {
        this.file = file;
    }

    /** Is told of the pages that are not zero; whether to go on. */
    @FunctionalInterface
    interface Visitor {

        /** Another one, whose first byte that is not zero stands {@code firstByte} bytes into {@code content}. */
        boolean data(long page, ByteBuffer content, int firstByte) throws IOException;
    }

    /**
     * Visits the pages with data among the {@code length} bytes at {@code offset}; whether the visitor wanted all of them.
     *
     * @param progress told how many bytes have been looked at, after each piece
     */
    boolean scan(long offset, long length, LongConsumer progress, Visitor visitor)
            throws IOException {
        for (long done = 0; done < length; done += window.limit()) {
            window.position(0).limit((int) Math.min(WINDOW_BYTES, length - done));
            FileInput.readAt(file, offset + done, window);
            int size = window.limit();
            for (int at = 0; at < size; at += PAGE_SIZE) {
                window.position(at).limit(at + PAGE_SIZE);
                zero.position(0);
                int first = window.mismatch(zero);
                if (first >= 0 && !visitor.data((done + at) / PAGE_SIZE, window, first)) {
                    return false;
                }
            }
            window.limit(size);
            progress.accept(done + size);
        }
        return true;
    }
}
