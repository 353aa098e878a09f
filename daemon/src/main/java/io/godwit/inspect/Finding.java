package io.godwit.inspect;

/** Damage, or what else keeps the input from being loaded. */
public sealed interface Finding {

    /** Where, in bytes from the file's first one. */
    long offset();

    /** What is wrong, got against expected, without the offset; nothing in it can act on a terminal. */
    String sentence();

    /**
     * The input ends too early.
     *
     * @param offset where it ends
     * @param within what it ends in, which begins at byte {@code began}
     */
    record Truncated(long offset, String within, long began) implements Finding {
        @Override
        public String sentence() {
            return "the input ends within %s, which begins at byte %d; expected more".formatted(within, began);
        }
    }

    /** A value is not what it has to be. */
    record Unexpected(long offset, String what, String got, String expected) implements Finding {
        public Unexpected {
            got = Printable.of(got);
            what = Printable.of(what);
        }

        @Override
        public String sentence() {
            return "%s: got %s, expected %s".formatted(what, got, expected);
        }
    }

    /** A structure that begins at {@code offset} could not be understood; the sentence has got and expected. */
    record Malformed(long offset, String sentence) implements Finding {
        public Malformed {
            sentence = Printable.of(sentence);
        }
    }

    /** Bytes after the end. */
    record LeftOver(long offset, long bytes) implements Finding {
        @Override
        public String sentence() {
            return "%d bytes left over after the end, expected 0".formatted(bytes);
        }
    }

    /**
     * No bitmap has a bit, yet there is data where the pages are: QEMU's background-snapshot with mapped-ram never writes
     * its bitmaps. A loader would take every page for zero.
     *
     * @param offset of the first byte that is not zero
     */
    record EmptyBitmaps(long offset) implements Finding {
        @Override
        public String sentence() {
            return "a page with data, but all page bitmaps are empty, expected a bit for it: as QEMU's "
                    + "background-snapshot with mapped-ram leaves a file; 'godwit repair' rebuilds the bitmaps";
        }
    }
}
