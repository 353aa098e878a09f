package io.godwit.inspect;

import io.godwit.protocol.stream.RamBlockEntry;

/** Is told where each page of a stream's RAM lies in the file, in the order of the stream: the last one counts. */
interface RamListener {
    RamListener NONE = new RamListener() {
        @Override
        public void listed(RamBlockEntry block) {
            // Counted elsewhere.
        }

        @Override
        public void page(int block, long offset, long position) {
            // Counted elsewhere.
        }

        @Override
        public void zero(int block, long offset) {
            // Counted elsewhere.
        }

        @Override
        public void delta(int block, long offset) {
            // Counted elsewhere.
        }
    };

    /** Another block, numbered from 0 in the order of the list. */
    void listed(RamBlockEntry block);

    /** The page at {@code offset} of the block stands at {@code position} of the file. */
    void page(int block, long offset, long position);

    void zero(int block, long offset);

    void delta(int block, long offset);
}
