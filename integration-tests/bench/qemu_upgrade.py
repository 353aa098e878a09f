"""A stock QEMU upgraded under its guest, through a daemon in front of its monitor: rows for the bench `localhost`.

"total" is from the command to `completed`, pre-flight and the start of the other QEMU included; "down" is the longest time between two
heartbeats of the guest, as they reach its serial port's file, less the usual one; "peak" as there, of all QEMUs that have to do with it.
"""
import contextlib
import os
import pathlib
import statistics
import threading
import time

import moves
import servers

MIB = 1 << 20
LOOK = 0.0005

def contenders():
    return [Upgrade("cpr", True), Upgrade("postcopy", False), Upgrade("precopy", False)]


class Upgrade:
    """The heartbeat guest, without KVM, which has filled its memory and writes little."""

    def __init__(self, mode, shared):
        self.mode, self.shared = mode, shared
        self.name = "QEMU (TCG), upgraded by %s" % mode

    def move(self, place, size_mib, sampled):
        with Qemu(place, size_mib + 64, size_mib * MIB // servers.PAGE, self.shared) as qemu:
            qemu.await_heartbeat()
            qemu.qmp.close()  # a QEMU has one client at its monitor
            with servers.Server(place, "daemon", [str(servers.LAUNCH), "godwitd", "--qemu", "unix:%s" % (place / "qemu.qmp"),
                                                  "--qmp", "unix:%s" % (place / "daemon.qmp")]) as daemon:
                try:
                    return self.measure(daemon, qemu, place, sampled)
                finally:
                    daemon.qmp.execute("quit")  # of the QEMU, which is nobody's child

    def measure(self, daemon, qemu, place, sampled):
        with moves.Peak(lambda: qemus(place)) if sampled else contextlib.nullcontext() as most, Heartbeats(qemu.serial) as heartbeats:
            info, total = daemon.qmp.complete("localhost-migrate", interval=0.005, mode=self.mode)
        return moves.Move(total * 1000, heartbeats.longest_gap() * 1000, most.growth() if most else None, info["ram"]["transferred"])


class Qemu(servers.Server):
    """As `servers.Qemu`, but with a disk of its own that a second QEMU may open."""

    def __init__(self, directory, memory_mib, fill_pages, shared):
        image = directory / "qemu.img"
        self.serial = directory / "qemu.serial"
        servers.write_heartbeat(image, fill_pages)
        memory = ["-object", "memory-backend-memfd,id=pc.ram,size=%dM,share=on" % memory_mib,
                  "-machine", "memory-backend=pc.ram,aux-ram-share=on"] if shared else []
        super().__init__(directory, "qemu", [
            "qemu-system-x86_64", "-machine", "pc,accel=tcg,max-ram-below-4g=%dM" % servers.Qemu.LOW_MIB, "-nodefaults", "-display", "none",
            "-m", str(memory_mib), "-drive", "file=%s,format=raw,if=ide" % image, "-serial", "file:%s" % self.serial,
            "-qmp", "unix:%s,server=on,wait=off" % (directory / "qemu.qmp"), *memory])

    await_heartbeat = servers.Qemu.await_heartbeat


class Heartbeats:
    """When the file of a guest's serial port grew."""

    def __init__(self, path):
        self.path, self.times, self.enough = path, [], threading.Event()
        self.thread = threading.Thread(target=self.watch, daemon=True)

    def watch(self):
        size = os.stat(self.path).st_size
        while not self.enough.wait(LOOK):
            now = os.stat(self.path).st_size
            if now != size:
                size = now
                self.times.append(time.monotonic())

    def longest_gap(self):
        gaps = [later - earlier for earlier, later in zip(self.times, self.times[1:])]
        return max(gaps) - statistics.median(gaps)

    def __enter__(self):
        self.thread.start()
        time.sleep(0.5)
        return self

    def __exit__(self, *problem):
        time.sleep(0.5)
        self.enough.set()
        self.thread.join()


def qemus(place):
    """The processes of all QEMUs of a directory."""
    mark = str(place).encode()
    for directory in pathlib.Path("/proc").iterdir():
        if directory.name.isdigit():
            try:
                line = (directory / "cmdline").read_bytes()
            except OSError:
                continue
            if line.startswith(b"qemu-system") and mark in line:
                yield int(directory.name)
