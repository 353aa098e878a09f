"""How soon a stock QEMU runs from a snapshot: by its own load, restored lazily by Godwit, or with the file for its memory.

Every number is the median of alternating runs in this one go; host memory is primed before each. The guest (laps.S) fills its
memory, then goes round a working set in its middle for ever. Time begins with the first command (migrate-incoming, or
x-godwit-restore, which then talks to QEMU's monitor), with QEMU waiting and the daemon at rest:
  running     QEMU says RESUME
  heartbeat   the guest's next sign of life is on its serial port
  tenth lap   so often it has come to each page of its working set
  completed   all of its memory has come; that of a clone stays in the file
  asked       pages that the guest had to wait for; with QEMU's own load there are none, as it runs only afterwards
The daemon serves all restores of a table; its first one is told apart. Replay sends first what earlier restores were asked for;
that first one is the one it learns from. Parts: `times` of one guest; `clones`, many at once; `service`, how long a request of a
page takes from its arrival until the page is written to the socket, by the daemon's own count.
"""
import contextlib
import json
import pathlib
import re
import shutil
import statistics
import tempfile
import threading
import time

import files
import guests
import servers
import snapshot
from qmp import QmpError

MIB = 1 << 20
SET_MIB = 64
LAPS = 10
COLUMNS = ("running", "heartbeat", "tenth lap", "completed")
QEMUS = ("QEMU", "QEMU, multifd 2")
CACHES = {"warm": files.warm, "evicted": files.evict}


def add_options(parser):
    parser.add_argument("--runs", type=int, default=3, help="runs of each measurement (default %(default)s)")
    parser.add_argument("--size", type=int, action="append", metavar="MIB", help="memory in use of the measured guest, %d to %d; may be "
                        "repeated (default 1024 and 4096 less what has no room below 4 GiB; 1024 alone for clones and service)"
                        % (2 * SET_MIB, snapshot.LARGEST_MIB - 16))
    parser.add_argument("--only", action="append", choices=sorted(PARTS), help="one part: " + ", ".join(PARTS))
    parser.add_argument("--cache", action="append", choices=sorted(CACHES), help="only with the file in the page cache, or out of it")
    parser.add_argument("--clones", type=int, default=20, help="so many at once (default %(default)s)")
    parser.add_argument("--quick", action="store_true", help="one run with 128 MiB, to see that everything works")
    parser.add_argument("--dir", type=pathlib.Path, default=servers.ROOT / "target", help="where the file goes (default target/)")


def run(options):
    if options.quick:
        options.runs, options.size = 1, [2 * SET_MIB]
    for size in options.size or []:
        if not 2 * SET_MIB <= size <= snapshot.LARGEST_MIB - 16:
            raise QmpError("--size: %d, %d to %d expected" % (size, 2 * SET_MIB, snapshot.LARGEST_MIB - 16))
    if not servers.has_qemu():
        raise QmpError("no qemu-system-x86_64 here: there is nothing to be restored")
    guests.need_binutils()
    print("Medians of %d run%s, in milliseconds; every page in use is distinct, %d MiB of them are in the working set. File: %s." %
          (options.runs, "s" if options.runs > 1 else "", SET_MIB, files.device_of(options.dir)))
    with tempfile.TemporaryDirectory(prefix="godwit-bench-", dir=servers.ROOT / "target") as sockets_in, \
            tempfile.TemporaryDirectory(prefix="godwit-bench-", dir=options.dir) as files_in:
        for part in options.only or PARTS:
            for size_mib in options.size or ([1024, snapshot.LARGEST_MIB - 16] if part == "times" else [1024]):
                PARTS[part](Snapshot(pathlib.Path(sockets_in), pathlib.Path(files_in), size_mib), options)
    return 0


