package io.godwit.engine.guest;

import io.godwit.engine.ram.PageBitmap;
import io.godwit.engine.ram.PendingPages;
import io.godwit.engine.ram.RamBlock;
import java.io.IOException;

/** Notes which pages of a guest are written while it is open. Closing it stops the noting. */
public interface DirtyLog extends AutoCloseable {

    /**
     * Adds the pages of {@code block} written since the last call (or since the start) to {@code into}, and notes anew
     * from here in the same step: no write falls between. Allocates nothing per page.
     */
    void takeDirty(RamBlock block, PageBitmap into) throws IOException;

    /** The same of all blocks of {@code into}, which are the guest's. */
    default void takeDirty(PendingPages into) throws IOException {
        for (int i = 0; i < into.blocks().size(); i++) {
            takeDirty(into.blocks().get(i), into.bitmap(i));
        }
    }

    /** As {@link #takeDirty(RamBlock, PageBitmap)}, in the middle of a pass, to see how it goes: the caller keeps what it is given for the pass's end. */
    default void takeEarly(RamBlock block, PageBitmap into) throws IOException {
        takeDirty(block, into);
    }

    /** The same of all blocks of {@code into}, which are the guest's; of some only when it fails. */
    default void takeEarly(PendingPages into) throws IOException {
        for (int i = 0; i < into.blocks().size(); i++) {
            takeEarly(into.blocks().get(i), into.bitmap(i));
        }
    }

    @Override
    void close();
}
