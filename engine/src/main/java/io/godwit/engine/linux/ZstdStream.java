package io.godwit.engine.linux;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.godwit.engine.linux.ffi.Zstd;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * One zstd frame that is never ended, in pieces that are flushed: one side of it. Owns a context of the host's libzstd. One
 * thread.
 */
public final class ZstdStream implements AutoCloseable {
    /** 64 MiB: what level 20, the highest of QEMU's, may make a decompressor keep, and some more. */
    private static final int MAX_WINDOW_LOG = 26;
    private static final long POS = 16;

    private final Arena arena = Arena.ofShared();
    private final MemorySegment in = arena.allocate(Zstd.BUFFER);
    private final MemorySegment out = arena.allocate(Zstd.BUFFER);
    private final boolean compresses;
    private long context;

    private ZstdStream(boolean compresses, int parameter, int value) throws IOException {
        this.compresses = compresses;
        if (!Zstd.isPresent()) {
            arena.close();
            throw new IOException("zstd: there is no libzstd.so.1 on this host");
        }
        context = compresses ? Zstd.ZSTD_createCCtx() : Zstd.ZSTD_createDCtx();
        try {
            if (context == 0) {
                throw new IOException("zstd: no memory for a context");
            }
            check(compresses
                    ? Zstd.ZSTD_CCtx_setParameter(context, parameter, value)
                    : Zstd.ZSTD_DCtx_setParameter(context, parameter, value));
        } catch (IOException e) {
            close();
            throw e;
        }
    }

    /** The sending side; {@code level} is 0 to 20. */
    public static ZstdStream compressor(int level) throws IOException {
        return new ZstdStream(true, Zstd.ZSTD_c_compressionLevel, level);
    }

    /** The receiving side. */
    public static ZstdStream decompressor() throws IOException {
        return new ZstdStream(false, Zstd.ZSTD_d_windowLogMax, MAX_WINDOW_LOG);
    }

    /**
     * Turns {@code length} bytes of {@code source} into at most {@code capacity} of {@code target}; returns how many. All of
     * the source is used, and nothing stays within.
     *
     * @throws IOException when it is no zstd, or does not fit
     */
    public long run(MemorySegment source, long at, long length, MemorySegment target, long targetAt, long capacity)
            throws IOException {
        fill(in, NativeRange.address(source, at, length), length);
        fill(out, NativeRange.address(target, targetAt, capacity), capacity);
        while (true) {
            long left = check(compresses
                    ? Zstd.ZSTD_compressStream2(context, out, in, Zstd.ZSTD_e_flush)
                    : Zstd.ZSTD_decompressStream(context, out, in));
            boolean used = in.get(JAVA_LONG, POS) == length;
            long made = out.get(JAVA_LONG, POS);
            if (used && (compresses ? left == 0 : made < capacity || left == 0)) {
                return made;
            }
            if (made == capacity) {
                if (used && !compresses) {
                    return made;
                }
                throw new IOException("zstd: more than " + capacity + " bytes come out of " + length);
            }
        }
    }

    private static void fill(MemorySegment buffer, long address, long length) {
        buffer.set(JAVA_LONG, 0, address);
        buffer.set(JAVA_LONG, Long.BYTES, length);
        buffer.set(JAVA_LONG, POS, 0);
    }

    private static long check(long result) throws IOException {
        if (Zstd.ZSTD_isError(result)) {
            throw new IOException("zstd: error " + Zstd.ZSTD_getErrorCode(result) + " of zstd_errors.h");
        }
        return result;
    }

    @Override
    public void close() {
        if (!arena.scope().isAlive()) {
            return;
        }
        long freed = compresses ? Zstd.ZSTD_freeCCtx(context) : Zstd.ZSTD_freeDCtx(context);
        if (Zstd.ZSTD_isError(freed)) {
            throw new IllegalStateException("zstd context cannot be freed");
        }
        context = 0;
        arena.close();
    }
}
