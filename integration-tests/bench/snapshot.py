"""Saves and loads of mapped-ram files against what the disk can take and give, and against QEMU's.

Every number is the median of alternating runs in this one go; host memory is primed before each. Files that are read warm
are in the page cache; before a file is written no other waits to be. A save lasts its query-migrate's total-time; synced,
from the command to the end of an fsync of the file, which Godwit has behind it when it says `completed`, while QEMU
leaves that to the kernel. All else lasts from the command to `completed`. GB = 10^9 bytes, of guest memory in use.
"""
import collections
import contextlib
import pathlib
import shutil
import statistics
import tempfile
import time

import files
import servers
import sockets
from qmp import QmpError

MIB = 1 << 20
# What a guest has besides the memory that its program fills: QEMU's firmware lives in it.
SPARE_MIB = 32
LARGEST_MIB = servers.Qemu.LOW_MIB - SPARE_MIB - 8
SYNCED = ", synced"


def add_options(parser):
    parser.add_argument("--runs", type=int, default=3, help="runs of each measurement (default %(default)s)")
    parser.add_argument("--size", type=int, action="append", metavar="MIB", help="memory in use of the measured guest, at most %d; "
                        "may be repeated (default 1024 and 4096 less what has no room below 4 GiB)" % LARGEST_MIB)
    parser.add_argument("--form", metavar="FORM", action="append", choices=sorted(Vmm.NAMES), help="of the parts save, load and seal one form: "
                        + ", ".join(Vmm.NAMES))
    parser.add_argument("--quick", action="store_true", help="one run with 256 MiB, to see that everything works")
    parser.add_argument("--only", metavar="PART", action="append", choices=sorted(PARTS), help="one part: " + ", ".join(PARTS))
    parser.add_argument("--dir", type=pathlib.Path, default=servers.ROOT / "target", help="where the files go (default target/)")


def run(options):
    runs, sizes = (1, [256]) if options.quick else (options.runs, options.size or [1024, LARGEST_MIB])
    if not all(64 <= size <= LARGEST_MIB for size in sizes):
        raise QmpError("--size: 64 to %d expected" % LARGEST_MIB)
    if options.form:
        Vmm.FORMS = {Vmm.NAMES[name]: Vmm.FORMS[Vmm.NAMES[name]] for name in options.form}
    print("Medians of %d run%s; every page in use is touched and distinct. Files: %s." %
          (runs, "s" if runs > 1 else "", files.device_of(options.dir)))
    if not servers.has_qemu():
        print("No qemu-system-x86_64 here: its rows are missing.")
    with tempfile.TemporaryDirectory(prefix="godwit-bench-", dir=servers.ROOT / "target") as sockets_in, \
            tempfile.TemporaryDirectory(prefix="godwit-bench-", dir=options.dir) as files_in:
        for part in options.only or PARTS:
            for size_mib in sizes:
                PARTS[part](Place(pathlib.Path(sockets_in), pathlib.Path(files_in)), runs, size_mib)
    return 0


class Place:
    """Directories for one run's sockets and logs, and for the files that are measured."""

    def __init__(self, sockets_in, files_in):
        self.sockets_in, self.files_in = sockets_in, files_in

    def fresh(self):
        """An empty one for sockets and logs."""
        directory = self.sockets_in / "run"
        shutil.rmtree(directory, ignore_errors=True)
        directory.mkdir()
        return directory

    def file(self, name):
        return self.files_in / name


class Vmm:
    """Who saves and loads, in one of the forms that mapped-ram has; the file is the same in all of them."""

    # Page data through channels of its own, and those past the page cache.
    FORMS = {"": {}}
    for channels in (1, 2):
        FORMS[", multifd %d" % channels] = {"multifd_channels": channels, "direct_io": False}
        FORMS[", multifd %d + direct-io" % channels] = {"multifd_channels": channels, "direct_io": True}

    NAMES = {form.strip(", ").replace(" + ", "-").replace(" ", "-") or "plain": form for form in FORMS}

    def __init__(self, form=""):
        self.parameters = self.FORMS[form]
        self.capabilities = ("mapped-ram", "events", *(("multifd",) if self.parameters else ()))

    def prepare(self, guest):
        guest.qmp.set_capabilities(*self.capabilities)
        guest.qmp.execute("migrate-set-parameters", max_bandwidth=0, **self.parameters)


class Godwit(Vmm):
    @contextlib.contextmanager
    def running(self, directory, memory_mib, used_mib):
        with servers.Godwitd(directory, "source", memory_mib, self.workload(used_mib)) as guest:
            guest.await_filled(used_mib * MIB)
            guest.await_rehearsed()
            yield guest

    @contextlib.contextmanager
    def waiting(self, directory, memory_mib, used_mib):
        with servers.Godwitd(directory, "destination", memory_mib, self.workload(used_mib), "--incoming", "defer") as guest:
            guest.await_rehearsed()
            yield guest

    def check(self, guest):
        guest.qmp.execute("x-godwit-verify")

    @staticmethod
    def workload(used_mib):
        return "fill=%dM,dirty=0,rate=0" % used_mib


