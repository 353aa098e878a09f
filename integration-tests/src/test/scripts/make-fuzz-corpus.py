#!/usr/bin/env python3
"""Makes the fuzzers' corpus anew, in src/test/fuzz/TARGET/: what a stock QEMU sends of machines so small that a kilobyte holds one.

   make-fuzz-corpus.py [DIRECTORY]

Zero pages, devices and descriptions are QEMU's own; where a file's name begins with `made`, something was put into it by hand.
"""
import os
import pathlib
import re
import socket
import struct
import subprocess
import sys
import tempfile
import threading

TREE = pathlib.Path(__file__).resolve().parents[3]
sys.path.insert(0, str(TREE / "bench"))
sys.dont_write_bytecode = True
from qmp import Qmp  # noqa: E402

PAGE = 4096
RAM = bytes(PAGE) + b"\x11\x22" * (PAGE // 2) + bytes(2 * PAGE)
UUID = "00112233-4455-6677-8899-aabbccddeeff"
HOLE = b"@HOLE"
ENTRY = b"\x03ram" + struct.pack(">Q", len(RAM))
LISTED = struct.pack(">Q", len(RAM) | 4) + ENTRY
SECOND = b"\x03rom" + struct.pack(">Q", PAGE)
DELTAS = b"\x08\x03abc", b"\xfd\x1f\x03def", b"\x01\x01a\x80\x10\x02bc\x05"
FOOTER = b"\x7e\0\0\0\1"


class Machine:
    """A QEMU that stands still; its RAM is what the file `ram` holds, or zero."""

    def __init__(self, scratch, options):
        path = scratch / "qmp"
        path.unlink(missing_ok=True)
        self.process = subprocess.Popen(
            ["qemu-system-x86_64", "-nodefaults", "-no-user-config", "-display", "none", "-accel", "tcg", "-S",
             "-qmp", "unix:%s,server=on,wait=off" % path] + options, stdin=subprocess.DEVNULL)
        try:
            self.qmp = Qmp(str(path))
        except BaseException:
            self.process.kill()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.qmp.close()
        self.process.kill()
        self.process.wait()


def filled(scratch):
    (scratch / "ram").write_bytes(RAM)
    return ["-machine", "none,memory-backend=m", "-m", "16k", "-object",
            "memory-backend-file,id=m,size=16k,share=off,mem-path=%s" % (scratch / "ram")]


EMPTY = ["-machine", "none", "-m", "16k"]


def saved(scratch, options, *capabilities):
    """The file that a machine is saved into."""
    file = scratch / "saved"
    file.unlink(missing_ok=True)
    with Machine(scratch, options) as machine:
        machine.qmp.set_capabilities(*capabilities)
        if "background-snapshot" in capabilities:
            machine.qmp.execute("cont")  # one that has never run dies of it
        machine.qmp.migrate("file:%s" % file)
        return file.read_bytes()


def sent(scratch, options, channels, compression):
    """What comes over each of a multifd migration's connections, the main one first."""
    path = scratch / "peer"
    path.unlink(missing_ok=True)
    with socket.socket(socket.AF_UNIX) as listening, Machine(scratch, options) as machine:
        listening.bind(str(path))
        listening.listen(channels + 1)
        machine.qmp.set_capabilities("multifd")
        machine.qmp.execute("migrate-set-parameters", multifd_channels=channels, multifd_compression=compression)
        got, threads = [], []

        def read(index, connection):
            with connection:
                for piece in iter(lambda: connection.recv(1 << 16), b""):
                    got[index] += piece

        def accept():
            for index in range(channels + 1):
                got.append(b"")
                threads.append(threading.Thread(target=read, args=(index, listening.accept()[0])))
                threads[-1].start()

        accepting = threading.Thread(target=accept)
        accepting.start()
        machine.qmp.migrate("unix:%s" % path)
        accepting.join()
        for thread in threads:
            thread.join()
    return sorted(got, key=lambda stream: not stream.startswith(b"QEVM"))


def sparse(file):
    """A file without the pages of zeros in it: `@HOLE` and a be16 say at which page what follows stands."""
    out, hole = b"", False
    for at in range(0, len(file), PAGE):
        page = file[at:at + PAGE]
        if page.count(0) == len(page) == PAGE:
            hole = True
            continue
        if hole:
            out += HOLE + struct.pack(">H", at // PAGE)
        hole = False
        out += page.rstrip(b"\0") if at + PAGE < len(file) and not any(file[at + PAGE:at + 2 * PAGE]) else page
    return out


def tail(stream):
    """The device state at the end of a stream: what follows the last footer of the section `ram`, whose id is 1 or 2."""
    ends = re.finditer(rb"\0{7}\x10\x7e\0\0\0[\x01\x02](?=\x04)", stream)
    return stream[max(match.end() for match in ends):]


def two_blocks(stream):
    """A stream of zero pages with a second block in its list, and a page of that."""
    stream = stream.replace(LISTED, struct.pack(">Q", len(RAM) + PAGE | 4) + ENTRY + SECOND)
    at = stream.index(FOOTER, stream.index(FOOTER) + 1) - 8
    return stream[:at] + struct.pack(">Q", 8) + b"\x03rom" + b"\x33" * PAGE + stream[at:]


def two_mapped_blocks(file):
    """The same in a mapped-ram file."""
    end = file.index(b"\0" * 7 + b"\x10" + FOOTER)
    header = struct.pack(">IQQQ", 1, PAGE, end + len(SECOND) + 28, end + PAGE)
    second = (SECOND + header + struct.pack("<Q", 1)).ljust(PAGE, b"\0") + b"\x33" * PAGE
    return file[:end].replace(LISTED, struct.pack(">Q", len(RAM) + PAGE | 4) + ENTRY) + second + file[end:]


def delta(stream):
    """A stream with deltas (XBZRLE, CONTINUE) to its page that has data, behind that."""
    at = stream.index(RAM[PAGE:2 * PAGE]) + PAGE
    head = struct.pack(">QB", PAGE | 0x60, 1)
    deltas = b"".join(head + struct.pack(">H", len(data)) + data for data in DELTAS)
    return stream[:at] + deltas + stream[at:]


def nearer(file):
    """A mapped-ram file with its pages at 4 KiB, where QEMU puts them at 1 MiB: a reader takes its time to get through a hole."""
    header = re.compile(re.escape(struct.pack(">IQ", 1, PAGE)) + b".{8}" + re.escape(struct.pack(">Q", 1 << 20)), re.DOTALL)
    end = header.search(file).end()
    return file[:end - 8] + struct.pack(">Q", PAGE) + file[end:PAGE] + file[1 << 20:]


def corpus(scratch):
    """Target, name and bytes of each input."""
    plain = saved(scratch, EMPTY)
    data = saved(scratch, filled(scratch))
    background = saved(scratch, EMPTY, "background-snapshot")
    mapped = nearer(saved(scratch, EMPTY, "mapped-ram"))
    streams = {
        "zero": plain, "data": data, "background": background, "made-delta": delta(data),
        "made-two-blocks": two_blocks(plain),
        "uuid": saved(scratch, EMPTY + ["-uuid", UUID], "validate-uuid"),
        "shared": saved(scratch, filled(scratch)[:-1] + [filled(scratch)[-1].replace("share=off", "share=on")],
                        "x-ignore-shared"),
    }
    files = {
        "zero": mapped, "made-two-blocks": two_mapped_blocks(mapped),
        "data": nearer(saved(scratch, filled(scratch), "mapped-ram")),
        "background": nearer(saved(scratch, EMPTY, "mapped-ram", "background-snapshot")),
        "uuid": nearer(saved(scratch, EMPTY + ["-uuid", UUID], "mapped-ram", "validate-uuid")),
    }
    for name, stream in streams.items():
        yield "stream", name, stream
        yield "inspect", "stream-" + name, stream
    for name, file in files.items():
        yield "mapped-ram", name, sparse(file)
        yield "inspect", "mapped-ram-" + name, sparse(file)
    for number, compression in enumerate(("none", "zlib", "zstd")):
        main, *channels = sent(scratch, filled(scratch), 2, compression)
        busiest = max(channels, key=len)
        yield "multifd", compression, bytes([number]) + busiest
        yield "multifd", compression + "-idle", bytes([number]) + min(channels, key=len)
        yield "inspect", "channel-" + compression, busiest
    yield "inspect", "stream-multifd", main
    for number, data in enumerate(DELTAS):
        yield "delta", "made-%d" % number, data
    for path in sorted((TREE.parent / "protocol/src/test/resources/io/godwit/protocol/qmp").glob("*.txt")):
        lines = path.read_text(encoding="utf-8").splitlines()
        yield "qmp", path.stem, "\n".join(line[3:] for line in lines if line.startswith("-> ")).encode()
    yield "device-tail", "none", tail(plain)
    yield "device-tail", "microvm", tail(saved(scratch, ["-machine", "microvm", "-m", "2"]))


def main():
    into = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else TREE / "src/test/fuzz"
    with tempfile.TemporaryDirectory() as scratch:
        for target, name, content in corpus(pathlib.Path(scratch)):
            (into / target).mkdir(parents=True, exist_ok=True)
            (into / target / name).write_bytes(content)
            print("%6d %s/%s" % (len(content), target, name))


if __name__ == "__main__":
    main()
