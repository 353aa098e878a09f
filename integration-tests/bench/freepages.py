"""A guest that never touched its memory, and one whose memory hog has ended: what they cost to move.

The guests have 8 GiB. "neither" sends every page, as a migration does that knows nothing; "residency only" sends what the kernel says was ever
touched; "residency + hints" asks the guest, too, which of that it does not need. "KB" is what the source says it transferred, "CPU" what both
processes used of it while the migration ran, "setup" what the source needed before the first page, the scan of all memory with it. QEMU's guest runs
under TCG, below 4 GiB only: its hog is smaller, and the table says how much; the other pages of its memory are untouched. Every number is the median of
alternating runs; memory is primed before each. With --results FILE the runs of several goes count together, so that none needs to be long.
"""
import collections
import json
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
NEITHER, RESIDENCY, HINTS, QEMU = "neither", "residency only", "residency + hints", "QEMU"
ROWS = {"neither": NEITHER, "residency": RESIDENCY, "hints": HINTS, "qemu": QEMU}


def add_options(parser):
    parser.add_argument("--runs", type=int, default=3, help="runs of each measurement (default %(default)s)")
    parser.add_argument("--size", type=int, default=8192, metavar="MIB", help="memory of the guests (default %(default)s)")
    parser.add_argument("--transport", action="append", choices=("unix", "tcp"), help="one of unix, tcp (default both)")
    parser.add_argument("--only", metavar="CASE", action="append", choices=("idle", "hog"), help="one of idle, hog (default both)")
    parser.add_argument("--row", action="append", choices=tuple(ROWS), help="one of %s (default all)" % ", ".join(ROWS))
    parser.add_argument("--results", metavar="FILE", type=pathlib.Path, help="add the runs to those in a file, and print what all of them come to")
    parser.add_argument("--quick", action="store_true", help="one run with 1024 MiB, to see that everything works")


def run(options):
    runs, size = (1, 1024) if options.quick else (options.runs, options.size)
    chosen = [ROWS[row] for row in options.row or ROWS]
    if QEMU in chosen and not servers.has_qemu():
        print("No qemu-system-x86_64 here: its row is missing.")
        chosen.remove(QEMU)
    results = Results(options.results)
    (servers.ROOT / "target").mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="godwit-bench-", dir=servers.ROOT / "target") as name:
        for transport in options.transport or ("unix", "tcp"):
            for case in options.only or ("idle", "hog"):
                rows = [row for row in contenders(case, size) if row.name in chosen]
                measure(rows, pathlib.Path(name) / "run", runs, transport, results.of(size, case, transport), results.keep)
    for key in results.keys():
        report(key, results.of(*key))
    return 0


Result = collections.namedtuple("Result", "total_ms setup_ms bytes cpu_s")
Contender = collections.namedtuple("Contender", "name memory_mib measure")


class Results:
    """Runs by size, case, transport and row; kept in a file if there is one."""

    def __init__(self, path):
        self.path = path
        self.found = {}
        if path and path.exists():
            for key, rows in json.loads(path.read_text(encoding="utf-8")).items():
                size, case, transport = key.split()
                of = self.of(int(size), case, transport)
                for row, runs in rows.items():
                    of[row] = [Result(*run) for run in runs]

    def of(self, size, case, transport):
        return self.found.setdefault((size, case, transport), {})

    def keys(self):
        return sorted(key for key, rows in self.found.items() if rows)

    def keep(self):
        if self.path:
            self.path.write_text(json.dumps({" ".join(map(str, key)): rows for key, rows in self.found.items() if rows}), encoding="utf-8")


def contenders(case, size):
    """The hog leaves the rest of the memory untouched, as the seed's did."""
    hog = size - KEPT_MIB - size // 32
    program = 0
    if case == "idle":
        guest, used = "fill=4M,dirty=1M,rate=256", 0
    else:
        guest, used = "fill=%dM,dirty=1M,rate=256,hog=%dM" % (KEPT_MIB, hog), KEPT_MIB + hog
        program = min(used, servers.Qemu.LOW_MIB - 128)
    return [Contender(NEITHER, 2 * used, workload(size, guest + ",hints=off,residency=off")),
            Contender(RESIDENCY, 2 * used, workload(size, guest + ",hints=off")),
            Contender(HINTS, KEPT_MIB + used if used else 0, workload(size, guest + ",hints=on")),
            Contender(QEMU, 2 * program, qemu(size, program))]


def measure(rows, place, runs, transport, results, keep):
    for _ in range(runs):
        for row in rows:
            shutil.rmtree(place, ignore_errors=True)
            place.mkdir()
            sockets.prime((row.memory_mib + SPARE_MIB) * MIB)
            results.setdefault(row.name, []).append(row.measure(place, transport))
            keep()


def report(key, results):
    size, case, transport = key
    memory = {row.name: row.memory_mib for row in contenders(case, size)}
    print("\n%-28s %9s %9s %14s %8s   runs: total ms" % ("%d MiB, %s, over %s" % (size, case, transport), "total ms", "setup ms", "KB", "CPU s"))
    medians = {}
    for name in (NEITHER, RESIDENCY, HINTS, QEMU):
        if name in results:
            found = medians[name] = Result(*map(statistics.median, zip(*results[name])))
            title = "QEMU (TCG), %s" % ("%d MiB used" % (memory[QEMU] // 2) if memory[QEMU] else "idle") if name == QEMU else name
            print("%-28s %9d %9d %14d %8.2f   %s" % (title, found.total_ms, found.setup_ms, found.bytes // 1024, found.cpu_s,
                                                    " ".join(str(run.total_ms) for run in results[name])))
    aims(case, medians)


def aims(case, medians):
    if case == "idle" and HINTS in medians:
        say("scan of untouched memory, with all of the setup: %d ms" % medians[HINTS].setup_ms, "below 5 ms", medians[HINTS].setup_ms < 5)
        if QEMU in medians:
            times = medians[QEMU].total_ms / max(1, medians[HINTS].total_ms)
            say("%.1f times faster than QEMU" % times, "20 times", times >= 20)
    if case == "hog" and HINTS in medians and RESIDENCY in medians:
        times = medians[RESIDENCY].total_ms / max(1, medians[HINTS].total_ms)
        say("%.1f times less time by hints" % times, "13.5 times", times >= 13.5)
        share = 100 * medians[HINTS].bytes / medians[RESIDENCY].bytes
        say("%.1f %% of the bytes" % share, "at most 4.4 %", share <= 4.4)


def say(what, aim, met):
    print("  %s (aim: %s, %s)" % (what, aim, "met" if met else "missed"))


def workload(size, description):
    def measured(place, transport):
        with servers.Godwitd(place, "source", size, description) as source, \
                servers.Godwitd(place, "destination", size, description, "--incoming", "defer") as destination:
            source.await_rehearsed()
            destination.await_rehearsed()
            await_still(source, description)
            result = migrated(source, destination, place, transport)
            destination.qmp.execute("x-godwit-verify")
            return result
    return measured


def qemu(size, program_mib):
    def measured(place, transport):
        pages = program_mib * MIB // servers.PAGE
        with servers.Qemu(place, "source", size, pages) as source, \
                servers.Qemu(place, "destination", size, pages, "-incoming", "defer") as destination:
            source.await_heartbeat()
            return migrated(source, destination, place, transport)
    return measured


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
    return Result(info["total-time"], info["setup-time"], info["ram"]["transferred"], used)