class Unsealed(Godwit):
    @staticmethod
    @contextlib.contextmanager
    def running(directory, memory_mib, used_mib):
        with servers.Godwitd(directory, "source", memory_mib, Godwit.workload(used_mib), "--seal", "off") as guest:
            guest.await_filled(used_mib * MIB)
            guest.await_rehearsed()
            yield guest


class Qemu(Vmm):
    @contextlib.contextmanager
    def running(self, directory, memory_mib, used_mib):
        with servers.Qemu(directory, "source", memory_mib, used_mib * MIB // servers.PAGE) as guest:
            guest.await_heartbeat()
            yield guest

    def waiting(self, directory, memory_mib, _):
        return servers.Qemu(directory, "destination", memory_mib, 0, "-incoming", "defer")

    def check(self, guest):
        guest.await_heartbeat()


def vmms():
    return {"godwit": Godwit, **({"QEMU": Qemu} if servers.has_qemu() else {})}


def contenders():
    """By the names of their rows; those of the same form follow each other."""
    return {name + form: vmm(form) for form in Vmm.FORMS for name, vmm in vmms().items()}


def save(place, vmm, path, memory_mib, used_mib):
    """Seconds to save a running guest: its own word, and from the command until the file is on the device."""
    with vmm.running(place.fresh(), memory_mib, used_mib) as guest:
        return save_guest(vmm, guest, path, used_mib)


def save_guest(vmm, guest, path, used_mib):
    vmm.prepare(guest)
    files.settle(path)
    prime(used_mib)
    info, elapsed = guest.qmp.migrate("file:%s" % path, interval=0.002)
    return info["total-time"] / 1000, elapsed + files.sync(path)


def load(place, vmm, path, memory_mib, used_mib, cache):
    """Seconds to load a guest that has its file in the page cache, or has not."""
    with vmm.waiting(place.fresh(), memory_mib, used_mib) as guest:
        vmm.prepare(guest)
        with cached(path, cache):
            prime(used_mib)
            seconds = guest.qmp.load("file:%s" % path)
        vmm.check(guest)
        return seconds


@contextlib.contextmanager
def cached(path, cache):
    """One file at a time is in the page cache, so that there is always room for it."""
    cache(path)
    yield
    files.evict(path)


def measure_saves(place, runs, size_mib):
    seconds = collections.defaultdict(list)
    for _ in range(runs):
        for name, write in {"raw writes of 1 MiB": files.write, "raw O_DIRECT writes of 4 MiB": files.write_direct}.items():
            if times := write(place.file("raw"), size_mib * MIB):
                seconds[name].append(times[0])
                seconds[name + SYNCED].append(times[1])
            files.settle(place.file("raw"))
        for name, vmm in contenders().items():
            saved, synced = save(place, vmm, place.file("ram"), size_mib + SPARE_MIB, size_mib)
            files.settle(place.file("ram"))
            seconds[name].append(saved)
            seconds[name + SYNCED].append(synced)
    table("save of %d MiB" % size_mib, seconds, size_mib)
    for form in Vmm.FORMS:
        for when in (SYNCED, ""):
            aim("godwit" + form + when, seconds, "QEMU" + form + when, 1)
            aim("godwit" + form + when, seconds, "raw writes of 1 MiB" + when, 1 / 0.8)


def measure_loads(place, runs, size_mib):
    saved = {vmm: place.file(name) for name, vmm in vmms().items()}
    for vmm, path in saved.items():
        save(place, vmm(), path, size_mib + SPARE_MIB, size_mib)
    raw = place.file("raw")
    files.write(raw, size_mib * MIB)
    seconds = collections.defaultdict(list)
    for _ in range(runs):
        for temperature, cache in {"warm": files.warm, "cold": files.evict}.items():
            with cached(raw, cache):
                prime(size_mib)
                seconds["raw reads of 1 MiB, " + temperature].append(files.read(raw, size_mib * MIB))
            for name, vmm in contenders().items():
                taken = load(place, vmm, saved[type(vmm)], size_mib + SPARE_MIB, size_mib, cache)
                seconds["%s, %s" % (name, temperature)].append(taken)
    for path in [raw, *saved.values()]:
        files.settle(path)
    table("load of %d MiB" % size_mib, seconds, size_mib)
    for form in Vmm.FORMS:
        for temperature in (", warm", ", cold"):
            aim("godwit" + form + temperature, seconds, "QEMU" + form + temperature, 1)
            aim("godwit" + form + temperature, seconds, "raw reads of 1 MiB" + temperature, 1 / 0.8)


def measure_tenth(place, runs, size_mib):
    """Proportional is what takes no more than half as much again."""
    extents = {"all of %d MiB" % size_mib: size_mib, "a tenth": size_mib // 10}
    seconds = collections.defaultdict(list)
    for _ in range(runs):
        for name, vmm in vmms().items():
            for extent, used_mib in extents.items():
                path = place.file("ram")
                saved, _ = save(place, vmm(), path, size_mib + SPARE_MIB, used_mib)
                loaded = load(place, vmm(), path, size_mib + SPARE_MIB, used_mib, files.warm)
                files.settle(path)
                seconds["%s saves %s" % (name, extent)].append(saved)
                seconds["%s loads %s, warm" % (name, extent)].append(loaded)
    table("a tenth of %d MiB in use" % size_mib, dict(sorted(seconds.items())))
    whole, tenth = extents
    for name in vmms():
        for row in ("%s saves %s", "%s loads %s, warm"):
            aim(row % (name, tenth), seconds, row % (name, whole), 0.15)
    for row in ("%s saves %s", "%s loads %s, warm"):
        aim(row % ("godwit", tenth), seconds, row % ("QEMU", tenth), 1)


def measure_seals(place, runs, size_mib):
    """What it costs that a file is sealed while it is saved. A guest is saved in each form, one after the other."""
    seconds = collections.defaultdict(list)
    for _ in range(runs):
        for name, vmm in {"not sealed": Unsealed, "sealed": Godwit}.items():
            with vmm().running(place.fresh(), size_mib + SPARE_MIB, size_mib) as guest:
                for form in Vmm.FORMS:
                    saved, _ = save_guest(vmm(form), guest, place.file("ram"), size_mib)
                    seconds[name + form].append(saved)
                    files.settle(place.file("ram"))
                    guest.qmp.execute("cont")
    table("save of %d MiB, with a seal and without" % size_mib, seconds, size_mib)
    for form in Vmm.FORMS:
        aim("sealed" + form, seconds, "not sealed" + form, 1.1)


def measure_background(place, runs, size_mib):
    """The guest is a stock QEMU each time, and runs on."""
    if not servers.has_qemu():
        return
    seconds = collections.defaultdict(list)
    for _ in range(runs):
        for name, scheme in {"cat > FILE": "exec:cat > ", "file:FILE": "file:"}.items():
            path = place.file("stream")
            with background(place, path, size_mib) as (guest, _):
                begun = time.monotonic()
                guest.qmp.migrate("%s%s" % (scheme, path))
                taken = time.monotonic() - begun
                seconds[name].append(taken)
                seconds[name + SYNCED].append(taken + files.sync(path))
            files.settle(path)
        path = place.file("ram")
        with background(place, path, size_mib) as (guest, directory), \
                servers.Holder(directory, "holder", size_mib + 2 * SPARE_MIB, path) as holder:
            holder.await_rehearsed()
            holder.qmp.set_capabilities("events")
            uri = holder.qmp.listen("unix:%s" % (directory / "wire"))
            prime(size_mib)
            begun = time.monotonic()
            guest.qmp.migrate(uri)
            holder.qmp.await_arrival(uri)
            seconds["godwitd --ram mapped-ram:FILE"].append(time.monotonic() - begun)
        files.settle(path)
    table("background snapshot of %d MiB" % size_mib, seconds, size_mib)
    for plain in ("cat > FILE", "file:FILE"):
        for when in (SYNCED, ""):
            aim("godwitd --ram mapped-ram:FILE", seconds, plain + when, 1.1)


@contextlib.contextmanager
def background(place, path, size_mib):
    """A QEMU that is ready for a background snapshot into a file, and the directory of its sockets."""
    directory = place.fresh()
    with Qemu().running(directory, size_mib + SPARE_MIB, size_mib) as guest:
        guest.qmp.set_capabilities("background-snapshot")
        guest.qmp.execute("migrate-set-parameters", max_bandwidth=0)
        files.settle(path)
        prime(size_mib)
        yield guest, directory


def prime(size_mib):
    """Twice as much as a run moves: the kernel does not hand out first what was just given back."""
    sockets.prime(2 * size_mib * MIB + 512 * MIB)


def table(title, seconds, size_mib=None):
    print("\n%-46s %8s %7s" % (title, "s", "GB/s" if size_mib else ""))
    for name, values in seconds.items():
        median = statistics.median(values)
        rate = "%7.2f" % (size_mib * MIB / median / 1e9) if size_mib else 7 * " "
        spread = "   (%.3f to %.3f s)" % (min(values), max(values)) if len(values) > 1 else ""
        print("%-46s %8.3f %s%s" % (name, median, rate, spread))


def aim(name, seconds, other, most):
    """Says how many times as long one row took as another, and whether that was the aim."""
    if other in seconds:
        ratio = statistics.median(seconds[name]) / statistics.median(seconds[other])
        print("  aim: %-37s at most %.2f times %-36s %5.2f: %s" % (name, most, other + ":", ratio, "met" if ratio <= most else "NOT MET"))


PARTS = {"save": measure_saves, "load": measure_loads, "tenth": measure_tenth, "seal": measure_seals, "background": measure_background}
