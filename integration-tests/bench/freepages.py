"""A guest that never touched its memory, and one whose memory hog has ended: what they cost to move.

The guests have 8 GiB. "residency" sends what the kernel says was ever touched: of a guest whose hog has used everything that is what a migration
sends that knows nothing. "residency + hints" asks the guest, too, which of that it does not need. "KB" is what the source says it transferred, "CPU" what both processes used of it while the migration ran. QEMU's guest runs under TCG, below 4 GiB only: its hog
is smaller, and the table says how much. Every number is the median of alternating runs in this one go; memory is primed before each.
"""
import collections
import os
import pathlib
import shutil
import statistics
import tempfile

import servers
import sockets

MIB = 1 << 20
SPARE_MIB = 256
# What an idle system keeps: the seed's 361,375 KB after the hog.
KEPT_MIB = 320
TICKS = os.sysconf("SC_CLK_TCK")


def add_options(parser):
    parser.add_argument("--runs", type=int, default=3, help="runs of each measurement (default %(default)s)")
    parser.add_argument("--size", type=int, default=8192, metavar="MIB", help="memory of the guests (default %(default)s)")
    parser.add_argument("--transport", action="append", choices=("unix", "tcp"), help="one of unix, tcp (default both)")
    parser.add_argument("--only", metavar="CASE", action="append", choices=("idle", "hog"), help="one of idle, hog (default both)")
    parser.add_argument("--quick", action="store_true", help="one run with 1024 MiB, to see that everything works")


def run(options):
    runs, size = (1, 1024) if options.quick else (options.runs, options.size)
    print("Medians of %d run%s, guests of %d MiB." % (runs, "s" if runs > 1 else "", size))
    with tempfile.TemporaryDirectory(prefix="godwit-bench-", dir=servers.ROOT / "target") as name:
        for transport in options.transport or ("unix", "tcp"):
            for case in options.only or ("idle", "hog"):
                compare(case, contenders(case, size), pathlib.Path(name) / "run", runs, transport)
    return 0


Result = collections.namedtuple("Result", "total_ms bytes cpu_s")
Contender = collections.namedtuple("Contender", "name memory_mib measure")


def contenders(case, size):
    """The hog leaves the rest of the memory untouched, as the seed's did."""
    hog = size - KEPT_MIB - size // 32
    kept = "fill=%dM,dirty=1M,rate=256" % KEPT_MIB
    if case == "idle":
        rows = [Contender("residency", 0, workload(size, "fill=4M,dirty=1M,rate=256"))]
        program = 0
    else:
        rows = [Contender("residency", 2 * (KEPT_MIB + hog), workload(size, "%s,hog=%dM,hints=off" % (kept, hog))),
                Contender("residency + hints", 2 * KEPT_MIB + hog, workload(size, "%s,hog=%dM" % (kept, hog)))]
        program = min(KEPT_MIB + hog, servers.Qemu.LOW_MIB - 128)
    if servers.has_qemu():
        rows.append(Contender("QEMU (TCG), %s" % ("idle" if not program else "%d MiB used" % program), 2 * program, qemu(size, program)))
    else:
        print("No qemu-system-x86_64 here: its row is missing.")
    return rows


def compare(case, rows, place, runs, transport):
    results = collections.defaultdict(list)
    for _ in range(runs):
        for row in rows:
            shutil.rmtree(place, ignore_errors=True)
            place.mkdir()
            sockets.prime((row.memory_mib + SPARE_MIB) * MIB)
            results[row.name].append(row.measure(place, transport))
    print("\n%-28s %9s %14s %8s" % ("%s, over %s" % (case, transport), "total ms", "KB", "CPU s"))
    for row in rows:
        found = Result(*map(statistics.median, zip(*results[row.name])))
        print("%-28s %9d %14d %8.2f   %s" % (row.name, found.total_ms, found.bytes // 1024, found.cpu_s,
                                            "%d to %d ms" % (min(r.total_ms for r in results[row.name]), max(r.total_ms for r in results[row.name]))))


def workload(size, description):
    def measure(place, transport):
        with servers.Godwitd(place, "source", size, description) as source, \
                servers.Godwitd(place, "destination", size, description, "--incoming", "defer") as destination:
            source.await_rehearsed()
            destination.await_rehearsed()
            await_still(source, description)
            result = migrated(source, destination, place, transport)
            destination.qmp.execute("x-godwit-verify")
            return result
    return measure


def qemu(size, program_mib):
    def measure(place, transport):
        pages = program_mib * MIB // servers.PAGE
        with servers.Qemu(place, "source", size, pages) as source, \
                servers.Qemu(place, "destination", size, pages, "-incoming", "defer") as destination:
            source.await_heartbeat()
            return migrated(source, destination, place, transport)
    return measure


def await_still(source, description):
    """Until the guest has filled what it fills and its hog, if it has one, has ended."""
    words = dict(word.split("=") for word in description.split(","))
    source.await_filled(sum(int(words.get(word, "0").rstrip("M")) for word in ("fill", "hog")) * MIB)


def cpu_seconds(*processes):
    total = 0
    for server in processes:
        fields = pathlib.Path("/proc/%d/stat" % server.process.pid).read_text(encoding="ascii").rpartition(")")[2].split()
        total += int(fields[11]) + int(fields[12])
    return total / TICKS


def migrated(source, destination, place, transport):
    source.qmp.execute("migrate-set-parameters", max_bandwidth=0)
    uri = destination.qmp.listen("tcp:127.0.0.1:0" if transport == "tcp" else "unix:%s" % (place / "wire"))
    before = cpu_seconds(source, destination)
    info, _ = source.qmp.migrate(uri)
    used = cpu_seconds(source, destination) - before
    return Result(info["total-time"], info["ram"]["transferred"], used)
