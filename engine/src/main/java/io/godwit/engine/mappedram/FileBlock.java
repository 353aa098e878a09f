package io.godwit.engine.mappedram;

import io.godwit.engine.channel.Channel;
import io.godwit.engine.linux.Fd;
import io.godwit.engine.ram.PageBitmap;
import io.godwit.engine.seal.Seal;
import io.godwit.engine.seal.Sealing;
import io.godwit.protocol.mappedram.MappedRamLayout;
import java.io.EOFException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * RAM in a mapped-ram file that is being written, and is read when it is whole. Everything belongs to its
 * {@link MappedRamFile}. Any thread; what is written guards itself by {@code writes}, which all blocks share.
 */
final class FileBlock extends PlacedBlock {
    private final Channel channel;
    private final WriteBehind writes;
    private final PageBitmap written;

    FileBlock(MappedRamLayout.Block place, Channel channel, Fd file, WriteBehind writes) {
        super(place, file, new PageBitmap(place.entry().lengthBytes() / PAGE_SIZE));
        this.channel = channel;
        this.writes = writes;
        written = new PageBitmap(pages());
    }

    @Override
    @Nullable
    Seal seal() {
        return channel.seal();
    }

    /** Which pages have ever been written here, whatever became of them. */
    PageBitmap written() {
        return written;
    }

    @Override
    public void read(long offset, MemorySegment target, long at, long length) throws IOException {
        flush();
        super.read(offset, target, at, length);
    }

    private void flush() throws IOException {
        synchronized (writes) {
            writes.flush();
        }
    }

    @Override
    public void write(long offset, MemorySegment source, long at, long length) throws IOException {
        synchronized (writes) {
            writes.write(inFile(offset), source, at, length);
            Sealing sealing = channel.sealing();
            if (sealing != null) {
                sealing.note(source, at, length, inFile(offset));
            }
            note(offset, length);
        }
    }

    private void note(long offset, long length) {
        present().setRange(offset / PAGE_SIZE, (offset + length) / PAGE_SIZE);
        written.setRange(offset / PAGE_SIZE, (offset + length) / PAGE_SIZE);
    }

    @Override
    public void zero(long offset, long length) {
        synchronized (writes) {
            present().clearRange(offset / PAGE_SIZE, (offset + length) / PAGE_SIZE);
        }
    }

    @Override
    public void loadFrom(Fd source, long fileOffset, long offset, long length) throws IOException {
        flush();
        long copied = source.copyRange(file(), fileOffset, inFile(offset), length);
        if (copied < length) {
            throw new EOFException("the file ends at byte %d, in the pages of block '%s', of which %d bytes are missing"
                    .formatted(fileOffset + copied, name(), length - copied));
        }
        synchronized (writes) {
            Sealing sealing = channel.sealing();
            if (sealing != null) {
                sealing.forget(inFile(offset), length); // it is read back when all of it is there
            }
            note(offset, length);
        }
    }
}
