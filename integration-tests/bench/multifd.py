"""A migration over several channels against what as many threads can move over as many sockets, and against QEMU's.

One guest for all, made once: a QEMU that never ran, with a given content in its RAM, saved as a mapped-ram file. Each
source loads it, Godwit's as a held guest, and sends it over N multifd channels and a main one with a return path, so
`completed` means that all of it is there. Both sides have zero-page-detection=multifd and zstd's level 1. "Raw" is N
threads that write the same bytes into N sockets, and N that read them into fresh memory; for zstd it has libzstd do the
same at either end. Every number is the median of alternating runs in this one go; host memory is primed right before
each. GB = 10^9 bytes of guest memory in use, compressed or not, by query-migrate's total-time.
"""
import collections
import contextlib
import itertools
import os
import pathlib
import shutil
import statistics
import struct
import tempfile

import servers
import sockets
import threads
import zstd
from qmp import QmpError

MIB = 1 << 20
TRANSPORTS = ("tcp", "unix")
COMPRESSIONS = ("none", "zstd")
PARTS = tuple("-".join(part) for part in itertools.product(TRANSPORTS, COMPRESSIONS))
ZSTD_LEVEL = 1
# What a guest has besides its content: QEMU's firmware lives in it, below 1 MiB.
SPARE_MIB = 32
LARGEST_MIB = servers.Qemu.LOW_MIB - SPARE_MIB
# Video memory and ROMs, which are blocks of their own.
OTHER_MIB = 32


def add_options(parser):
    parser.add_argument("--runs", type=int, default=3, help="runs of each measurement (default %(default)s)")
    parser.add_argument("--size", type=int, default=2048, metavar="MIB",
                        help="memory in use of the measured guest, at most %d (default %%(default)s)" % LARGEST_MIB)
    parser.add_argument("--channels", type=int, action="append", metavar="N", help="may be repeated (default 1, 2 and 4)")
    parser.add_argument("--quick", action="store_true", help="one run with 512 MiB, to see that everything works")
    parser.add_argument("--only", metavar="PART", action="append", choices=PARTS, help="one part: " + ", ".join(PARTS))


def run(options):
    runs, size_mib = (1, 512) if options.quick else (options.runs, options.size)
    if not 64 <= size_mib <= LARGEST_MIB:
        raise QmpError("--size: %d, 64 to %d expected" % (size_mib, LARGEST_MIB))
    if not servers.has_qemu():
        raise QmpError("No qemu-system-x86_64 here: the guest that is measured is one of its.")
    print("Medians of %d run%s, %d MiB." % (runs, "s" if runs > 1 else "", size_mib))
    with tempfile.TemporaryDirectory(prefix="godwit-bench-", dir=servers.ROOT / "target") as name:
        directory = pathlib.Path(name)
        for compression in COMPRESSIONS:
            kinds = [kind for kind in TRANSPORTS if "%s-%s" % (kind, compression) in (options.only or PARTS)]
            if kinds:
                guest = SavedGuest(directory, compression, size_mib)
                for kind in kinds:
                    compare(guest, kind, options.channels or [1, 2, 4], runs)
    return 0


class SavedGuest:
    """What is measured: in a mapped-ram file, and its content in another, for the raw limit."""

    def __init__(self, directory, compression, size_mib):
        self.directory, self.compression, self.size_mib = directory, compression, size_mib
        self.memory_mib = size_mib + SPARE_MIB
        self.content, self.file = directory / "content", directory / "guest"
        describe = write_content(self.content, size_mib, half=compression == "zstd")
        print("\nmultifd-compression=%s; every page in use %s." % (compression, describe))
        with servers.StillQemu(self.fresh(), "maker", self.memory_mib,
                               "-device", "loader,file=%s,addr=%d,force-raw=on" % (self.content, MIB)) as maker:
            maker.qmp.set_capabilities("mapped-ram")
            maker.qmp.execute("migrate-set-parameters", max_bandwidth=0)
            maker.qmp.migrate("file:%s" % self.file)
        os.sync()

    def fresh(self):
        """An empty directory for one run."""
        place = self.directory / "run"
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir()
        return place

    def prime(self):
        sockets.prime((2 * self.memory_mib + 512) * MIB)

    def in_memory(self):
        """The content, where a program has it."""
        memory = sockets.private(self.size_mib * MIB, sockets.HUGE)
        with open(self.content, "rb") as content, memoryview(memory) as view:
            content.readinto(view)
        return memory

    def load_into(self, server):
        server.qmp.set_capabilities("mapped-ram", "events")
        server.qmp.load("file:%s" % self.file)
        server.qmp.execute("migrate-set-capabilities", capabilities=[{"capability": "mapped-ram", "state": False}])

    def prepare(self, server, channels):
        server.qmp.set_capabilities("multifd", "return-path", "events")
        server.qmp.execute("migrate-set-parameters", max_bandwidth=0, multifd_channels=channels, multifd_zstd_level=ZSTD_LEVEL,
                           multifd_compression=self.compression, zero_page_detection="multifd")


