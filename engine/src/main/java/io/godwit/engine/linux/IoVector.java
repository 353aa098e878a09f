package io.godwit.engine.linux;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.godwit.engine.linux.ffi.CString;
import io.godwit.engine.linux.ffi.Uio;
import java.lang.foreign.MemorySegment;

/**
 * Pieces of memory that one system call fills or empties, in their order: the {@code iovec}s of readv(2) and writev(2). Owns
 * their list, not the memory, which has to stay until the list is used up or cleared. Pieces side by side become one. No call
 * allocates. One thread.
 */
public final class IoVector implements AutoCloseable {
    /** Pieces it can hold, besides the one of {@link #addFirst}. */
    public static final int CAPACITY = Uio.UIO_MAXIOV - 1;

    private static final long ELEMENT = Uio.IOVEC.byteSize();
    private static final long LENGTH_AT = Long.BYTES;
    /** One place is kept free before the pieces. */
    private static final int START = 1;

    private final NativeBuffer list = new NativeBuffer((START + CAPACITY) * ELEMENT);
    private final MemorySegment elements = list.segment();
    private int first = START;
    private int end = START;
    private long bytes;

    /** Bytes of all pieces that are left. */
    public long byteSize() {
        return bytes;
    }

    /** Adds a piece of a native buffer. */
    public void add(MemorySegment buffer, long offset, long length) {
        add(NativeRange.address(buffer, offset, length), length);
    }

    /** Adds a piece of guest memory. */
    public void add(Mapping memory, long offset, long length) {
        add(memory.at(offset, length), length);
    }

    /** Puts a piece of a native buffer before the others, of which none has been used: once. */
    public void addFirst(MemorySegment buffer, long offset, long length) {
        if (first != START) {
            throw new IllegalStateException("there is a first piece already, or some have been used");
        }
        if (length > 0) {
            first--;
            set(first, NativeRange.address(buffer, offset, length), length);
            bytes += length;
        }
    }

    private void add(long address, long length) {
        if (length == 0) {
            return;
        }
        if (end > first && base(end - 1) + length(end - 1) == address) {
            set(end - 1, base(end - 1), length(end - 1) + length);
        } else {
            if (end == START + CAPACITY) {
                throw new IllegalStateException("more than " + CAPACITY + " pieces for one call");
            }
            set(end, address, length);
            end++;
        }
        bytes += length;
    }

    /** One readv(2) into what is left, which is then less: bytes read, 0 at the end, or {@link Fd#WOULD_BLOCK}. */
    public long readFrom(Fd source) throws ErrnoException {
        return used(source.readInto(this));
    }

    /** One writev(2) of what is left, which is then less: bytes written or {@link Fd#WOULD_BLOCK}. */
    public long writeTo(Fd target) throws ErrnoException {
        return used(target.writeFrom(this));
    }

    /**
     * One vmsplice(2) of what is left, which is then less: bytes of whole pages that the pipe took or {@link Fd#WOULD_BLOCK}. The
     * pages are not copied: the pipe refers to them, and keeps them when the memory is given back. They must not be written to
     * any more.
     */
    public long giveTo(Fd pipe) throws ErrnoException {
        return used(pipe.spliceFrom(this));
    }

    /**
     * One vmsplice(2) into what is left, which is then less: bytes that were in the pipe, 0 at its end, or {@link Fd#WOULD_BLOCK}.
     * They are copied, as by {@link #readFrom}, but with the pipe locked once and not page by page. {@code pipe} must be a
     * reading end and no other: the same call gives memory to a writing end.
     */
    public long takeFrom(Fd pipe) throws ErrnoException {
        return used(pipe.spliceInto(this));
    }

    /** Fills the first pieces from a native buffer, as if it had been read; at most {@link #byteSize}. */
    public void fill(MemorySegment source, long offset, long length) {
        if (length > bytes) {
            throw new IllegalArgumentException("fill " + length + " bytes, there is room for " + bytes);
        }
        for (long done = 0; done < length;) {
            long part = Math.min(length - done, length(first));
            CString.memcpy(base(first), NativeRange.address(source, offset + done, part), part);
            used(part);
            done += part;
        }
    }

    /** Empties the first pieces into a native buffer, as if it had been written there; at most {@link #byteSize}. */
    public void drain(MemorySegment target, long offset, long length) {
        if (length > bytes) {
            throw new IllegalArgumentException("drain " + length + " bytes of " + bytes);
        }
        for (long done = 0; done < length;) {
            long part = Math.min(length - done, length(first));
            CString.memcpy(NativeRange.address(target, offset + done, part), base(first), part);
            used(part);
            done += part;
        }
    }

    private long used(long count) {
        for (long left = count; left > 0;) {
            long part = Math.min(left, length(first));
            if (part == length(first)) {
                first++;
            } else {
                set(first, base(first) + part, length(first) - part);
            }
            left -= part;
            bytes -= part;
        }
        if (bytes == 0) {
            clear();
        }
        return count;
    }

    /** Forgets all pieces. */
    public void clear() {
        first = START;
        end = START;
        bytes = 0;
    }

    /** The address of the elements that are left; {@link #count} of them. */
    long address() {
        return NativeRange.address(elements, first * ELEMENT, (end - first) * ELEMENT);
    }

    int count() {
        return end - first;
    }

    private void set(int index, long base, long length) {
        elements.set(JAVA_LONG, index * ELEMENT, base);
        elements.set(JAVA_LONG, index * ELEMENT + LENGTH_AT, length);
    }

    private long base(int index) {
        return elements.get(JAVA_LONG, index * ELEMENT);
    }

    private long length(int index) {
        return elements.get(JAVA_LONG, index * ELEMENT + LENGTH_AT);
    }

    @Override
    public void close() {
        list.close();
    }
}
