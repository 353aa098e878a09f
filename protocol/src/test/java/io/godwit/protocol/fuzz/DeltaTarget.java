package io.godwit.protocol.fuzz;

import io.godwit.protocol.stream.MalformedStreamException;
import io.godwit.protocol.stream.XbzrleDelta;

/** The data of an XBZRLE record: refused as malformed, or applied within the page and within the data, forwards only. */
public final class DeltaTarget {
    private static final int PAGE_SIZE = 4096;

    private DeltaTarget() {}

    public static void fuzzerTestOneInput(byte[] input) {
        var page = new Page(input.length);
        try {
            XbzrleDelta.apply(index -> input[index], input.length, page);
        } catch (MalformedStreamException refused) {
            var _ = refused.getMessage();
        }
    }

    /** Remembers up to where data and page have been used. */
    private static final class Page implements XbzrleDelta.Target {
        private final int length;
        private int used;
        private int filled;

        Page(int length) {
            this.length = length;
        }

        @Override
        public void copy(int index, int offset, int bytes) {
            if (bytes <= 0 || index < used || bytes > length - index || offset < filled || bytes > PAGE_SIZE - offset) {
                throw new AssertionError("%d bytes from %d of %d to %d in the page; before that came %d to %d"
                        .formatted(bytes, index, length, offset, used, filled));
            }
            used = index + bytes;
            filled = offset + bytes;
        }
    }
}
