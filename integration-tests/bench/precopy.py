"""A live migration against what the socket can move, and against QEMU's.

Every number is the median of alternating runs in this one go; memory is primed before each, because what the host has
taken back costs many times more to touch again. GB = 10^9 bytes.
"""
import pathlib
import re
import shutil
import statistics
import subprocess
import tempfile

import servers
import sockets

MIB = 1 << 20
TRANSPORTS = ("unix", "tcp")


def add_options(parser):
    parser.add_argument("--runs", type=int, default=5, help="runs of each measurement (default %(default)s)")
    parser.add_argument("--size", type=int, default=2048, metavar="MIB", help="memory of the measured guest (default %(default)s)")
    parser.add_argument("--quick", action="store_true", help="one run with 512 MiB, to see that everything works")
    parser.add_argument("--only", metavar="PART", action="append", choices=sorted(PARTS), help="one part: " + ", ".join(PARTS))


def run(options):
    runs, size_mib = (1, 512) if options.quick else (options.runs, options.size)
    print("Medians of %d run%s, %d MiB, every page touched and distinct, max-bandwidth unlimited." %
          (runs, "s" if runs > 1 else "", size_mib))
    with tempfile.TemporaryDirectory(prefix="godwit-bench-", dir=servers.ROOT / "target") as name:
        for part in options.only or PARTS:
            PARTS[part](pathlib.Path(name), runs, size_mib)
    return 0


def compare_throughput(directory, runs, size_mib):
    """Raw sockets, Godwit and QEMU take turns, so that what the machine does meanwhile hits all of them."""
    contenders = {"raw socket into huge pages": raw(sockets.HUGE), "raw socket into 4 KiB pages": raw(sockets.SMALL), "godwit": godwit}
    if servers.has_qemu():
        contenders["QEMU (TCG)"] = qemu
    else:
        print("No qemu-system-x86_64 here: its column is missing.")
    for kind in TRANSPORTS:
        rates = {name: [] for name in contenders}
        for _ in range(runs):
            for name, measure in contenders.items():
                sockets.prime(2 * size_mib * MIB + 512 * MIB)
                rates[name].append(measure(fresh(directory), kind, size_mib))
        print("\n%-30s %8s %10s" % ("throughput over " + kind, "GB/s", "of limit"))
        limit = statistics.median(rates["raw socket into huge pages"])
        for name, values in rates.items():
            rate = statistics.median(values)
            print("%-30s %8.2f %9.0f%%   %s" % (name, rate / 1e9, 100 * rate / limit, spread(values)))


def raw(pages):
    return lambda directory, kind, size_mib: sockets.throughput(kind, size_mib * MIB, pages)


def godwit(directory, kind, size_mib):
    workload = "fill=%dM,dirty=0,rate=0" % size_mib
    with servers.Godwitd(directory, "source", size_mib, workload) as source, \
            servers.Godwitd(directory, "destination", size_mib, workload, "--incoming", "defer") as destination:
        source.await_filled(size_mib * MIB)
        source.await_rehearsed()
        destination.await_rehearsed()
        return rate_of(source.qmp, destination.qmp, directory, kind, size_mib)


def qemu(directory, kind, size_mib):
    # The fill begins at 1 MiB; what firmware and machine need comes on top.
    fill_pages = size_mib * MIB // servers.PAGE
    with servers.Qemu(directory, "source", size_mib + 64, fill_pages) as source, \
            servers.Qemu(directory, "destination", size_mib + 64, fill_pages, "-incoming", "defer") as destination:
        source.await_heartbeat()
        return rate_of(source.qmp, destination.qmp, directory, kind, size_mib)


def rate_of(source, destination, directory, kind, size_mib):
    source.execute("migrate-set-parameters", max_bandwidth=0)
    uri = destination.listen("tcp:127.0.0.1:0" if kind == "tcp" else "unix:%s" % (directory / "wire"))
    sockets.prime(size_mib * MIB + 512 * MIB)  # what the destination will take, right before it does
    info, _ = source.migrate(uri)
    return info["ram"]["transferred"] / (info["total-time"] / 1000)