class Snapshot:
    """A guest in a file, and QEMUs for it."""

    def __init__(self, sockets_in, files_in, size_mib):
        self.sockets_in, self.path, self.size_mib = sockets_in, files_in / ("snapshot-%d" % size_mib), size_mib
        self.image = guests.assemble(fresh(sockets_in), "laps.S", PAGES=size_mib * MIB // servers.PAGE, SET=SET_MIB * MIB // servers.PAGE)
        if not self.path.exists():
            with self.qemu(fresh(sockets_in), "source") as source:
                await_laps(source, 1)
                source.qmp.set_capabilities("mapped-ram")
                source.qmp.execute("migrate-set-parameters", max_bandwidth=0, downtime_limit=60000)  # it writes faster than a disk
                source.qmp.migrate("file:%s" % self.path)

    def qemu(self, directory, name, *options):
        return servers.BootedQemu(directory, name, self.size_mib + snapshot.SPARE_MIB, self.image, *options)

    def waiting(self, directory, name, *options):
        """It has a second monitor for the daemon."""
        guest = self.qemu(directory, name, "-incoming", "defer", "-qmp", "unix:%s,server=on,wait=off" % (directory / (name + ".pager")), *options)
        guest.qmp.set_capabilities("events")
        return guest

    @contextlib.contextmanager
    def pager(self):
        directory = fresh(self.sockets_in)
        with servers.Daemon(directory, "pager", 16, "--accel", "none", "--restores", str(directory / "restores")) as pager:
            pager.await_rehearsed()
            yield pager

    def mapping(self, pager):
        """What gives a QEMU the file for its memory."""
        memory = pager.qmp.execute("x-godwit-query-saved", file=str(self.path))
        return ["-object", "memory-backend-file,id=%s,size=%d,mem-path=%s,offset=%d,share=off,readonly=on,rom=off" %
                (memory["block"], memory["size"], self.path, memory["offset"]), "-machine", "memory-backend=%s" % memory["block"]]


def fresh(sockets_in):
    directory = sockets_in / "run"
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir()
    return directory


def measure_times(saved, options):
    for temperature in options.cache or CACHES:
        results = {name: [] for name in CONTENDERS}
        with saved.pager() as pager:
            first = once(pager, saved, "lazy, replay", CACHES[temperature])  # it learns
            for _ in range(options.runs):
                for name in CONTENDERS:
                    results[name].append(once(pager, saved, name, CACHES[temperature]))
        table("%d MiB in use, file %s" % (saved.size_mib, temperature), results)
        print("  the daemon's first restore: running after %.1f, completed after %.1f" % (first["running"], first["completed"]))
        aims(results)


def once(pager, saved, name, cache):
    directory = saved.sockets_in / "run"
    for left in directory.glob("destination*"):
        left.unlink()
    mapping = saved.mapping(pager) if name == "clone" else []
    with saved.waiting(directory, "destination", *mapping) as destination:
        snapshot.prime(saved.size_mib)
        cache(saved.path)
        return CONTENDERS[name](Run(destination, pager, saved.path, directory))


class Run:
    """One guest on its way from the file."""

    def __init__(self, destination, pager, path, directory):
        self.destination, self.pager, self.path = destination, pager, path
        self.wire = directory / (destination.name + ".wire")
        self.monitor = directory / (destination.name + ".pager")

    def load(self, *capabilities):
        self.destination.qmp.set_capabilities("mapped-ram", *capabilities)
        begun = time.time()
        self.destination.qmp.execute("migrate-incoming", uri="file:%s" % self.path)
        return {**self.watch(begun), "asked": 0}

    def restore(self, **arguments):
        begun = time.time()
        self.pager.qmp.execute("x-godwit-restore", file=str(self.path), uri="unix:%s" % self.wire,
                               qmp="unix:%s" % self.monitor, **arguments)
        times = self.watch(begun)
        restore = self.pager.qmp.execute("x-godwit-query-restores")[-1]
        return {**times, "asked": restore["ram"]["postcopy-requests"]}

    def watch(self, begun):
        """Reads QEMU's events, which say when they were, until the guest is whole, and what the guest itself says."""
        times, qmp = {}, self.destination.qmp
        laps = threading.Thread(target=self.watch_laps, args=(begun, times))
        laps.start()
        while "running" not in times or "completed" not in times:
            message = json.loads(qmp.lines.readline() or '{"event":"MIGRATION","data":{"status":"failed"}}')
            status = message["data"]["status"] if message.get("event") == "MIGRATION" else None
            if status == "failed":
                raise QmpError("the guest did not come: %s" % self.destination.log_path.read_text(errors="replace"))
            if status == "setup":
                times["listens"] = since(begun, message)
            if message.get("event") == "RESUME":
                times["running"] = since(begun, message)
            if status == "completed":
                times["completed"] = since(begun, message)
        laps.join()
        if "tenth lap" not in times:
            raise QmpError("the restored guest does not go round")
        return times

    def watch_laps(self, begun, times, patience=120.0):
        deadline = time.monotonic() + patience
        while "tenth lap" not in times:
            if time.monotonic() > deadline:
                raise QmpError("the restored guest does not go round")
            said = self.destination.serial.read_bytes()
            if said:
                times.setdefault("heartbeat", 1000 * (time.time() - begun))
            if said.count(b"\n") >= LAPS and b"X" not in said:
                times["tenth lap"] = 1000 * (time.time() - begun)
            time.sleep(0.001)


def since(begun, event):
    stamp = event["timestamp"]
    return 1000 * (stamp["seconds"] + stamp["microseconds"] / 1e6 - begun)


def await_laps(guest, laps, patience=120.0):
    deadline = time.monotonic() + patience
    while guest.serial.read_bytes().count(b"\n") < laps:
        if time.monotonic() > deadline:
            raise QmpError("%s: its guest does not go round" % guest.name)
        time.sleep(0.05)


CONTENDERS = {
    QEMUS[0]: lambda run: run.load(),
    QEMUS[1]: lambda run: run.load("multifd"),
    "lazy, linear": lambda run: run.restore(order="linear"),
    "lazy, replay": lambda run: run.restore(order="replay"),
    "clone": lambda run: run.restore(mapped=True),
}


def table(title, results):
    print("\n%-26s" % title + "".join("%11s" % column for column in (*COLUMNS, "asked")))
    for name, runs in results.items():
        print("  %-24s" % name + "".join("%11.1f" % median(runs, column) for column in COLUMNS) + "%11d" % median(runs, "asked"))


def median(runs, column):
    return statistics.median(run[column] for run in runs)


def aims(results):
    best = min(median(results[name], "running") for name in QEMUS)
    for name in ("lazy, linear", "clone"):
        aim("%s: running sooner than QEMU's best load" % name, best / median(results[name], "running"), "times", 20, at_least=True)
    aim("lazy, linear: completed, of QEMU's multifd load",
        median(results["lazy, linear"], "completed") / median(results[QEMUS[1]], "completed"), "times", 1.5)
    aim("replay: pages asked for, of linear's", 100 * median(results["lazy, replay"], "asked") / max(1, median(results["lazy, linear"], "asked")), "%", 10)


def aim(what, value, unit, limit, at_least=False):
    met = value >= limit if at_least else value <= limit
    print("  aim: %s %.1f %s, at %s %.1f: %s" % (what, value, unit, "least" if at_least else "most", limit, "met" if met else "NOT MET"))


def measure_clones(saved, options):
    """Each has a client of its own, and all are told at once."""
    with saved.pager() as pager, contextlib.ExitStack() as stack:
        directory, mapping = saved.sockets_in / "run", saved.mapping(pager)
        once(pager, saved, "clone", files.warm)
        clones = [stack.enter_context(saved.waiting(directory, "clone-%d" % i, *mapping)) for i in range(options.clones)]
        files.warm(saved.path)
        began = [begin(Run(clone, pager, saved.path, directory)) for clone in clones]
        times = [Run(clone, pager, saved.path, directory).watch(begun) for clone, begun in zip(clones, began)]
        after_listen = sorted(each["running"] - each["listens"] for each in times)
        print("\n%d clones at once of %d MiB in use, file warm" % (len(clones), saved.size_mib))
        for title, values in {"to running, after QEMU listens": after_listen, "to running, after the command": sorted(each["running"] for each in times),
                              "to the tenth lap, after the command": sorted(each["tenth lap"] for each in times)}.items():
            print("  %-36s median %8.1f, p95 %8.1f" % (title, statistics.median(values), part(values, 0.95)))
        aim("p95 to running after QEMU listens", part(after_listen, 0.95), "ms", 100)
        print("  after %d laps or more each: sum of Pss %d MiB, of Rss %d MiB" % (LAPS, *(sum(memory(clone, kind) for clone in clones) for kind in ("Pss", "Rss"))))


def begin(run):
    begun = time.time()
    run.pager.qmp.execute("x-godwit-restore", file=str(run.path), uri="unix:%s" % run.wire, qmp="unix:%s" % run.monitor, mapped=True)
    return begun


def memory(server, kind):
    """MiB of a process, as the kernel counts them."""
    text = pathlib.Path("/proc/%d/smaps_rollup" % server.process.pid).read_text(encoding="ascii")
    return int(re.search(r"%s:\s+(\d+) kB" % kind, text).group(1)) // 1024


def part(values, share):
    return values[min(len(values) - 1, int(len(values) * share))]


def measure_service(saved, options):
    """Nothing is pushed: each page is asked for."""
    with saved.pager() as pager:
        directory = saved.sockets_in / "run"
        for temperature in options.cache or CACHES:
            with saved.waiting(directory, "service-" + temperature) as guest:
                CACHES[temperature](saved.path)
                run = Run(guest, pager, saved.path, directory)
                begun, times = time.time(), {}
                pager.qmp.execute("x-godwit-restore", file=str(run.path), uri="unix:%s" % run.wire, qmp="unix:%s" % run.monitor, order="on-demand")
                run.watch_laps(begun, times)
                counts = pager.qmp.execute("x-godwit-query-restores")[-1]["request-latency"]
                print("\nRequests of a guest with %d MiB in use, file %s, nothing pushed: %d in ten laps of %.1f ms" %
                      (saved.size_mib, temperature, sum(counts), times["tenth lap"]))
                p50, p99 = (below(counts, share) for share in (0.5, 0.99))
                print("  served in less than %.3f ms (half of them), %.3f ms (99 of 100)" % (p50, p99))
                aim("service p99, within a power of two,", p99, "ms", 1.024)


def below(counts, share):
    """Milliseconds: the power of two of microseconds below which so many lie."""
    seen = 0
    for power, count in enumerate(counts):
        seen += count
        if seen >= share * sum(counts):
            return 2 ** power / 1000
    return float("inf")


PARTS = {"times": measure_times, "clones": measure_clones, "service": measure_service}
