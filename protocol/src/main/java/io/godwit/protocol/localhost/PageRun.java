package io.godwit.protocol.localhost;

import io.godwit.protocol.stream.MalformedStreamException;

/**
 * What stands before pages in a pipe: whose they are.
 *
 * <pre>
 * be32 block, be32 length, be64 offset, then length bytes; of length 0: nothing follows any more
 * </pre>
 *
 * @param block the block's place in the list of the Hello
 * @param offset bytes from its start
 * @param length of whole pages, at most {@link #MAX_BYTES}; 0 for the end
 */
public record PageRun(int block, int length, long offset) {
    /** Bytes on the wire. */
    public static final int BYTES = 16;
    /** Bytes of the longest run: a huge page's. */
    public static final int MAX_BYTES = 2 << 20;
    /** What follows the last run. */
    public static final PageRun END = new PageRun(0, 0, 0);

    private static final int PAGE_SIZE = 4096;

    public boolean isEnd() {
        return length == 0;
    }

    /**
     * One that came, checked.
     *
     * @param blockBytes how long the block is; less than 0 when there is none of that number
     */
    public PageRun checked(long blockBytes) throws MalformedStreamException {
        if (isEnd()) {
            return this;
        }
        if (blockBytes < 0) {
            throw new MalformedStreamException("pages of RAM block " + Integer.toUnsignedString(block)
                    + ", which the hello does not list");
        }
        boolean whole = length % PAGE_SIZE == 0 && offset % PAGE_SIZE == 0;
        if (!whole || length < 0 || length > MAX_BYTES || offset < 0 || offset > blockBytes - length) {
            throw new MalformedStreamException(
                    "run of %s bytes at %s of a RAM block of %d, expected whole pages, at most %d"
                            .formatted(Integer.toUnsignedString(length), Long.toUnsignedString(offset), blockBytes,
                                    MAX_BYTES));
        }
        return this;
    }
}