def measure_downtime(directory, runs, size_mib):
    """A guest that writes 64 MiB/s all over a quarter of its memory, against the downtime it is allowed."""
    print("\n%-30s %8s %10s %8s" % ("dirtying 64 MiB/s, over unix", "limit ms", "downtime ms", "passes"))
    workload = "fill=%dM,dirty=%dM,rate=16384" % (size_mib, size_mib // 4)
    for limit in (300, 100, 50):
        downtimes, passes = [], []
        for _ in range(runs):
            sockets.prime(2 * size_mib * MIB + 512 * MIB)
            place = fresh(directory)
            with servers.Godwitd(place, "source", size_mib, workload) as source, \
                    servers.Godwitd(place, "destination", size_mib, workload, "--incoming", "defer") as destination:
                source.await_filled(size_mib * MIB)
                source.qmp.execute("migrate-set-parameters", max_bandwidth=0, downtime_limit=limit)
                info, _ = source.qmp.migrate(destination.qmp.listen("unix:%s" % (place / "wire")))
                destination.qmp.execute("x-godwit-verify")
            downtimes.append(info["downtime"])
            passes.append(info["ram"]["dirty-sync-count"])
        worst = max(downtimes)
        print("%-30s %8d %11d %8d   worst %d: %s" % ("", limit, statistics.median(downtimes), statistics.median(passes), worst,
                                                    "within the limit" if worst <= limit else "ABOVE THE LIMIT"))


def measure_idle(directory, runs, _):
    """8 GiB that nobody ever touched."""
    rows = {"godwit": idle_godwit}
    if servers.has_qemu():
        rows["QEMU (TCG)"] = idle_qemu
    times = {name: [] for name in rows}
    for _ in range(runs):
        for name, measure in rows.items():
            times[name].append(measure(fresh(directory)))
    print("\n%-30s %8s" % ("idle untouched 8 GiB, unix", "ms"))
    for name, values in times.items():
        print("%-30s %8d" % (name, statistics.median(values)))


def idle_godwit(directory):
    with servers.Godwitd(directory, "source", 8192, "fill=0,dirty=0,rate=0") as source, \
            servers.Godwitd(directory, "destination", 8192, "fill=0,dirty=0,rate=0", "--incoming", "defer") as destination:
        source.await_rehearsed()
        destination.await_rehearsed()
        source.qmp.execute("migrate-set-parameters", max_bandwidth=0)
        return source.qmp.migrate(destination.qmp.listen("unix:%s" % (directory / "wire")))[0]["total-time"]


def idle_qemu(directory):
    with servers.Qemu(directory, "source", 8192, 0) as source, \
            servers.Qemu(directory, "destination", 8192, 0, "-incoming", "defer") as destination:
        source.await_heartbeat()
        source.qmp.execute("migrate-set-parameters", max_bandwidth=0)
        return source.qmp.migrate(destination.qmp.listen("unix:%s" % (directory / "wire")))[0]["total-time"]


def measure_allocation(directory, _, size_mib):
    """Java heap per page sent, from two looks at the migration thread's own counter while it sends."""
    workload = "fill=%dM,dirty=0,rate=0" % size_mib
    place = fresh(directory)
    looks = []
    with servers.Godwitd(place, "source", size_mib, workload) as source, \
            servers.Godwitd(place, "destination", size_mib, workload, "--incoming", "defer") as destination:
        source.await_filled(size_mib * MIB)
        source.qmp.execute("migrate-set-parameters", max_bandwidth=size_mib * MIB // 8)

        def look(info):
            if info.get("status") == "active":
                threads = allocated(source.process.pid)
                looks.append((source.qmp.execute("query-migrate")["ram"]["normal"], threads))

        source.qmp.migrate(destination.qmp.listen("unix:%s" % (place / "wire")), interval=0.5, on_progress=look)
    looks = [(pages, threads["migration"]) for pages, threads in looks if "migration" in threads]
    print("\nallocation of the migration thread while it sends")
    if len(looks) < 2:
        print("  fewer than two looks at it: no number")
        return
    pages, count = looks[-1][0] - looks[0][0], looks[-1][1] - looks[0][1]
    print("  %d bytes of Java heap for %d pages: %.3f bytes a page" % (count, pages, count / pages))


def allocated(pid):
    """Bytes that each Java thread has allocated so far, by thread name; the JVM rounds down to KiB."""
    dump = subprocess.run([servers.jcmd(), str(pid), "Thread.print", "-e"], capture_output=True, text=True, check=True).stdout
    units = {"B": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30}
    return {name: int(count) * units[unit]
            for name, count, unit in re.findall(r'^"([^"]+)".* allocated=(\d+)([BKMG])', dump, re.MULTILINE)}


def fresh(directory):
    """An empty directory for one run."""
    place = directory / "run"
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir()
    return place


def spread(values):
    return "(%.2f to %.2f)" % (min(values) / 1e9, max(values) / 1e9) if len(values) > 1 else ""


PARTS = {"throughput": compare_throughput, "downtime": measure_downtime, "idle": measure_idle, "allocation": measure_allocation}
