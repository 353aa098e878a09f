package io.godwit.engine.incoming;

import io.godwit.engine.linux.NativeBuffer;
import io.godwit.engine.ram.RamBlock;
import io.godwit.protocol.stream.XbzrleDelta;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.jspecify.annotations.Nullable;

/** Applies deltas to pages, each copied out, changed and put back whole. Owns a page; allocates nothing per delta. One thread. */
final class DeltaLoader implements AutoCloseable {
    private final XbzrleDelta.Source source = this::byteAt;
    private final XbzrleDelta.Target target = this::copy;
    private @Nullable NativeBuffer page;
    private MemorySegment delta = MemorySegment.NULL;
    private long start;

    /** The delta is {@code length} bytes of {@code buffer} from {@code at} on. */
    void apply(RamBlock block, long offset, MemorySegment buffer, long at, int length) throws IOException {
        MemorySegment old = page().segment();
        block.read(offset, old, 0, RamBlock.PAGE_SIZE);
        delta = buffer;
        start = at;
        XbzrleDelta.apply(source, length, target);
        block.write(offset, old, 0, RamBlock.PAGE_SIZE);
    }

    /** Only a source with xbzrle makes it needed. */
    private NativeBuffer page() {
        NativeBuffer own = page;
        if (own == null) {
            own = new NativeBuffer(RamBlock.PAGE_SIZE);
            page = own;
        }
        return own;
    }

    private int byteAt(int index) {
        return delta.get(ValueLayout.JAVA_BYTE, start + index);
    }

    private void copy(int index, int offset, int length) {
        MemorySegment.copy(delta, start + index, page().segment(), offset, length);
    }

    @Override
    public void close() {
        NativeBuffer own = page;
        if (own != null) {
            own.close();
        }
    }
}
