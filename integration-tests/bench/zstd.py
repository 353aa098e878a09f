"""The host's libzstd, as far as a multifd channel needs it: one frame that is flushed after each packet and never ended."""
import ctypes
import ctypes.util

COMPRESSION_LEVEL, FLUSH = 100, 1  # ZSTD_c_compressionLevel, ZSTD_e_flush


class Buffer(ctypes.Structure):
    """ZSTD_inBuffer and ZSTD_outBuffer."""
    _fields_ = [("address", ctypes.c_void_p), ("size", ctypes.c_size_t), ("position", ctypes.c_size_t)]

    @classmethod
    def over(cls, view):
        return cls(ctypes.addressof(ctypes.c_char.from_buffer(view)), len(view), 0)


def library():
    lib = ctypes.CDLL(ctypes.util.find_library("zstd") or "libzstd.so.1")
    for function in (lib.ZSTD_createCCtx, lib.ZSTD_createDCtx):
        function.restype = ctypes.c_void_p
    for function in (lib.ZSTD_compressStream2, lib.ZSTD_decompressStream, lib.ZSTD_CCtx_setParameter):
        function.restype = ctypes.c_size_t
    return lib


def most(length):
    """Bytes that come out of so many at most."""
    return length + (length >> 7) + 1024


class Context:
    def __init__(self, create, free):
        self.lib = library()
        self.context = ctypes.c_void_p(getattr(self.lib, create)())
        self.free = getattr(self.lib, free)

    def __enter__(self):
        return self

    def __exit__(self, *problem):
        self.free(self.context)

    def check(self, result):
        if self.lib.ZSTD_isError(ctypes.c_size_t(result)):
            raise ValueError("libzstd refuses")
        return result


class Compressor(Context):
    def __init__(self, level, longest):
        super().__init__("ZSTD_createCCtx", "ZSTD_freeCCtx")
        self.check(self.lib.ZSTD_CCtx_setParameter(self.context, COMPRESSION_LEVEL, level))
        self.made = memoryview(bytearray(most(longest)))

    def run(self, view):
        """What comes out of a packet; good until the next."""
        source, target = Buffer.over(view), Buffer.over(self.made)
        if self.check(self.lib.ZSTD_compressStream2(self.context, ctypes.byref(target), ctypes.byref(source), FLUSH)) != 0:
            raise ValueError("%d bytes do not suffice for what comes out of %d" % (len(self.made), len(view)))
        return self.made[:target.position]


class Decompressor(Context):
    def __init__(self):
        super().__init__("ZSTD_createDCtx", "ZSTD_freeDCtx")

    def run(self, data, view):
        """Fills a view with what comes out of a packet."""
        source, target = Buffer.over(data), Buffer.over(view)
        while target.position < target.size:
            before = source.position, target.position
            self.check(self.lib.ZSTD_decompressStream(self.context, ctypes.byref(target), ctypes.byref(source)))
            if (source.position, target.position) == before:
                raise ValueError("%d bytes come out of a packet, %d expected" % (target.position, len(view)))
