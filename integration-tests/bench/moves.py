"""How a guest moved from one process of this host to another, and the most memory that both had together."""
import collections
import os
import pathlib
import re
import signal
import threading
import time

INTERVAL = 0.005

# `peak` is what the memory of all processes grew by at the most, or None where it was not looked at; `sent` is in bytes.
Move = collections.namedtuple("Move", "total_ms down_ms peak sent")


class Peak:
    """Each page counted once. The processes are stopped for each look, as what leaves the one while the other is looked at would
    count twice: so no time is taken from such a run."""

    def __init__(self, pids):
        """`pids` is asked at each look."""
        self.pids = pids
        self.before = self.most = self.look()
        self.enough = threading.Event()
        self.thread = threading.Thread(target=self.watch, daemon=True)

    def look(self):
        pids = list(self.pids())
        for pid in pids:
            send(pid, signal.SIGSTOP)
        try:
            return sum(map(stopped_pss, pids))
        finally:
            for pid in pids:
                send(pid, signal.SIGCONT)

    def watch(self):
        while not self.enough.wait(INTERVAL):
            self.most = max(self.most, self.look())

    def growth(self):
        return self.most - self.before

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *problem):
        self.enough.set()
        self.thread.join()


def send(pid, number):
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        pass  # it has ended meanwhile


def stopped_pss(pid):
    try:
        while any(state(task) not in "TXZ" for task in pathlib.Path("/proc/%d/task" % pid).iterdir()):
            time.sleep(0.0002)
        text = pathlib.Path("/proc/%d/smaps_rollup" % pid).read_text(encoding="ascii")
    except OSError:
        return 0  # it has ended meanwhile
    found = re.search(r"Pss:\s+(\d+) kB", text)
    return int(found.group(1)) * 1024 if found else 0


def state(task):
    try:
        return (task / "stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()[0]
    except OSError:
        return "X"  # it has ended meanwhile
