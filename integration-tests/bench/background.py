"""A background snapshot of a guest that writes as fast as it can, beside QEMU's and beside a live precopy into a file.

One guest program for all, under KVM: it fills its memory, and then writes a working set round and round. "rate" is what it
writes while the snapshot runs, as part of what it wrote before; both come from the guest's own counter. "image" is what the
file takes on its disk, as part of the memory that is not zero. "pause" is the guest's standstill, "fault" how long the
guest's writes waited for a copy, seen by who serves them: QEMU tells neither those nor fractions of a millisecond. "paused"
is a plain save of the same guest, standing still, and the measure of the time. Every number is the median of alternating
runs in this one go; host memory is primed before each.
"""
import collections
import os
import pathlib
import re
import shutil
import statistics
import struct
import tempfile
import time
import urllib.request

import files
import servers
import sockets
from qmp import QmpError

MIB = 1 << 20
SPARE_MIB = 32
LARGEST_MIB = servers.Qemu.LOW_MIB - SPARE_MIB - 8
# More at each tick than a guest can write until the next one.
TOUCHES = 1 << 22
# The guest's status block: pages filled, lines said, touches so far.
STATUS, STATUS_FORM = 0x7e00, struct.Struct("<IIQ")
RATE_SECONDS = 2.0
METRICS_PORT = 19464


def add_options(parser):
    parser.add_argument("--runs", type=int, default=3, help="runs of each measurement (default %(default)s)")
    parser.add_argument("--size", type=int, default=2048, metavar="MIB", help="memory in use, at most %d (default %%(default)s)" % LARGEST_MIB)
    parser.add_argument("--set", type=int, action="append", metavar="MIB", help="working set; may be repeated (default 64 and 256)")
    parser.add_argument("--quick", action="store_true", help="one run with 128 MiB, to see that everything works")
    parser.add_argument("--dir", type=pathlib.Path, default=servers.ROOT / "target", help="where the files go (default target/)")


def run(options):
    runs, size_mib, sets = (1, 128, [16]) if options.quick else (options.runs, options.size, options.set or [64, 256])
    if not all(1 <= each <= size_mib <= LARGEST_MIB for each in sets):
        raise QmpError("--set, --size: sets of 1 to size, size up to %d expected" % LARGEST_MIB)
    if not os.access("/dev/kvm", os.R_OK | os.W_OK):
        raise QmpError("/dev/kvm cannot be used: the guest that is measured needs it.")
    print("Medians of %d run%s, %d MiB in use. Files: %s." % (runs, "s" if runs > 1 else "", size_mib, files.device_of(options.dir)))
    contenders = [GodwitSnapshot("mapped-ram"), GodwitSnapshot("mapped-ram, 2 channels", "multifd"),
                  GodwitSnapshot("stream", mapped=False), GodwitPrecopy()]
    if servers.has_qemu():
        contenders += [QemuSnapshot(), QemuPrecopy()]
    else:
        print("No qemu-system-x86_64 here: its rows are missing.")
    with tempfile.TemporaryDirectory(prefix="godwit-bench-", dir=servers.ROOT / "target") as scratch, \
            tempfile.TemporaryDirectory(prefix="godwit-bench-", dir=options.dir) as files_in:
        for set_mib in sets:
            compare(contenders, pathlib.Path(scratch), pathlib.Path(files_in) / "snapshot", runs, size_mib, set_mib)
    return 0


Result = collections.namedtuple("Result", "seconds paused_seconds pause_ms rate image faults")


def compare(contenders, scratch, path, runs, size_mib, set_mib):
    results = collections.defaultdict(list)
    for _ in range(runs):
        for contender in contenders:
            place = scratch / "run"
            shutil.rmtree(place, ignore_errors=True)
            place.mkdir()
            files.settle(path)
            sockets.prime((size_mib + 512) * MIB)
            with contender.guest(place, size_mib, set_mib) as guest:
                results[contender.name].append(measure(contender, guest, place, path, size_mib))
    print("\n%-34s %8s %9s %9s %7s %7s  %s" % ("working set %d MiB" % set_mib, "s", "of paused", "pause ms", "rate", "image",
                                             "faults; p50, p99, longest in us"))
    for contender in contenders:
        row(contender, results[contender.name])


