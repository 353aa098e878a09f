"""How fast pages go from one process to another that has no room for them twice: the limit that a flip is measured against."""
import ctypes
import fcntl
import mmap
import os
import struct
import time

import sockets

RUN = 2 << 20
PIPE = 1 << 20
F_SETPIPE_SZ = 1031
SPLICE_F_GIFT = 8
LIBC = ctypes.CDLL(None, use_errno=True)


class Iovec(ctypes.Structure):
    _fields_ = [("base", ctypes.c_void_p), ("length", ctypes.c_size_t)]


LIBC.vmsplice.argtypes = [ctypes.c_int, ctypes.POINTER(Iovec), ctypes.c_ulong, ctypes.c_uint]
LIBC.vmsplice.restype = ctypes.c_ssize_t
LIBC.process_vm_readv.argtypes = [ctypes.c_int, ctypes.POINTER(Iovec), ctypes.c_ulong, ctypes.POINTER(Iovec), ctypes.c_ulong,
                                  ctypes.c_ulong]
LIBC.process_vm_readv.restype = ctypes.c_ssize_t


def address_of(memory):
    return ctypes.addressof(ctypes.c_char.from_buffer(memory))


def checked(result):
    if result <= 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return result


def splice(pipe, address, length, flags):
    done = 0
    while done < length:
        done += checked(LIBC.vmsplice(pipe, Iovec(address + done, length - done), 1, flags))


def give(memory, address, pipe, offset, _answers):
    splice(pipe, address + offset, RUN, SPLICE_F_GIFT)
    memory.madvise(mmap.MADV_DONTNEED, offset, RUN)


def lend(memory, _address, _pipe, offset, answers):
    """The other side has been told where it is; when it has copied a run, that can go."""
    os.read(answers, 1)
    memory.madvise(mmap.MADV_DONTNEED, offset, RUN)


def take_by_read(memory, _address, pipe, offset, *_others):
    with memoryview(memory) as view:
        done = 0
        while done < RUN:
            done += os.readv(pipe, [view[offset + done:offset + RUN]])


def take_by_vmsplice(_memory, address, pipe, offset, *_others):
    splice(pipe, address + offset, RUN, 0)


def take_by_process_vm_readv(_memory, address, _pipe, offset, source, there, answers):
    done = 0
    while done < RUN:
        done += checked(LIBC.process_vm_readv(source, Iovec(address + offset + done, RUN - done), 1,
                                              Iovec(there + offset + done, RUN - done), 1, 0))
    os.write(answers, b"d")


WAYS = {"vmsplice, read": (give, take_by_read), "vmsplice, vmsplice": (give, take_by_vmsplice),
        "process_vm_readv": (lend, take_by_process_vm_readv)}


def rate(way, count):
    """Bytes a second from touched memory into fresh memory, each run dropped when it has gone; both in huge pages."""
    giving, taking = WAYS[way]
    pages, answers, orders = os.pipe(), os.pipe(), os.pipe()
    fcntl.fcntl(pages[1], F_SETPIPE_SZ, PIPE)
    source = os.getpid()
    child = os.fork()  # before there is any memory that it could share
    if child == 0:
        try:
            os.close(pages[1])
            there = struct.unpack("<Q", os.read(orders[0], 8))[0]
            fresh = sockets.private(count, sockets.HUGE)
            here = address_of(fresh)
            os.write(answers[1], b"r")
            for offset in range(0, count, RUN):
                taking(fresh, here, pages[0], offset, source, there, answers[1])
            os.write(answers[1], b"e")
        finally:
            os._exit(0)
    os.close(pages[0])
    memory = sockets.touched(count)
    address = address_of(memory)
    os.write(orders[1], struct.pack("<Q", address))
    os.read(answers[0], 1)
    begun = time.monotonic()
    for offset in range(0, count, RUN):
        giving(memory, address, pages[1], offset, answers[0])
    if os.read(answers[0], 1) != b"e":
        raise OSError("%s: the other side has failed" % way)
    elapsed = time.monotonic() - begun
    os.waitpid(child, 0)
    for fd in (pages[1], *answers, *orders):
        os.close(fd)
    return count / elapsed
