package io.godwit.engine.localhost;

import io.godwit.engine.linux.Errno;
import io.godwit.engine.linux.ErrnoException;
import io.godwit.engine.linux.Fd;
import io.godwit.engine.linux.IoVector;
import io.godwit.engine.linux.NativeBuffer;
import io.godwit.engine.ram.MemoryBlock;
import io.godwit.engine.ram.PageBitmap;
import io.godwit.engine.ram.RamBlock;
import io.godwit.protocol.localhost.PageRun;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.function.LongConsumer;

/**
 * Puts pages into a pipe by reference, and gives up each run of them as soon as the pipe has it: the pipe keeps a page that the
 * process has dropped, so nothing is copied on this side and nothing stays. A run never crosses a huge page's border, which
 * therefore goes, and is dropped, as a whole. Owns its buffer; the pipe is lent. One thread.
 */
final class PageGiver implements AutoCloseable {
    private static final long RUN_PAGES = PageRun.MAX_BYTES / RamBlock.PAGE_SIZE;

    private final Fd pipe;
    private final Patience patience;
    private final LongConsumer given;
    private final IoVector pieces = new IoVector();
    private final NativeBuffer header = new NativeBuffer(PageRun.BYTES);

    /** @param given told how many bytes have gone, run by run */
    PageGiver(Fd pipe, Patience patience, LongConsumer given) {
        this.pipe = pipe;
        this.patience = patience;
        this.given = given;
    }

    /** Gives everything that is {@code held}, or less when an abort is wanted meanwhile; and marks the end. */
    void give(HeldPages held, boolean evenIfAborted) throws IOException {
        try {
            for (int block = 0; block < held.blocks().size(); block++) {
                PageBitmap pages = held.of(block);
                for (long from = pages.nextSet(0); from >= 0
                        && (evenIfAborted || !patience.isAbortWanted()); from = pages.nextSet(from)) {
                    long border = from / RUN_PAGES * RUN_PAGES + RUN_PAGES;
                    long to = pages.nextClear(from, border);
                    give(block, held.blocks().get(block), from * RamBlock.PAGE_SIZE,
                            (int) ((to - from) * RamBlock.PAGE_SIZE));
                    pages.clearRange(from, to);
                }
            }
            put(PageRun.END);
        } catch (ErrnoException e) {
            throw e.errno() == Errno.EPIPE ? new IOException("the other side has gone while pages were moving", e) : e;
        }
    }

    private void give(int block, MemoryBlock ram, long offset, int length) throws IOException {
        put(new PageRun(block, length, offset));
        pieces.add(ram.memory(), offset, length);
        while (pieces.byteSize() > 0) {
            if (pieces.giveTo(pipe) == Fd.WOULD_BLOCK) {
                patience.awaitWritable(pipe);
            }
        }
        if (!ram.memory().isShared()) { // a memfd's page may be cut out of a larger one, whose rest is made zero in the pipe, too
            ram.memory().discard(offset, length);
        }
        given.accept(length);
    }

    private void put(PageRun run) throws IOException {
        ByteBuffer bytes = header.segment().asByteBuffer();
        bytes.putInt(run.block()).putInt(run.length()).putLong(run.offset());
        while (pipe.write(header.segment(), 0, PageRun.BYTES) == Fd.WOULD_BLOCK) { // all or nothing: a pipe's promise
            patience.awaitWritable(pipe);
        }
    }

    @Override
    public void close() {
        pieces.close();
        header.close();
    }
}