def row(contender, results):
    def median(field):
        return statistics.median(getattr(result, field) for result in results)

    faults = results[len(results) // 2].faults
    print("%-34s %8.2f %9.2f %9.2f %6.0f%% %7.3f  %s" % (
        contender.name, median("seconds"), statistics.median(result.seconds / result.paused_seconds for result in results),
        median("pause_ms"), 100 * median("rate"), median("image"), faults or ""))


def measure(contender, guest, place, path, size_mib):
    status = Status(guest, place)
    status.await_filled(size_mib)
    before = status.rate_over(RATE_SECONDS)
    contender.prepare(guest)
    begun = status.look()
    info, _ = guest.qmp.migrate("file:%s" % path)
    during = status.rate_since(begun)
    image = os.stat(path).st_blocks * 512 / (size_mib * MIB)
    pause_ms, faults = contender.pause_and_faults(guest, info)
    seconds = info["total-time"] / 1000
    if contender.keeps_running:
        paused = save_paused(guest, path)
    else:
        paused, during = seconds, before if during is None else during
    return Result(seconds, paused, pause_ms, during / before, image, faults)


def save_paused(guest, path):
    """Seconds of a plain mapped-ram save of the guest, which is stopped for it."""
    files.settle(path)
    guest.qmp.execute("stop")
    names = {"background-snapshot": False, "multifd": False, "mapped-ram": True}
    guest.qmp.execute("migrate-set-capabilities", capabilities=[{"capability": name, "state": on} for name, on in names.items()])
    info, _ = guest.qmp.migrate("file:%s" % path)
    return max(1, info["total-time"]) / 1000


class Status:
    """What the guest's program says of itself in its memory."""

    def __init__(self, guest, place):
        self.guest, self.path = guest, place / "status"

    def look(self):
        """Pages filled, touches, and when that was."""
        self.path.unlink(missing_ok=True)
        self.guest.qmp.execute("pmemsave", val=STATUS, size=STATUS_FORM.size, filename=str(self.path))
        now = time.monotonic()
        filled, _, touched = STATUS_FORM.unpack(self.path.read_bytes())
        return filled, touched, now

    def await_filled(self, size_mib, patience=120.0):
        deadline = time.monotonic() + patience
        while True:
            filled, touched, now = self.look()
            if filled >= size_mib * MIB // servers.PAGE and touched > 0:
                return
            if now > deadline:
                raise QmpError("%s: its guest has filled %d pages and does not go on" % (self.guest.name, filled))
            time.sleep(0.1)

    def rate_over(self, seconds):
        begun = self.look()
        time.sleep(seconds)
        return self.rate_since(begun)

    def rate_since(self, begun):
        _, touched, now = self.look()
        return (touched - begun[1]) / (now - begun[2])


class Godwit:
    keeps_running = True

    def guest(self, place, size_mib, set_mib):
        image = place / "guest.img"
        write_program(image, size_mib, set_mib)
        os.truncate(image, servers.HEARTBEAT.stat().st_size)
        return servers.Daemon(place, "godwit", size_mib + SPARE_MIB, "--accel", "kvm", "--boot-image", str(image),
                              "--metrics", "127.0.0.1:%d" % METRICS_PORT)

    def set(self, guest, *capabilities):
        guest.await_rehearsed()
        guest.qmp.set_capabilities(*capabilities)
        guest.qmp.execute("migrate-set-parameters", max_bandwidth=0, multifd_channels=2)

    def pause_and_faults(self, guest, _):
        metrics = Metrics()
        return metrics.sum("godwit_migration_downtime_seconds") * 1000, metrics.faults()


class GodwitSnapshot(Godwit):
    def __init__(self, form, *capabilities, mapped=True):
        self.name = "godwit, " + form
        self.capabilities = ("background-snapshot", *(("mapped-ram",) if mapped else ()), *capabilities)

    def prepare(self, guest):
        self.set(guest, *self.capabilities)


class GodwitPrecopy(Godwit):
    name = "godwit, live precopy"
    keeps_running = False

    def prepare(self, guest):
        self.set(guest, "mapped-ram")


class BusyQemu:
    def guest(self, place, size_mib, set_mib):
        image = place / "guest.img"
        write_program(image, size_mib, set_mib)
        return servers.Server(place, "qemu", [
            "qemu-system-x86_64", "-machine", "pc,accel=kvm,max-ram-below-4g=%dM" % servers.Qemu.LOW_MIB, "-nodefaults", "-display", "none",
            "-m", str(size_mib + SPARE_MIB), "-drive", "file=%s,format=raw,if=ide,snapshot=on" % image,
            "-qmp", "unix:%s,server=on,wait=off" % (place / "qemu.qmp")])

    def set(self, guest, *capabilities):
        guest.qmp.set_capabilities(*capabilities)
        guest.qmp.execute("migrate-set-parameters", max_bandwidth=0)

    def pause_and_faults(self, _, info):
        return info["downtime"], None


class QemuSnapshot(BusyQemu):
    name = "QEMU, stream"
    keeps_running = True

    def prepare(self, guest):
        self.set(guest, "background-snapshot")


class QemuPrecopy(BusyQemu):
    name = "QEMU, live precopy"
    keeps_running = False

    def prepare(self, guest):
        self.set(guest, "mapped-ram")


def write_program(path, size_mib, set_mib):
    servers.write_heartbeat(path, size_mib * MIB // servers.PAGE, set_mib * MIB // servers.PAGE, TOUCHES)


class Metrics:
    """What godwitd tells Prometheus."""

    LINE = re.compile(r"^([a-z_]+)(?:\{(.*)\})? (\S+)$", re.MULTILINE)

    def __init__(self):
        with urllib.request.urlopen("http://127.0.0.1:%d/metrics" % METRICS_PORT) as answer:
            self.samples = self.LINE.findall(answer.read().decode())

    def sum(self, name):
        return sum(float(value) for found, _, value in self.samples if found == name)

    def faults(self):
        """In words: how many, and the powers of two below which half and 99 of 100 are."""
        within = sorted((float(re.search(r'below="([^"]+)"', labels).group(1)), float(value))
                        for found, labels, value in self.samples if found == "godwit_snapshot_write_faults_total")
        count = sum(value for _, value in within)
        if not count:
            return "0"
        return "%d; < %.0f, < %.0f, %.0f" % (count, 1e6 * quantile(within, 0.5), 1e6 * quantile(within, 0.99),
                                            1e6 * self.sum("godwit_snapshot_write_fault_longest_seconds"))


def quantile(within, part):
    left = part * sum(value for _, value in within)
    for bound, value in within:
        left -= value
        if left <= 0:
            return bound
    return within[-1][0]
