"""A guest moves to another process of the same host: what it takes, and how much memory.

First the ways in which pages can go from one process to another, as bare programs: each run of 2 MiB is dropped by the one as
soon as the other has it. Then guests: "total" and "down" are what the source says of its migration, in ms; "peak" is the most that both processes
had in memory together beyond what they had before, as part of the guest's memory, in a run of its own in which they are stopped every 5 ms to be looked
at; "sent" is what went through a socket or a pipe. A QEMU "upgraded" is moved by a daemon in front of its monitor to a second one: there "total" has the
pre-flight and the start of the other QEMU in it, and "down" is the longest time between two heartbeats of the guest, less the usual one. Every number is the median of alternating runs in this one go; memory is primed before each.
"""
import collections
import contextlib
import pathlib
import shutil
import statistics
import tempfile

import flip
import moves
import qemu_upgrade
import servers
import sockets

MIB = 1 << 20
SPARE_MIB = 512


def add_options(parser):
    parser.add_argument("--runs", type=int, default=5, help="runs of each measurement (default %(default)s)")
    parser.add_argument("--size", type=int, action="append", metavar="MIB",
                        help="memory of the guest; may be repeated (default 1024 and 4096)")
    parser.add_argument("--quick", action="store_true", help="one run with 256 MiB, to see that everything works")


def run(options):
    runs, sizes = (1, [256]) if options.quick else (options.runs, options.size or [1024, 4096])
    print("Medians of %d run%s. Every page of the guest is touched and distinct." % (runs, "s" if runs > 1 else ""))
    contenders = [Godwit("flip", "anonymous", "localhost-migrate", mode="flip"),
                  Godwit("handover", "memfd", "localhost-migrate", mode="handover"),
                  Godwit("precopy over unix", "anonymous", "migrate")]
    if servers.has_qemu():
        contenders += [Qemu(), *qemu_upgrade.contenders()]
    else:
        print("No qemu-system-x86_64 here: its rows are missing.")
    with tempfile.TemporaryDirectory(prefix="godwit-bench-", dir=servers.ROOT / "target") as name:
        for size_mib in sizes:
            compare(contenders, pathlib.Path(name) / "run", runs, size_mib)
    return 0


def compare(contenders, place, runs, size_mib):
    raw, results = collections.defaultdict(list), collections.defaultdict(list)
    for _ in range(runs):
        for way in flip.WAYS:
            sockets.prime(2 * size_mib * MIB + SPARE_MIB * MIB)
            raw[way].append(flip.rate(way, size_mib * MIB))
        for contender in contenders:
            results[contender.name].append(contender.move(fresh(place, size_mib), size_mib, False))
    peaks = {contender.name: contender.move(fresh(place, size_mib), size_mib, True).peak for contender in contenders}
    print("\n%-30s %8s" % ("bare pages, %d MiB" % size_mib, "GB/s"))
    for way, rates in raw.items():
        print("%-30s %8.2f" % (way, statistics.median(rates) / 1e9))
    best = max(statistics.median(rates) for rates in raw.values())
    print("\n%-30s %9s %9s %7s %9s %14s" % ("guest of %d MiB" % size_mib, "total ms", "down ms", "peak", "sent MiB", "of best bare"))
    for contender in contenders:
        row(contender.name, results[contender.name], size_mib, peaks[contender.name], best)


def fresh(place, size_mib):
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir()
    sockets.prime(2 * size_mib * MIB + SPARE_MIB * MIB)
    return place


def row(name, results, size_mib, most, best):
    def median(field):
        return statistics.median(getattr(result, field) for result in results)

    down = median("down_ms")
    rate = median("sent") / (max(1, down) / 1000)
    print("%-30s %9.0f %9.0f %7.2f %9.0f %14s" % (name, median("total_ms"), down, 1 + most / (size_mib * MIB), median("sent") / MIB,
                                                 "%.0f%%" % (100 * rate / best) if name == "flip" else ""))


class Godwit:
    """A workload that has filled its memory and writes 4 MiB/s of it again."""

    def __init__(self, name, ram, command, **arguments):
        self.name, self.ram, self.command, self.arguments = name, ram, command, arguments

    def move(self, place, size_mib, sampled):
        workload = "fill=%dM,dirty=%dM,rate=1024" % (size_mib, size_mib // 16)
        options = ("--ram", self.ram)
        with servers.Godwitd(place, "source", size_mib, workload, *options) as source, \
                servers.Godwitd(place, "destination", size_mib, workload, *options, "--incoming", "defer") as destination:
            source.await_filled(size_mib * MIB)
            source.await_rehearsed()
            destination.await_rehearsed()
            source.qmp.execute("migrate-set-parameters", max_bandwidth=0)
            uri = destination.qmp.listen("unix:%s" % (place / "wire"))
            result = measure(source, destination, sampled, self.command, uri=uri, **self.arguments)
            destination.qmp.execute("x-godwit-verify")
            return result


class Qemu:
    """The heartbeat guest, without KVM, which has filled its memory and writes little."""

    name = "QEMU (TCG), precopy over unix"

    def move(self, place, size_mib, sampled):
        pages = size_mib * MIB // servers.PAGE
        with servers.Qemu(place, "source", size_mib + 64, pages) as source, \
                servers.Qemu(place, "destination", size_mib + 64, pages, "-incoming", "defer") as destination:
            source.await_heartbeat()
            source.qmp.execute("migrate-set-parameters", max_bandwidth=0)
            return measure(source, destination, sampled, "migrate", uri=destination.qmp.listen("unix:%s" % (place / "wire")))


def measure(source, destination, sampled, command, **arguments):
    pids = (source.process.pid, destination.process.pid)
    with moves.Peak(lambda: pids) if sampled else contextlib.nullcontext() as most:
        info, _ = source.qmp.complete(command, **arguments)
    return moves.Move(info["total-time"], info["downtime"], most.growth() if most else None, info["ram"]["transferred"])
