"""A guest that runs before its memory has come: how long it waits for a page, and what the whole costs, beside QEMU's.

One guest for all: a boot sector (fault-timing.S) that fills its memory and then, for ever, writes a page of it chosen at random
and counts how long that took, by its own time stamp counter. Godwit runs it under KVM, QEMU under TCG; each moves it from one
process to another on this host, the guest first, its memory afterwards. Its counts are read from its memory where it stopped
and where it arrived; between the two lie its writes while memory came. As many of the slowest of these as pages were asked
for are taken for the waits (the source counts them), so a median of waits is one of pages that really had to be fetched. A count
is exact to an eighth. Under Godwit's row: from the fault to the page as the destination's daemon counts it, and from the
request to its page in the socket as the source's does.
"""
import collections
import pathlib
import re
import shutil
import socket
import statistics
import struct
import tempfile
import time
import urllib.request

import guests
import servers
import sockets
from qmp import QmpError

MIB = 1 << 20
STATUS, COUNTS_OFFSET, BUCKETS = 0x6000, 0x100, 256
BASE_MIB = 16
TIMING = 1
TRANSPORTS = ("tcp", "unix")
DOWNTIME_AIM_MS = 10
FAULTS, REQUESTS = "godwit_migration_fault_seconds", "godwit_migration_postcopy_request_seconds"
Run = collections.namedtuple("Run", "waits asked total downtime ratio inside")


def add_options(parser):
    parser.add_argument("--runs", type=int, default=3, help="runs of each measurement (default %(default)s)")
    parser.add_argument("--size", type=int, default=1024, metavar="MIB", help="memory that the guest uses (default %(default)s)")
    parser.add_argument("--transport", choices=TRANSPORTS, default="tcp", help="(default %(default)s)")
    parser.add_argument("--quick", action="store_true", help="one run with 64 MiB, to see that everything works")


