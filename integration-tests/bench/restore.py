"""How soon a stock QEMU runs from a snapshot: by its own load, and restored lazily by Godwit.

Every number is the median of alternating runs in this one go; host memory is primed before each. Time begins with the first
command (migrate-incoming, or x-godwit-restore, which then talks to QEMU's monitor), with QEMU waiting and the daemon at rest:
  running     QEMU says RESUME
  heartbeat   the guest's next sign of life is on its serial port
  completed   all of its memory has come
  asked       pages that the guest had to wait for; with QEMU's own load there are none, as it runs only afterwards
Replay sends first what the restores of earlier runs were asked for; one such run goes before those that count.
"""
import json
import pathlib
import shutil
import statistics
import tempfile
import time

import files
import servers
import snapshot
from qmp import QmpError

MIB = 1 << 20
TIMES = ("running", "heartbeat", "completed")


def add_options(parser):
    parser.add_argument("--runs", type=int, default=3, help="runs of each measurement (default %(default)s)")
    parser.add_argument("--size", type=int, action="append", metavar="MIB", help="memory in use of the measured guest, at most %d; "
                        "may be repeated (default 1024 and 4096 less what has no room below 4 GiB)" % snapshot.LARGEST_MIB)
    parser.add_argument("--quick", action="store_true", help="one run with 128 MiB, to see that everything works")
    parser.add_argument("--dir", type=pathlib.Path, default=servers.ROOT / "target", help="where the file goes (default target/)")


def run(options):
    runs, sizes = (1, [128]) if options.quick else (options.runs, options.size or [1024, snapshot.LARGEST_MIB])
    if not all(64 <= size <= snapshot.LARGEST_MIB for size in sizes):
        raise QmpError("--size: 64 to %d expected" % snapshot.LARGEST_MIB)
    if not servers.has_qemu():
        raise QmpError("no qemu-system-x86_64 here: there is nothing to be restored")
    print("Medians of %d run%s, in milliseconds; every page in use is touched and distinct. File: %s." %
          (runs, "s" if runs > 1 else "", files.device_of(options.dir)))
    with tempfile.TemporaryDirectory(prefix="godwit-bench-", dir=servers.ROOT / "target") as sockets_in, \
            tempfile.TemporaryDirectory(prefix="godwit-bench-", dir=options.dir) as files_in:
        for size_mib in sizes:
            measure(pathlib.Path(sockets_in), pathlib.Path(files_in) / ("snapshot-%d" % size_mib), runs, size_mib)
    return 0


def measure(sockets_in, path, runs, size_mib):
    with servers.Qemu(fresh(sockets_in), "source", size_mib + snapshot.SPARE_MIB, size_mib * MIB // servers.PAGE) as source:
        source.await_heartbeat()
        source.qmp.set_capabilities("mapped-ram")
        source.qmp.migrate("file:%s" % path)
    for temperature, cache in {"warm": files.warm, "cold": files.evict}.items():
        results = {name: [] for name in CONTENDERS}
        once(sockets_in, CONTENDERS["lazy, replay"], path, size_mib)  # it learns
        for _ in range(runs):
            for name, contender in CONTENDERS.items():
                snapshot.prime(size_mib)
                cache(path)
                results[name].append(once(sockets_in, contender, path, size_mib))
        table("%d MiB in use, file %s" % (size_mib, temperature), results)


def once(sockets_in, contender, path, size_mib):
    directory = fresh(sockets_in)
    second = directory / "pager-side.qmp"
    with servers.Qemu(directory, "destination", size_mib + snapshot.SPARE_MIB, 0, "-incoming", "defer", "-qmp",
                      "unix:%s,server=on,wait=off" % second) as destination, \
            servers.Daemon(directory, "pager", 16, "--accel", "none") as pager:
        pager.await_rehearsed()
        destination.qmp.set_capabilities("events")
        return contender(Run(destination, pager, path, directory / "wire", second))


def fresh(sockets_in):
    directory = sockets_in / "run"
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir()
    return directory


class Run:
    """One guest on its way from the file."""

    def __init__(self, destination, pager, path, wire, monitor):
        self.destination, self.pager, self.path, self.wire, self.monitor = destination, pager, path, wire, monitor

    def load(self, *capabilities):
        self.destination.qmp.set_capabilities("mapped-ram", *capabilities)
        begun = time.time()
        self.destination.qmp.execute("migrate-incoming", uri="file:%s" % self.path)
        return {**self.watch(begun), "asked": 0}

    def restore(self, order):
        begun = time.time()
        self.pager.qmp.execute("x-godwit-restore", file=str(self.path), uri="unix:%s" % self.wire,
                               qmp="unix:%s" % self.monitor, order=order)
        times = self.watch(begun)
        restore = self.pager.qmp.execute("x-godwit-query-restores")[0]
        return {**times, "asked": restore["ram"]["postcopy-requests"]}

    def watch(self, begun):
        """Reads QEMU's events, which say when they were, until the guest runs and is whole."""
        times, qmp = {}, self.destination.qmp
        while "running" not in times or "completed" not in times:
            message = json.loads(qmp.lines.readline() or '{"event":"MIGRATION","data":{"status":"failed"}}')
            status = message["data"]["status"] if message.get("event") == "MIGRATION" else None
            if status == "failed":
                raise QmpError("the guest did not come: %s" % self.destination.log_path.read_text(errors="replace"))
            if message.get("event") == "RESUME":
                times["running"] = since(begun, message)
                times["heartbeat"] = 1000 * (self.heartbeat() - begun)
            if status == "completed":
                times["completed"] = since(begun, message)
        return times

    def heartbeat(self, patience=120.0):
        deadline = time.monotonic() + patience
        while b"heartbeat" not in self.destination.serial.read_bytes():
            if time.monotonic() > deadline:
                raise QmpError("the restored guest does not say that it lives")
            time.sleep(0.001)
        return time.time()


def since(begun, event):
    stamp = event["timestamp"]
    return 1000 * (stamp["seconds"] + stamp["microseconds"] / 1e6 - begun)


CONTENDERS = {
    "QEMU": lambda run: run.load(),
    "QEMU, multifd 2": lambda run: run.load("multifd"),
    "lazy, linear": lambda run: run.restore("linear"),
    "lazy, replay": lambda run: run.restore("replay"),
}


def table(title, results):
    print("\n%s" % title)
    print("  %-18s %10s %10s %10s %8s" % ("", *TIMES, "asked"))
    for name, runs in results.items():
        print("  %-18s %10.1f %10.1f %10.1f %8d" % (name, *(statistics.median(run[key] for run in runs) for key in (*TIMES, "asked"))))
