"""A background snapshot of a guest that writes as fast as it can, beside QEMU's and beside a live precopy into a file.

One guest program for all, under KVM: it fills its memory, and then writes a working set round and round. "rate" is what it
writes while the snapshot runs, as part of what it wrote before; both come from the guest's own counter. "image" is what the
file takes on its disk, as part of the memory that is not zero. "pause" is the guest's standstill, "fault" how long the
guest's writes waited for a copy, seen by who serves them: QEMU tells neither those nor fractions of a millisecond. "of
paused" is the time as a multiple of what a plain save of the same guest takes that stands still. Every number is the median of alternating
runs in this one go; host memory is primed before each.

Three parts, all of them unless --part says otherwise: "busy" is that; "large" is the pause of a guest with 4 GiB, a workload that
writes 64 MiB of them; "transactions" is the pause of a stock QEMU with one disk, which its guest writes, by `transaction` with
`migrate` and an overlay, from the times of its STOP and RESUME.
"""
import collections
import os
import pathlib
import re
import shutil
import statistics
import struct
import subprocess
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
    parser.add_argument("--part", action="append", choices=list(PARTS), help="only this; may be repeated")
    parser.add_argument("--transactions", type=int, default=100, metavar="N", help="how many (default %(default)s)")
    parser.add_argument("--quick", action="store_true", help="one run with 128 MiB, to see that everything works")
    parser.add_argument("--dir", type=pathlib.Path, default=servers.ROOT / "target", help="where the files go (default target/)")


def run(options):
    for part in options.part or PARTS:
        PARTS[part](options)
    return 0


def busy(options):
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


Result = collections.namedtuple("Result", "seconds paused_seconds pause_ms rate image faults")


def large(options):
    size_mib, runs = (256, 1) if options.quick else (4096, 5)
    pauses, seconds = [], []
    with tempfile.TemporaryDirectory(prefix="godwit-bench-", dir=servers.ROOT / "target") as scratch, \
            tempfile.TemporaryDirectory(prefix="godwit-bench-", dir=options.dir) as files_in:
        path = pathlib.Path(files_in) / "snapshot"
        sockets.prime((size_mib + 512) * MIB)
        with servers.Godwitd(pathlib.Path(scratch), "godwit", size_mib, "fill=%dM,dirty=64M,rate=1000000000" % size_mib,
                             "--metrics", "127.0.0.1:%d" % METRICS_PORT, "--seal", "off") as guest:
            guest.await_filled(size_mib * MIB)
            Godwit().set(guest, "background-snapshot", "mapped-ram")
            for _ in range(runs):
                files.settle(path)
                info, _ = guest.qmp.migrate("file:%s" % path)
                pauses.append(Metrics().sum("godwit_migration_downtime_seconds") * 1000)
                seconds.append(info["total-time"] / 1000)
    print("\n%d MiB, all of them in use, 64 MiB written as fast as it can: %d snapshots, pause %.2f ms median, %.2f ms longest, %.2f s each" % (
        size_mib, runs, statistics.median(pauses), max(pauses), statistics.median(seconds)))


