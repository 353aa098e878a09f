package io.godwit.engine.paging;

import io.godwit.engine.linux.FaultHandler;
import io.godwit.engine.linux.InstallOutcome;
import io.godwit.engine.linux.Mapping;
import io.godwit.engine.linux.NativeBuffer;
import io.godwit.engine.linux.Userfaultfd;
import io.godwit.engine.ram.RamBlock;
import io.godwit.protocol.stream.MalformedStreamException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * Puts pages into RAM that is waited for, and lets go on who waits. Where the host's pages are larger than the guest's, a host
 * page's worth is gathered first: its pages come in one run. One thread; allocates nothing per page.
 */
final class PageInstaller implements PageSink {
    private static final int PAGE_SIZE = RamBlock.PAGE_SIZE;

    private final PagedRam ram;
    private final FaultHandler handler;
    private @Nullable NativeBuffer gathering;
    private int gatheredBlock;
    private long gatheredUpTo;

    PageInstaller(PagedRam ram, Userfaultfd userfaultfd) {
        this.ram = ram;
        handler = new FaultHandler(userfaultfd);
    }

    @Override
    public void page(int block, long offset, MemorySegment buffer, long at) throws IOException {
        ram.received().expectNew(block, offset, PAGE_SIZE);
        if (ram.memory(block).pageSize() == PAGE_SIZE) {
            install(block, offset, buffer, at, PAGE_SIZE);
        } else {
            MemorySegment host = gather(block, offset);
            MemorySegment.copy(buffer, at, host, inHostPage(block, offset), PAGE_SIZE);
            installGathered(block, offset, host);
        }
    }

    @Override
    public void pages(int block, long offset, MemorySegment buffer, long at, long length) throws IOException {
        ram.received().expectNew(block, offset, length);
        install(block, offset, buffer, at, length);
    }

    @Override
    public void zero(int block, long offset) throws IOException {
        ram.received().expectNew(block, offset, PAGE_SIZE);
        Mapping memory = ram.memory(block);
        if (memory.pageSize() == PAGE_SIZE) {
            InstallOutcome outcome;
            do {
                outcome = handler.zero(memory, offset, PAGE_SIZE);
            } while (outcome == InstallOutcome.TRY_AGAIN);
            installed(outcome, block, offset, PAGE_SIZE);
        } else {
            MemorySegment host = gather(block, offset);
            host.asSlice(inHostPage(block, offset), PAGE_SIZE).fill((byte) 0);
            installGathered(block, offset, host);
        }
    }

    private void install(int block, long offset, MemorySegment buffer, long at, long length) throws IOException {
        Mapping memory = ram.memory(block);
        for (long done = 0; done < length; done += handler.installedBytes()) {
            InstallOutcome outcome = handler.copy(memory, offset + done, buffer, at + done, length - done, false);
            if (outcome != InstallOutcome.TRY_AGAIN) {
                installed(outcome, block, offset + done, handler.installedBytes());
            }
        }
    }

    private void installed(InstallOutcome outcome, int block, long offset, long length) throws IOException {
        switch (outcome) {
            case INSTALLED, PARTLY -> ram.installed(block, offset, length);
            case ALREADY_PRESENT -> throw new MalformedStreamException(
                    "page at offset 0x%x of block '%s' is there already: it comes in postcopy and was not discarded before"
                            .formatted(offset, ram.received().block(block).name()));
            case TRY_AGAIN, TARGET_GONE ->
                throw new IOException("page at offset 0x%x of block '%s' could not be put into place: %s"
                        .formatted(offset, ram.received().block(block).name(), outcome));
        }
    }

    private long inHostPage(int block, long offset) {
        return offset & (ram.memory(block).pageSize() - 1);
    }

    /** Where the host page of {@code offset} is put together; its pages come in ascending order. */
    private MemorySegment gather(int block, long offset) throws MalformedStreamException {
        long within = inHostPage(block, offset);
        if (within != 0 && (block != gatheredBlock || offset != gatheredUpTo)) {
            throw new MalformedStreamException(
                    "page at offset 0x%x of block '%s', expected 0x%x: a huge page comes in one run"
                            .formatted(offset, ram.received().block(block).name(), gatheredUpTo));
        }
        gatheredBlock = block;
        gatheredUpTo = offset + PAGE_SIZE;
        NativeBuffer buffer = gathering;
        if (buffer == null) {
            buffer = new NativeBuffer(ram.memory(block).pageSize());
            gathering = buffer;
        }
        return buffer.segment();
    }

    private void installGathered(int block, long offset, MemorySegment host) throws IOException {
        long size = ram.memory(block).pageSize();
        if (inHostPage(block, offset) == size - PAGE_SIZE) {
            install(block, offset + PAGE_SIZE - size, host, 0, size);
        }
    }

    @Override
    public void close() {
        handler.close();
        NativeBuffer buffer = gathering;
        if (buffer != null) {
            buffer.close();
        }
    }
}