def write_content(path, size_mib, half):
    """Random bytes, or half of each page random; says in words what it is."""
    with open(path, "wb") as file:
        for number in range(size_mib):
            file.write(half_random(number * MIB) if half else os.urandom(MIB))
    if not half:
        return "random bytes"
    with open(path, "rb") as file, zstd.Compressor(ZSTD_LEVEL, threads.PACKET) as compressor:
        packets = [bytearray(file.read(threads.PACKET)) for _ in range(16)]
        compressed = sum(len(compressor.run(memoryview(packet))) for packet in packets)
    return "half random bytes, half small records (zstd makes %.2f bytes of one)" % (compressed / (len(packets) * threads.PACKET))


def half_random(address):
    """A MiB of pages: 2 KiB of random bytes each, and 64 records of 32 bytes as an allocator's lists are, with addresses and sizes."""
    random, half_page = os.urandom(MIB // 2), servers.PAGE // 2
    records = b"".join(struct.pack("<4Q", address + at, address + at + 64, 64, 0) for at in range(0, MIB // 2, 32))
    return b"".join(part[at:at + half_page] for at in range(0, MIB // 2, half_page) for part in (random, records))


def compare(guest, kind, numbers, runs):
    contenders = {"raw": raw, "godwit": godwit, "QEMU": qemu}
    seconds = collections.defaultdict(list)
    for _ in range(runs):
        for channels in numbers:
            for name, measure in contenders.items():
                guest.prime()
                seconds[channels, name].append(measure(guest, kind, channels))
    print("\n%-34s %8s %9s %9s" % ("%s, %s" % (kind, guest.compression), "GB/s", "of QEMU", "of raw"))
    for channels in numbers:
        limit, other = (statistics.median(seconds[channels, name]) for name in ("raw", "QEMU"))
        for name in contenders:
            values = seconds[channels, name]
            row(guest, "%d channel%s, %s" % (channels, "s" if channels > 1 else "", name), values, other, limit, name == "godwit")


def row(guest, title, values, other, limit, judged):
    count, median = guest.size_mib * MIB / 1e9, statistics.median(values)
    spread = "   (%.2f to %.2f)" % (count / max(values), count / min(values)) if len(values) > 1 else ""
    aims = {"ahead of QEMU": other / median >= 1, "80 % of raw": limit / median >= 0.8}
    missed = [aim for aim, met in aims.items() if not met]
    verdict = "" if not judged else "   aims met" if not missed else "   NOT MET: " + ", ".join(missed)
    print("%-34s %8.2f %8.0f%% %8.0f%%%s%s" % (title, count / median, 100 * other / median, 100 * limit / median, spread, verdict))


def raw(guest, kind, channels):
    with contextlib.closing(guest.in_memory()) as memory:
        sockets.prime((guest.memory_mib + 512) * MIB)
        if guest.compression == "zstd":
            return threads.compressed(kind, memory, channels, ZSTD_LEVEL)
        return threads.plain(kind, memory, channels)


def godwit(guest, kind, channels):
    directory, most_mib = guest.fresh(), guest.memory_mib + OTHER_MIB
    with servers.Daemon(directory, "source", most_mib, "--accel", "none") as source, \
            servers.Daemon(directory, "destination", most_mib, "--accel", "none") as destination:
        source.await_rehearsed()
        destination.await_rehearsed()
        return seconds_of(guest, source, destination, kind, channels)


def qemu(guest, kind, channels):
    directory = guest.fresh()
    with servers.StillQemu(directory, "source", guest.memory_mib, "-incoming", "defer") as source, \
            servers.StillQemu(directory, "destination", guest.memory_mib, "-incoming", "defer") as destination:
        return seconds_of(guest, source, destination, kind, channels)


def seconds_of(guest, source, destination, kind, channels):
    guest.load_into(source)
    for server in (source, destination):
        guest.prepare(server, channels)
    uri = destination.qmp.listen("tcp:127.0.0.1:0" if kind == "tcp" else "unix:%s" % (source.log_path.parent / "wire"))
    sockets.prime((guest.memory_mib + 512) * MIB)  # what the destination will take, right before it does
    info, _ = source.qmp.migrate(uri, interval=0.05)
    destination.qmp.await_arrival(uri)
    return info["total-time"] / 1000
