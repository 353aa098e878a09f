package io.godwit.engine.mappedram;

import io.godwit.engine.linux.Fd;
import io.godwit.engine.ram.PageBitmap;
import io.godwit.engine.ram.PageReader;
import io.godwit.engine.seal.BrokenSealException;
import io.godwit.engine.seal.Seal;
import io.godwit.protocol.mappedram.MappedRamLayout;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * A block of a saved guest as one flow reads it: whoever looks on learns which pages were fetched out of turn, and which could
 * not be. It is never written. Everything is lent by its {@link SavedGuest}.
 */
final class SavedBlock extends PlacedBlock {
    private final @Nullable Seal seal;
    private final long memoryPageBytes;
    private final SavedGuest.Onlooker onlooker;
    private final PageBitmap touched;

    /**
     * @param touched the pages that do not read as zero where the guest is going, unless they are sent
     */
    SavedBlock(MappedRamLayout.Block place, Fd file, PageBitmap present, @Nullable Seal seal,
            long memoryPageBytes, SavedGuest.Onlooker onlooker, PageBitmap touched) {
        super(place, file, present);
        this.seal = seal;
        this.memoryPageBytes = memoryPageBytes;
        this.onlooker = onlooker;
        this.touched = touched;
    }

    @Override
    public void addTouched(PageBitmap into) {
        into.or(touched);
    }

    @Override
    @Nullable
    Seal seal() {
        return seal;
    }

    @Override
    public long memoryPageBytes() {
        return memoryPageBytes;
    }

    @Override
    public void read(long offset, MemorySegment target, long at, long length) throws IOException {
        try {
            super.read(offset, target, at, length);
        } catch (IOException e) {
            throw told(offset, e);
        }
    }

    private IOException told(long offset, IOException e) {
        onlooker.unreadable(e instanceof BrokenSealException broken ? broken.offset() : inFile(offset), e);
        return e;
    }

    @Override
    public PageReader reader() {
        return new Watched(super.reader());
    }

    @Override
    public PageReader readerOutOfTurn() {
        return new Watched(super.readerOutOfTurn());
    }

    /** What fails is told of. */
    private final class Watched implements PageReader {
        private final PageReader pages;

        Watched(PageReader pages) {
            this.pages = pages;
        }

        @Override
        public void read(long offset, MemorySegment target, long at) throws IOException {
            try {
                pages.read(offset, target, at);
            } catch (IOException e) {
                throw told(offset, e);
            }
        }

        @Override
        public void close() {
            pages.close();
        }
    }

    @Override
    public void write(long offset, MemorySegment source, long at, long length) {
        throw onlyRead();
    }

    @Override
    public void zero(long offset, long length) {
        throw onlyRead();
    }

    @Override
    public void loadFrom(Fd source, long fileOffset, long offset, long length) {
        throw onlyRead();
    }

    private static UnsupportedOperationException onlyRead() {
        return new UnsupportedOperationException("a saved guest is only read");
    }
}
