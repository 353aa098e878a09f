"""What several threads can move over as many sockets: the limit that multifd is measured against."""
import concurrent.futures
import os
import socket
import struct
import time

import sockets
import zstd

PACKET = 512 << 10  # of memory: what a multifd packet carries


def plain(kind, memory, channels):
    """Seconds from memory of one process, in so many parts at once, into fresh huge pages of another."""
    return between(kind, memory, channels, send, receive)


def compressed(kind, memory, channels, level):
    """The same through zstd, a stream for each part and flushed after each packet."""
    return between(kind, memory, channels, lambda *part: send_compressed(*part, level), receive_compressed)


def between(kind, memory, channels, send_part, receive_part):
    count = len(memory)
    listener = sockets.listen(kind, channels)
    try:
        child = os.fork()
        if child == 0:
            take_all(listener, count, channels, receive_part)
        connections = [connected(listener) for _ in range(channels)]
        with memoryview(memory) as view, concurrent.futures.ThreadPoolExecutor(channels) as pool:
            for connection in connections:
                connection.recv(1)
            begun = time.monotonic()
            list(pool.map(lambda part, connection: give(connection, view[part], send_part), parts(count, channels), connections))
            elapsed = time.monotonic() - begun
        for connection in connections:
            connection.close()
        _, status = os.waitpid(child, 0)
        if status != 0:
            raise EOFError("the receiving process ended with wait status %d" % status)
        return elapsed
    finally:
        listener.close()


def parts(count, channels):
    """Whole packets each."""
    packets = -(-count // PACKET)
    ends = [min(count, packets * i // channels * PACKET) for i in range(channels + 1)]
    return [slice(begin, end) for begin, end in zip(ends, ends[1:])]


def connected(listener):
    connection = socket.socket(listener.family)
    if listener.family == socket.AF_UNIX:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, sockets.BUFFER)
    connection.connect(listener.getsockname())
    return connection


def give(connection, view, send_part):
    send_part(connection, view)
    connection.recv(1)


def take_all(listener, count, channels, receive_part):
    """The child's life."""
    status = 1
    try:
        accepted = [listener.accept()[0] for _ in range(channels)]
        view = memoryview(sockets.private(count, sockets.HUGE))
        with concurrent.futures.ThreadPoolExecutor(channels) as pool:
            for connection in accepted:
                connection.send(b"r")
            list(pool.map(lambda part, connection: take(connection, view[part], receive_part), parts(count, channels), accepted))
        status = 0
    finally:
        os._exit(status)


def take(connection, view, receive_part):
    receive_part(connection, view)
    connection.send(b"d")


def send(connection, view):
    for offset in range(0, len(view), PACKET):
        connection.sendall(view[offset:offset + PACKET])


def receive(connection, view):
    offset = 0
    while offset < len(view):
        offset += received(connection, view[offset:offset + sockets.WRITE])


def send_compressed(connection, view, level):
    with zstd.Compressor(level, PACKET) as compressor:
        for offset in range(0, len(view), PACKET):
            data = compressor.run(view[offset:offset + PACKET])
            connection.sendall(struct.pack("<I", len(data)))
            connection.sendall(data)


def receive_compressed(connection, view):
    packet = memoryview(bytearray(zstd.most(PACKET)))
    with zstd.Decompressor() as decompressor:
        for offset in range(0, len(view), PACKET):
            fill(connection, packet[:4])
            length, = struct.unpack("<I", packet[:4])
            fill(connection, packet[:length])
            decompressor.run(packet[:length], view[offset:offset + PACKET])


def fill(connection, view):
    offset = 0
    while offset < len(view):
        offset += received(connection, view[offset:])


def received(connection, view):
    count = connection.recv_into(view)
    if count == 0:
        raise EOFError("the sending process is gone")
    return count
