package io.godwit.engine.paging;

import java.io.IOException;

/** Where missing pages come from. Called by the fault thread, and by whoever asks once more after a recovery. */
@FunctionalInterface
public interface PageSource {

    /**
     * Asks for bytes of the block at {@code block}, a host page, to be installed as soon as may be; does not wait for them.
     * Allocates nothing.
     */
    void request(int block, long offset, int length) throws IOException;
}
