"""The processes that are measured: godwitd, and a stock QEMU that runs the same guest program without KVM."""
import os
import pathlib
import re
import shutil
import struct
import subprocess
import time

from qmp import Qmp, QmpError

ROOT = pathlib.Path(__file__).resolve().parents[2]
LAUNCH = ROOT / "packaging" / "launch"
HEARTBEAT = ROOT / "engine/src/main/resources/io/godwit/engine/guest/kvm/heartbeat.img"
PAGE = 4096


class Server:
    """A process with a QMP monitor; ends with the `with` block."""

    def __init__(self, directory, name, command):
        self.name = name
        self.log_path = directory / (name + ".log")
        with open(self.log_path, "wb") as log:
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        try:
            self.qmp = Qmp(str(directory / (name + ".qmp")))
        except OSError as problem:
            self.end()
            raise QmpError("%s does not answer: %s\n%s" % (name, problem, self.log_path.read_text(errors="replace"))) from None

    def __enter__(self):
        return self

    def __exit__(self, *problem):
        self.qmp.close()
        self.end()

    def end(self):
        self.process.kill()
        self.process.wait()

    def resident_bytes(self):
        with open("/proc/%d/status" % self.process.pid, encoding="ascii") as status:
            return int(re.search(r"VmRSS:\s+(\d+) kB", status.read()).group(1)) * 1024

    def await_filled(self, count, patience=120.0):
        """Waits until the guest has touched so much memory and, as a JVM holds some of its own, until it stops growing."""
        deadline = time.monotonic() + patience
        before, now = 0, self.resident_bytes()
        while now < count or now != before:
            if time.monotonic() > deadline:
                raise QmpError("%s: %d bytes resident, %d expected and then no more" % (self.name, now, count))
            time.sleep(0.2)
            before, now = now, self.resident_bytes()


class Daemon(Server):
    """A godwitd with whatever guest."""

    def __init__(self, directory, name, memory_mib, *options):
        super().__init__(directory, name, [str(LAUNCH), "godwitd", "--qmp", "unix:%s" % (directory / (name + ".qmp")),
                                           "-m", str(memory_mib), *options])

    def await_rehearsed(self, patience=60.0):
        """A daemon that has just started rehearses a migration by itself; what is measured is one that has."""
        deadline = time.monotonic() + patience
        tasks = pathlib.Path("/proc/%d/task" % self.process.pid)
        while any(name(task) == "rehearsal" for task in tasks.iterdir()):
            if time.monotonic() > deadline:
                raise QmpError("%s still rehearses" % self.name)
            time.sleep(0.05)


class Godwitd(Daemon):
    """Its guest is the load generator."""

    def __init__(self, directory, name, memory_mib, workload, *options):
        super().__init__(directory, name, memory_mib, "--accel", "workload", "--workload", workload, *options)


class Holder(Daemon):
    """Holds any guest of at most so much memory; its RAM is a mapped-ram file."""

    def __init__(self, directory, name, memory_mib, path):
        super().__init__(directory, name, memory_mib, "--accel", "none", "--ram", "mapped-ram:%s" % path)


def name(task):
    try:
        return (task / "comm").read_text(encoding="ascii").strip()
    except OSError:
        return ""  # it has ended meanwhile


class BootedQemu(Server):
    """Machine `pc` under TCG with an image as its disk; all its memory lies below 4 GiB."""

    # A guest that fits below this has no memory beyond 4 GiB; above it are the I/O APIC and the firmware.
    LOW_MIB = 4072

    def __init__(self, directory, name, memory_mib, image, *options):
        disk = directory / (name + ".img")
        disk.write_bytes(image.ljust(1 << 20, b"\0"))  # an IDE disk takes a megabyte
        self.serial = directory / (name + ".serial")
        super().__init__(directory, name, [
            "qemu-system-x86_64", "-machine", "pc,accel=tcg,max-ram-below-4g=%dM" % self.LOW_MIB, "-nodefaults", "-display", "none", "-m", str(memory_mib),
            "-drive", "file=%s,format=raw,if=ide,snapshot=on" % disk, "-serial", "file:%s" % self.serial,
            "-qmp", "unix:%s,server=on,wait=off" % (directory / (name + ".qmp")), *options])


class Qemu(BootedQemu):
    """With the heartbeat image, whose program fills memory below 4 GiB only."""

    def __init__(self, directory, name, memory_mib, fill_pages, *options):
        super().__init__(directory, name, memory_mib, heartbeat(fill_pages), *options)

    def await_heartbeat(self, patience=120.0):
        deadline = time.monotonic() + patience
        while not self.serial.exists() or b"heartbeat" not in self.serial.read_bytes():
            if time.monotonic() > deadline:
                raise QmpError("%s: its guest does not say that it lives" % self.name)
            time.sleep(0.05)


class StillQemu(Server):
    """Machine `pc` that never runs: a guest whose RAM is what is put there."""

    def __init__(self, directory, name, memory_mib, *options):
        super().__init__(directory, name, [
            "qemu-system-x86_64", "-machine", "pc,accel=tcg,max-ram-below-4g=%dM" % BootedQemu.LOW_MIB, "-nodefaults", "-display", "none", "-S",
            "-m", str(memory_mib), "-qmp", "unix:%s,server=on,wait=off" % (directory / (name + ".qmp")), *options])


def heartbeat(fill_pages, set_pages=0, touches=0):
    """The built-in guest with another parameter block (BootImage.java documents it)."""
    image = bytearray(HEARTBEAT.read_bytes())
    block = image.index(b"GODW")
    struct.pack_into("<3I", image, block + 4, fill_pages, set_pages, touches)
    return bytes(image)


def write_heartbeat(path, fill_pages, set_pages=0, touches=0):
    """The same as a disk of one megabyte, so that IDE takes it."""
    path.write_bytes(heartbeat(fill_pages, set_pages, touches).ljust(1 << 20, b"\0"))


def has_qemu():
    return shutil.which("qemu-system-x86_64") is not None and HEARTBEAT.exists()


def jcmd():
    """The jcmd of the JDK that launch finds."""
    script = 'source "$1" && find_jdk'
    home = subprocess.run(["bash", "-c", script, "-", str(ROOT / "packaging" / "jdk.sh")], capture_output=True, text=True, check=True)
    return os.path.join(home.stdout.strip(), "bin", "jcmd")