def run(options):
    runs, size_mib = (1, 64) if options.quick else (options.runs, options.size)
    if not 16 <= size_mib <= 3072:
        raise QmpError("--size: %d, 16 to 3072 expected" % size_mib)
    guests.need_binutils()
    contenders = {"godwit": Godwit} | ({"QEMU": StockQemu} if servers.has_qemu() else {})
    print("Medians of %d run%s, %d MiB in use, over %s." % (runs, "s" if runs > 1 else "", size_mib, options.transport))
    results = collections.defaultdict(list)
    with tempfile.TemporaryDirectory(prefix="godwit-bench-", dir=servers.ROOT / "target") as name:
        directory = pathlib.Path(name)
        image = guests.assemble(directory, "fault-timing.S", PAGES=size_mib * MIB // servers.PAGE)
        for _ in range(runs):
            for preempt in (False, True):
                for contender, kind in contenders.items():
                    sockets.prime((2 * (size_mib + BASE_MIB) + 512) * MIB)
                    results[contender, preempt].append(measure(fresh(directory), kind, image, size_mib, options.transport, preempt))
    for preempt in (False, True):
        table(preempt, {contender: results[contender, preempt] for contender in contenders})
    return 0


def fresh(directory):
    """An empty directory for one run."""
    place = directory / "run"
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir()
    return place


class Timed:
    """A guest that times itself, in whatever server."""

    def status(self):
        """What it says of itself."""
        path = self.log_path.with_suffix(".status")
        self.qmp.execute("pmemsave", val=STATUS, size=COUNTS_OFFSET + 4 * BUCKETS, filename=str(path))
        raw = path.read_bytes()
        path.unlink()
        phase, _, now = struct.unpack_from("<IIQ", raw)
        return phase, now, struct.unpack_from("<%dI" % BUCKETS, raw, COUNTS_OFFSET)

    def await_timing(self, patience=120.0):
        deadline = time.monotonic() + patience
        while self.status()[0] != TIMING:
            if time.monotonic() > deadline:
                raise QmpError("%s: its guest has not filled its memory" % self.name)
            time.sleep(0.05)

    def ticks_per_second(self):
        _, first, _ = self.status()
        begun = time.monotonic()
        time.sleep(0.5)
        _, last, _ = self.status()
        return (last - first) / (time.monotonic() - begun)


class Godwit(Timed, servers.Daemon):
    def __init__(self, directory, name, memory_mib, image, *options):
        path = directory / (name + ".img")
        path.write_bytes(image)
        with socket.create_server(("127.0.0.1", 0)) as unused:
            self.port = unused.getsockname()[1]
        super().__init__(directory, name, memory_mib, "--accel", "kvm", "--boot-image", str(path),
                         "--metrics", "127.0.0.1:%d" % self.port, *options)

    def ready(self):
        self.await_rehearsed()

    def inside(self, histogram):
        """p50 and p99 of what the daemon counts, in microseconds: within a factor of two."""
        with urllib.request.urlopen("http://127.0.0.1:%d/metrics" % self.port) as answer:
            text = answer.read().decode()
        below = [(float(edge), float(count)) for edge, count in
                 re.findall(histogram + r'_bucket{[^}]*le="([^"]+)"[^}]*} (\S+)', text)]
        all_of_them = below[-1][1]
        if not all_of_them:
            return None
        return tuple(next(edge for edge, count in below if count >= all_of_them * part) * 1e6 for part in (0.5, 0.99))


class StockQemu(Timed, servers.Server):
    def __init__(self, directory, name, memory_mib, image, *options):
        path = directory / (name + ".img")
        path.write_bytes(image.ljust(MIB, b"\0"))
        super().__init__(directory, name, [
            "qemu-system-x86_64", "-machine", "pc,accel=tcg", "-nodefaults", "-display", "none", "-m", str(memory_mib),
            "-drive", "file=%s,format=raw,if=ide,snapshot=on" % path,
            "-qmp", "unix:%s,server=on,wait=off" % (directory / (name + ".qmp")), *options])

    def ready(self):
        pass

    def inside(self, histogram):
        return None


def measure(directory, kind, image, size_mib, transport, preempt):
    memory_mib = BASE_MIB + size_mib
    with kind(directory, "source", memory_mib, image) as source, \
            kind(directory, "destination", memory_mib, image, "-incoming", "defer") as destination:
        source.ready()
        destination.ready()
        source.await_timing()
        rate = source.ticks_per_second()
        for server in (source, destination):
            server.qmp.set_capabilities("postcopy-ram", "events", *(["postcopy-preempt"] if preempt else []))
            server.qmp.execute("migrate-set-parameters", max_bandwidth=0)
        uri = destination.qmp.listen("tcp:127.0.0.1:0" if transport == "tcp" else "unix:%s" % (directory / "wire"))
        started = []

        def start(info):
            if not started and info["status"] == "active":
                source.qmp.execute("migrate-start-postcopy")
                started.append(True)

        info, _ = source.qmp.migrate(uri, interval=0.001, on_progress=start)
        destination.qmp.await_arrival(uri)
        before, after = source.status()[2], destination.status()[2]
        ram = info["ram"]
        waits = slowest([now - then for now, then in zip(after, before)], ram["postcopy-requests"], rate)
        return Run(waits, ram["postcopy-requests"], info["total-time"], info["downtime"], ram["transferred"] / ram["total"],
                   [side.inside(histogram) for side, histogram in ((destination, FAULTS), (source, REQUESTS))])


def slowest(counts, most, ticks_per_second):
    """The `most` slowest of counted writes, in microseconds, the fastest of them first."""
    waits = []
    for bucket in reversed(range(BUCKETS)):
        take = min(counts[bucket], most - len(waits))
        waits += [ticks(bucket) / ticks_per_second * 1e6] * take
    return waits[::-1]


def ticks(bucket):
    """The middle of what a count stands for: see fault-timing.S."""
    power, eighth = divmod(bucket, 8)
    return 2.0 ** power * (1 + (eighth + 0.5) / 8)


def part(waits, share):
    return waits[min(len(waits) - 1, int(len(waits) * share))] if waits else float("nan")


def table(preempt, results):
    print("\n%-22s %9s %9s %9s %8s %8s %9s %10s" % ("postcopy-preempt %s" % ("on" if preempt else "off"), "p50 us", "p99 us", "max us",
                                                  "waits", "total ms", "down ms", "sent/RAM"))
    medians = {}
    for contender, runs in results.items():
        columns = [statistics.median(part(one.waits, share) for one in runs) for share in (0.5, 0.99)]
        columns.append(max((one.waits[-1] for one in runs if one.waits), default=float("nan")))
        middle = [statistics.median(getattr(one, name) for one in runs) for name in ("asked", "total", "downtime")]
        ratio = max(one.ratio for one in runs)
        medians[contender] = columns[0]
        print("%-22s %9.0f %9.0f %9.0f %8.0f %8.0f %9.0f %10.2f" % (contender, *columns, *middle, ratio))
        for i, title in enumerate(("  the daemon there", "  the daemon here")):
            inside = [one.inside[i] for one in runs if one.inside[i]]
            if inside:
                print("%-22s %9.0f %9.0f   less than that, in powers of two" % (title, *(statistics.median(column) for column in zip(*inside))))
    godwit = results["godwit"]
    aims = {"downtime below %d ms" % DOWNTIME_AIM_MS: statistics.median(one.downtime for one in godwit) < DOWNTIME_AIM_MS,
            "at most 2.0 x RAM": max(one.ratio for one in godwit) <= 2}
    if preempt and "QEMU" in medians:
        aims["p50 at or below QEMU's"] = medians["godwit"] <= medians["QEMU"]
    missed = [aim for aim, met in aims.items() if not met]
    print("aims met" if not missed else "NOT MET: " + ", ".join(missed))
