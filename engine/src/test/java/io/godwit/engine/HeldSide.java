package io.godwit.engine;

import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import io.godwit.engine.guest.held.HeldGuest;
import io.godwit.engine.linux.NativeBuffer;
import io.godwit.engine.ram.RamBlock;
import io.godwit.protocol.qapi.RunState;
import java.io.IOException;
import java.nio.file.Path;

/** An end whose guest is only held. */
final class HeldSide extends End<HeldGuest, HeldSide> {

    private HeldSide(HeldGuest guest) {
        super(guest, RunState.INMIGRATE);
    }

    static HeldSide inMemory(long mostBytes) {
        return new HeldSide(HeldGuest.inMemory(mostBytes));
    }

    static HeldSide inFile(Path file, long mostBytes) {
        return new HeldSide(HeldGuest.inFile(file, mostBytes, true));
    }

    /** What a page is filled with, counted through all blocks: its last bytes. */
    long read(long index) throws IOException {
        return read(index, RamBlock.PAGE_SIZE - Long.BYTES);
    }

    /** What stands at byte {@code at} of a page. */
    long read(long index, long at) throws IOException {
        long left = index;
        for (RamBlock block : guest.ram()) {
            if (left < block.pages()) {
                try (var page = new NativeBuffer(RamBlock.PAGE_SIZE)) {
                    block.read(left * RamBlock.PAGE_SIZE, page.segment(), 0, RamBlock.PAGE_SIZE);
                    return page.segment().get(JAVA_LONG_UNALIGNED, at);
                }
            }
            left -= block.pages();
        }
        throw new IllegalArgumentException("page " + index + ": held are " + guest.ram());
    }

    @Override
    HeldSide self() {
        return this;
    }
}
