package io.godwit.engine.dirtyrate;

import io.godwit.engine.linux.Fd;
import io.godwit.engine.linux.Mapping;
import io.godwit.engine.linux.MemFd;
import io.godwit.engine.linux.NativeBuffer;
import io.godwit.engine.ram.MemoryBlock;
import io.godwit.engine.ram.RamBlock;
import java.io.IOException;

/** RAM that the test writes as a guest would. Owns its block. */
final class TestRam implements AutoCloseable {
    private static final int PAGE = RamBlock.PAGE_SIZE;

    enum Memory {
        ANONYMOUS,
        MEMFD;

        private Mapping map(long bytes) throws IOException {
            if (this == ANONYMOUS) {
                return Mapping.anonymous(bytes);
            }
            try (Fd memfd = MemFd.create("ram", bytes)) {
                return Mapping.shared(memfd, bytes);
            }
        }
    }

    private final MemoryBlock block;
    private final NativeBuffer page = new NativeBuffer(PAGE);

    TestRam(Memory memory, long mebibytes) throws IOException {
        block = new MemoryBlock("pc.ram", memory.map(mebibytes << 20));
        block.memory().setHugePages(false);
    }

    MemoryBlock block() {
        return block;
    }

    void writeAll(int value) {
        write(0, block.pages(), 1, value);
    }

    /** Fills each {@code step}th page from {@code from} up to, not including, {@code to}. */
    void write(long from, long to, int step, int value) {
        page.segment().fill((byte) value);
        for (long index = from; index < to; index += step) {
            block.memory().copyFrom(index * PAGE, page.segment(), 0, PAGE);
        }
    }

    @Override
    public void close() {
        block.close();
        page.close();
    }
}
