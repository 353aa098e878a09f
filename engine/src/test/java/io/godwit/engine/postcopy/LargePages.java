package io.godwit.engine.postcopy;

import io.godwit.engine.linux.Fd;
import io.godwit.engine.ram.PageBitmap;
import io.godwit.engine.ram.PageReader;
import io.godwit.engine.ram.RamBlock;
import java.lang.foreign.MemorySegment;

/** A block of large pages on paper: nothing can be read from it. */
record LargePages(long pages, long unit) implements RamBlock {

    @Override
    public String name() {
        return "large";
    }

    @Override
    public long byteSize() {
        return pages * PAGE_SIZE;
    }

    @Override
    public long memoryPageBytes() {
        return unit * PAGE_SIZE;
    }

    @Override
    public void addTouched(PageBitmap into) {
        throw nothingThere();
    }

    @Override
    public void read(long offset, MemorySegment target, long at, long length) {
        throw nothingThere();
    }

    @Override
    public PageReader reader() {
        throw nothingThere();
    }

    @Override
    public PageReader readerOutOfTurn() {
        throw nothingThere();
    }

    @Override
    public void write(long offset, MemorySegment source, long at, long length) {
        throw nothingThere();
    }

    @Override
    public void digestPages(long offset, long length, MemorySegment digests, long digestsAt) {
        throw nothingThere();
    }

    @Override
    public void zero(long offset, long length) {
        throw nothingThere();
    }

    @Override
    public long zeroEnd(long offset, long limit) {
        throw nothingThere();
    }

    @Override
    public long dataEnd(long offset, long limit) {
        throw nothingThere();
    }

    @Override
    public void saveTo(Fd file, long fileOffset, long offset, long length) {
        throw nothingThere();
    }

    @Override
    public void loadFrom(Fd file, long fileOffset, long offset, long length) {
        throw nothingThere();
    }

    @Override
    public void close() {}

    private static UnsupportedOperationException nothingThere() {
        return new UnsupportedOperationException("there is nothing in it");
    }
}
