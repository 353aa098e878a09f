"""What a file can take and give: the limit that a snapshot in it is measured against."""
import contextlib
import errno
import mmap
import os
import pathlib
import time

import sockets

PIECE = 1 << 20
DIRECT_PIECE = 4 << 20


def write(path, count, piece=PIECE, flags=0):
    """Seconds to write so many bytes of touched memory in sequence, and with the fsync after it."""
    with sockets.touched(count) as memory, memoryview(memory) as view:
        settle(path)
        sockets.prime(2 * count + (512 << 20))
        with opened(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | flags) as file:
            begun = time.monotonic()
            for offset in range(0, count, piece):
                os.pwrite(file, view[offset:offset + piece], offset)
            written = time.monotonic() - begun
            os.fsync(file)
            return written, time.monotonic() - begun


def write_direct(path, count):
    """The same past the page cache, in the pieces that suit that; nothing where the file system has no such way."""
    try:
        return write(path, count, DIRECT_PIECE, os.O_DIRECT)
    except OSError as problem:
        if problem.errno != errno.EINVAL:
            raise
        return None


def read(path, count):
    """Seconds to read so many bytes in sequence into fresh memory on huge pages."""
    with sockets.private(count, sockets.HUGE) as memory, memoryview(memory) as view, opened(path, os.O_RDONLY) as file:
        begun = time.monotonic()
        for offset in range(0, count, PIECE):
            if os.preadv(file, [view[offset:offset + PIECE]], offset) < min(PIECE, count - offset):
                raise EOFError("%s: ends before byte %d" % (path, count))
        return time.monotonic() - begun


def sync(path):
    """Seconds that an fsync takes."""
    with opened(path, os.O_RDONLY) as file:
        begun = time.monotonic()
        os.fsync(file)
        return time.monotonic() - begun


def settle(path):
    """There is no such file, on the device either, nor a seal of it, and nobody else's writing is under way."""
    path.unlink(missing_ok=True)
    path.with_name(path.name + ".seal").unlink(missing_ok=True)
    with opened(path.parent, os.O_RDONLY) as directory:
        os.fsync(directory)
    os.sync()


def evict(path):
    """Out of the page cache with it: who reads it next waits for the device."""
    with opened(path, os.O_RDONLY) as file:
        os.fsync(file)
        os.posix_fadvise(file, 0, 0, os.POSIX_FADV_DONTNEED)


def warm(path):
    """Into the page cache with all but its holes."""
    with opened(path, os.O_RDONLY) as file, mmap.mmap(-1, PIECE) as memory:
        size, offset = os.fstat(file).st_size, 0
        while offset < size:
            try:
                offset = os.lseek(file, offset, os.SEEK_DATA)
            except OSError:
                return  # a hole up to the end
            end = os.lseek(file, offset, os.SEEK_HOLE)
            while offset < end:
                offset += os.preadv(file, [memory], offset)


def device_of(directory):
    """Where a directory lies, in words."""
    path = str(pathlib.Path(directory).resolve()) + "/"
    mounts = [line.split() for line in pathlib.Path("/proc/self/mounts").read_text(encoding="utf-8").splitlines()]
    source, point, kind = max((mount[:3] for mount in mounts if path.startswith(mount[1].rstrip("/") + "/")),
                              key=lambda mount: len(mount[1]))
    return "%s on %s, mounted at %s" % (kind, source, point)


@contextlib.contextmanager
def opened(path, flags):
    file = os.open(path, flags, 0o600)
    try:
        yield file
    finally:
        os.close(file)