def transactions(options):
    if not servers.has_qemu() or not all(shutil.which(tool) for tool in ("as", "ld", "qemu-img")):
        print("\nNo qemu-system-x86_64, qemu-img or binutils here: no transactions.")
        return
    count = 3 if options.quick else options.transactions
    with tempfile.TemporaryDirectory(prefix="godwit-bench-", dir=servers.ROOT / "target") as scratch, \
            tempfile.TemporaryDirectory(prefix="godwit-bench-", dir=options.dir) as files_in:
        pauses = sorted(TransactionPauses(pathlib.Path(scratch), pathlib.Path(files_in)).take(count))
    print("\n%d transactions of a stock QEMU, 128 MiB, one disk that its guest writes: it stood still for %.2f ms (p50), %.2f ms (p99), %.2f ms (longest)" % (
        count, pauses[len(pauses) // 2], pauses[min(len(pauses) - 1, len(pauses) * 99 // 100)], pauses[-1]))


class TransactionPauses:
    """A QEMU behind a godwitd; its guest counts in memory and on its disk."""

    SOURCE = servers.ROOT / "integration-tests/src/test/guest/counting.S"

    def __init__(self, scratch, disks):
        self.scratch, self.disks = scratch, disks
        self.floppy, self.disk = scratch / "counting.img", disks / "disk.qcow2"

    def take(self, count):
        """Milliseconds, of each transaction."""
        self.assemble()
        subprocess.run(["qemu-img", "create", "-q", "-f", "qcow2", self.disk, "1M"], check=True)
        with servers.Server(self.scratch, "qemu", [
                "qemu-system-x86_64", "-machine", "pc,accel=tcg", "-m", "128", "-nodefaults", "-no-user-config", "-display", "none",
                "-drive", "if=none,id=boot,format=raw,readonly=on,file=%s" % self.floppy, "-device", "floppy,drive=boot", "-boot", "order=a",
                "-blockdev", "driver=file,node-name=file0,filename=%s" % self.disk, "-blockdev", "driver=qcow2,node-name=disk0,file=file0",
                "-device", "virtio-blk-pci,drive=disk0", "-qmp", "unix:%s,server=on,wait=off" % (self.scratch / "qemu.qmp")]) as qemu:
            qemu.qmp.close()
            with servers.Server(self.scratch, "godwit", [
                    str(servers.LAUNCH), "godwitd", "--qemu", "unix:%s" % (self.scratch / "qemu.qmp"), "--seal", "off",
                    "--qmp", "unix:%s" % (self.scratch / "godwit.qmp")]) as godwit:
                return [self.pause_of(godwit.qmp, number) for number in range(count)]

    def assemble(self):
        built = self.scratch / "counting.o"
        subprocess.run(["as", "--64", self.SOURCE, "-o", built], check=True)
        subprocess.run(["ld", "-m", "elf_x86_64", "-Ttext", "0x7c00", "--oformat", "binary", built, "-o", self.floppy], check=True)
        os.truncate(self.floppy, 1440 << 10)

    def pause_of(self, qmp, number):
        memory = self.scratch / "memory"
        qmp.times.clear()
        qmp.execute("transaction", actions=[
            {"type": "migrate", "data": {"uri": "file:%s" % memory}},
            {"type": "blockdev-snapshot-sync", "data": {"node-name": "over%d" % number if number else "disk0", "snapshot-node-name": "over%d" % (number + 1),
                                                        "snapshot-file": str(self.disks / ("over%d.qcow2" % number))}}])
        while "RESUME" not in qmp.times:
            qmp.execute("query-status")
        pause_ms = (qmp.times["RESUME"] - qmp.times["STOP"]) * 1000
        self.await_job(qmp)
        return pause_ms

    @staticmethod
    def await_job(qmp):
        while True:
            job = qmp.execute("query-jobs")[0]
            if job["status"] == "concluded":
                if "error" in job:
                    raise QmpError("a transaction's save: %s" % job["error"])
                qmp.execute("job-dismiss", id=job["id"])
                return
            time.sleep(0.02)


PARTS = {"busy": busy, "large": large, "transactions": transactions}


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
                                             "faults; p50, p99, all in us"))
    for contender in contenders:
        row(contender, results[contender.name])


def row(contender, results):
    def median(field):
        return statistics.median(getattr(result, field) for result in results)

    faults = results[len(results) // 2].faults
    of_paused = "%9.2f" % statistics.median(each.seconds / each.paused_seconds for each in results) if contender.keeps_running else "%9s" % "-"
    print("%-34s %8.2f %s %9.2f %6.0f%% %7.3f  %s" % (contender.name, median("seconds"), of_paused, median("pause_ms"), 100 * median("rate"),
                                                     median("image"), faults or ""))


def measure(contender, guest, place, path, size_mib):
    status = Status(guest, place)
    status.await_filled(size_mib)
    before = status.rate_over(RATE_SECONDS)
    contender.prepare(guest)
    prime_for_file(size_mib)
    begun = status.look()
    info, _ = guest.qmp.migrate("file:%s" % path)
    during = status.rate_since(begun)
    image = os.stat(path).st_blocks * 512 / (size_mib * MIB)
    pause_ms, faults = contender.pause_and_faults(guest, info)
    seconds = info["total-time"] / 1000
    paused = save_paused(guest, path, size_mib) if contender.keeps_running else None
    return Result(seconds, paused, pause_ms, during / before, image, faults)


def prime_for_file(size_mib):
    """What the file takes of the page cache: the hypervisor takes back within seconds what nobody uses."""
    sockets.prime((size_mib + 512) * MIB)


def save_paused(guest, path, size_mib):
    """Seconds of a plain mapped-ram save of the guest, which is stopped for it."""
    files.settle(path)
    prime_for_file(size_mib)
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
        """In words: how many, and the powers of two below which half, 99 of 100 and all are."""
        below = [(float(re.search(r'le="([^"]+)"', labels).group(1)), float(value))
                 for found, labels, value in self.samples if found == "godwit_snapshot_write_fault_seconds_bucket"]
        count = max((value for _, value in below), default=0)
        if not count:
            return "0"
        return "%d; < %.0f, < %.0f, < %.0f" % (count, *(1e6 * quantile(below, part) for part in (0.5, 0.99, 1)))


def quantile(below, part):
    """`below` counts, for each bound, all that are within it."""
    return next(bound for bound, count in sorted(below) if count >= part * below[-1][1])
