package io.godwit.engine.localhost;

import io.godwit.engine.linux.Fd;
import io.godwit.engine.linux.IoVector;
import io.godwit.engine.linux.NativeBuffer;
import io.godwit.engine.ram.MemoryBlock;
import io.godwit.engine.ram.RamBlock;
import io.godwit.protocol.localhost.PageRun;
import java.io.EOFException;
import java.io.IOException;
import java.util.List;
import java.util.function.LongConsumer;

/**
 * Takes pages out of a pipe into guest memory: this is where each is copied, once, by the kernel. Owns its buffer; the pipe is
 * lent. One thread.
 */
final class PageTaker implements AutoCloseable {
    private final Fd pipe;
    private final Patience patience;
    private final LongConsumer taken;
    private final IoVector pieces = new IoVector();
    private final NativeBuffer header = new NativeBuffer(PageRun.BYTES);

    /**
     * @param pipe a reading end, known to be one
     * @param taken told how many bytes have come, run by run
     */
    PageTaker(Fd pipe, Patience patience, LongConsumer taken) {
        this.pipe = pipe;
        this.patience = patience;
        this.taken = taken;
    }

    /** Takes everything up to the end mark, and notes it in {@code held}. */
    void take(HeldPages held) throws IOException {
        for (PageRun run = next(held.blocks()); !run.isEnd(); run = next(held.blocks())) {
            pieces.add(held.blocks().get(run.block()).memory(), run.offset(), run.length());
            readAll();
            long from = run.offset() / RamBlock.PAGE_SIZE;
            held.of(run.block()).setRange(from, from + run.length() / RamBlock.PAGE_SIZE);
            taken.accept(run.length());
        }
    }

    private PageRun next(List<MemoryBlock> blocks) throws IOException {
        pieces.add(header.segment(), 0, PageRun.BYTES);
        readAll();
        var bytes = header.segment().asByteBuffer();
        var run = new PageRun(bytes.getInt(), bytes.getInt(), bytes.getLong());
        boolean known = run.block() >= 0 && run.block() < blocks.size();
        return run.checked(known ? blocks.get(run.block()).byteSize() : -1);
    }

    private void readAll() throws IOException {
        while (pieces.byteSize() > 0) {
            long got = pieces.takeFrom(pipe);
            if (got == Fd.WOULD_BLOCK) {
                patience.awaitReadable(pipe);
            } else if (got == 0) {
                throw new EOFException("the other side has gone while pages were moving");
            }
        }
    }

    @Override
    public void close() {
        pieces.close();
        header.close();
    }
}
