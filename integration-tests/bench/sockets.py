"""What a socket can move: the limit that a migration over it is measured against."""
import mmap
import os
import socket
import time

BUFFER = 4 << 20
WRITE = 1 << 20
HUGE, SMALL = "fresh memory, huge pages", "fresh memory, 4 KiB pages"


def prime(count):
    """Touches memory in a process that ends at once: what the hypervisor has taken back is slow to get again."""
    child = os.fork()
    if child == 0:
        with private(count, HUGE) as memory:
            for offset in range(0, count, 4096):
                memory[offset] = 1
        os._exit(0)
    os.waitpid(child, 0)


def throughput(kind, count, pages):
    """Bytes a second from touched memory of one process into fresh memory of another."""
    listener = listen(kind)
    try:
        child = os.fork()
        if child == 0:
            receive(listener, count, pages)
            os._exit(0)
        address = listener.getsockname()
        with touched(count) as memory, socket.socket(listener.family) as sender, memoryview(memory) as view:
            sender.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, BUFFER)
            sender.connect(address)
            sender.recv(1)
            begun = time.monotonic()
            for offset in range(0, count, WRITE):
                sender.sendall(view[offset:offset + WRITE])
            sender.recv(1)
            elapsed = time.monotonic() - begun
        os.waitpid(child, 0)
        return count / elapsed
    finally:
        listener.close()


def receive(listener, count, pages):
    connection, _ = listener.accept()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER)
    memory = private(count, pages)
    connection.send(b"r")
    view, offset = memoryview(memory), 0
    while offset < count:
        received = connection.recv_into(view[offset:offset + WRITE])
        if received == 0:
            os._exit(1)
        offset += received
    connection.send(b"d")
    connection.close()


def private(count, pages):
    """Fresh private memory; a shared mapping, Python's default, would be shmem without huge pages."""
    memory = mmap.mmap(-1, count, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    memory.madvise(mmap.MADV_HUGEPAGE if pages == HUGE else mmap.MADV_NOHUGEPAGE)
    return memory


def touched(count):
    memory = private(count, HUGE)
    page = bytes(range(256)) * 256
    for offset in range(0, count, len(page)):
        memory[offset:offset + len(page)] = page
    return memory


def listen(kind, backlog=1):
    """A listening socket: unix ones in the abstract name space, so that no file is left."""
    if kind == "unix":
        listener = socket.socket(socket.AF_UNIX)
        listener.bind("\0godwit-bench-%d-%d" % (os.getpid(), time.monotonic_ns()))
    else:
        listener = socket.socket(socket.AF_INET)
        listener.bind(("127.0.0.1", 0))
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER)
    listener.listen(backlog)
    return listener
