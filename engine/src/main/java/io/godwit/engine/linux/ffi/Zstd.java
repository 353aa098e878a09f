package io.godwit.engine.linux.ffi;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.util.Optional;

/**
 * zstd.h of libzstd 1.4 and later, which every Debian has (dpkg needs it). Results are sizes, or error codes by
 * {@link #ZSTD_isError}. Where the library is missing every call returns 0: ask {@link #isPresent} first.
 */
public final class Zstd {
    public static final int ZSTD_c_compressionLevel = 100;
    public static final int ZSTD_d_windowLogMax = 100;
    public static final int ZSTD_e_flush = 1;

    /** ZSTD_inBuffer and ZSTD_outBuffer alike. */
    public static final StructLayout BUFFER = MemoryLayout.structLayout(JAVA_LONG.withName("buf"),
            JAVA_LONG.withName("size"), JAVA_LONG.withName("pos"));

    private static final Optional<SymbolLookup> LIBRARY = HostLibrary.load("libzstd.so.1");
    private static final FunctionDescriptor NEW = FunctionDescriptor.of(JAVA_LONG);
    private static final FunctionDescriptor ON_CONTEXT = FunctionDescriptor.of(JAVA_LONG, JAVA_LONG);
    private static final FunctionDescriptor SET = FunctionDescriptor.of(JAVA_LONG, JAVA_LONG, JAVA_INT, JAVA_INT);

    private static final MethodHandle CREATE_CCTX = link("ZSTD_createCCtx", NEW);
    private static final MethodHandle FREE_CCTX = link("ZSTD_freeCCtx", ON_CONTEXT);
    private static final MethodHandle CCTX_SET_PARAMETER = link("ZSTD_CCtx_setParameter", SET);
    private static final MethodHandle COMPRESS_STREAM2 = link("ZSTD_compressStream2",
            FunctionDescriptor.of(JAVA_LONG, JAVA_LONG, ADDRESS, ADDRESS, JAVA_INT));
    private static final MethodHandle CREATE_DCTX = link("ZSTD_createDCtx", NEW);
    private static final MethodHandle FREE_DCTX = link("ZSTD_freeDCtx", ON_CONTEXT);
    private static final MethodHandle DCTX_SET_PARAMETER = link("ZSTD_DCtx_setParameter", SET);
    private static final MethodHandle DECOMPRESS_STREAM = link("ZSTD_decompressStream",
            FunctionDescriptor.of(JAVA_LONG, JAVA_LONG, ADDRESS, ADDRESS));
    private static final MethodHandle IS_ERROR = link("ZSTD_isError", FunctionDescriptor.of(JAVA_INT, JAVA_LONG));
    private static final MethodHandle GET_ERROR_CODE = link("ZSTD_getErrorCode",
            FunctionDescriptor.of(JAVA_INT, JAVA_LONG));

    private Zstd() {}

    @SuppressWarnings("restricted") // Declared as zstd.h has them.
    private static MethodHandle link(String name, FunctionDescriptor signature) {
        return LIBRARY.map(library -> Linker.nativeLinker().downcallHandle(library.findOrThrow(name), signature))
                .orElseGet(() -> MethodHandles.empty(signature.toMethodType()));
    }

    public static boolean isPresent() {
        return LIBRARY.isPresent();
    }

    /** A compression context's address, or 0. */
    public static long ZSTD_createCCtx() {
        try {
            return (long) CREATE_CCTX.invokeExact();
        } catch (Throwable t) {
            throw CallState.rethrow("ZSTD_createCCtx", t);
        }
    }

    public static long ZSTD_freeCCtx(long cctx) {
        try {
            return (long) FREE_CCTX.invokeExact(cctx);
        } catch (Throwable t) {
            throw CallState.rethrow("ZSTD_freeCCtx", t);
        }
    }

    public static long ZSTD_CCtx_setParameter(long cctx, int parameter, int value) {
        try {
            return (long) CCTX_SET_PARAMETER.invokeExact(cctx, parameter, value);
        } catch (Throwable t) {
            throw CallState.rethrow("ZSTD_CCtx_setParameter", t);
        }
    }

    /** How many bytes are still within; both are {@link #BUFFER}s. */
    public static long ZSTD_compressStream2(long cctx, MemorySegment output, MemorySegment input, int endOp) {
        try {
            return (long) COMPRESS_STREAM2.invokeExact(cctx, output, input, endOp);
        } catch (Throwable t) {
            throw CallState.rethrow("ZSTD_compressStream2", t);
        }
    }

    /** A decompression context's address, or 0. */
    public static long ZSTD_createDCtx() {
        try {
            return (long) CREATE_DCTX.invokeExact();
        } catch (Throwable t) {
            throw CallState.rethrow("ZSTD_createDCtx", t);
        }
    }

    public static long ZSTD_freeDCtx(long dctx) {
        try {
            return (long) FREE_DCTX.invokeExact(dctx);
        } catch (Throwable t) {
            throw CallState.rethrow("ZSTD_freeDCtx", t);
        }
    }

    public static long ZSTD_DCtx_setParameter(long dctx, int parameter, int value) {
        try {
            return (long) DCTX_SET_PARAMETER.invokeExact(dctx, parameter, value);
        } catch (Throwable t) {
            throw CallState.rethrow("ZSTD_DCtx_setParameter", t);
        }
    }

    /** A hint at how much input is missing; both are {@link #BUFFER}s. */
    public static long ZSTD_decompressStream(long dctx, MemorySegment output, MemorySegment input) {
        try {
            return (long) DECOMPRESS_STREAM.invokeExact(dctx, output, input);
        } catch (Throwable t) {
            throw CallState.rethrow("ZSTD_decompressStream", t);
        }
    }

    public static boolean ZSTD_isError(long result) {
        try {
            return (int) IS_ERROR.invokeExact(result) != 0;
        } catch (Throwable t) {
            throw CallState.rethrow("ZSTD_isError", t);
        }
    }

    /** One of zstd_errors.h. */
    public static int ZSTD_getErrorCode(long result) {
        try {
            return (int) GET_ERROR_CODE.invokeExact(result);
        } catch (Throwable t) {
            throw CallState.rethrow("ZSTD_getErrorCode", t);
        }
    }
}
