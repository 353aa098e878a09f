"""What the client says of how long it will take, at half-way, against how long it took; and terms, kept or not.

A grid of bandwidths and dirty rates with the load generator. A run's ETA is what `godwit migrate` shows on a terminal when half
of its time has passed; it is right when it is off by no more than a quarter of what was left. A guest that writes faster than is
sent is right when it is said not to converge, and does not. `--part terms` gives the same guests terms that some of them cannot
keep: each of them has to be refused, ended with its guest running on, kept by what query-migrate says, or reported as broken.
"""
import os
import pathlib
import pty
import re
import subprocess
import tempfile
import time

import servers
from qmp import QmpError

MIB = 1 << 20
MEMORY_MIB = 256
FILL_MIB = 192
BANDWIDTHS = (32, 64, 128)
# Of what is sent, in hundredths, and over how much memory: a small set that is written again and again, and nearly all there is.
WRITES = ((0, 0), (25, 32), (25, 160), (50, 32), (50, 160), (75, 32), (75, 160), (150, 160))
QUICK = ((0, 0), (50, 160), (150, 160))
OFF = 0.25
AIM = 0.9
ENDLESS_SECONDS = 12
DRAWN = re.compile(r"\r\[[#-]*\] ([^\r\033]*)\033\[K")
ETA = re.compile(r"([\d.]+)(?: to ([\d.]+))? s (?:or more )?to go")
TERMS = ({"max_bytes": 240 * MIB}, {"max_bytes": 320 * MIB}, {"deadline_s": 2}, {"deadline_s": 5}, {"max_downtime_ms": 20})


def add_options(parser):
    parser.add_argument("--runs", type=int, default=1, help="runs of each cell of the grid (default %(default)s)")
    parser.add_argument("--bandwidth", type=int, action="append", metavar="MIB", help="one row of the grid (default: %s)" % (BANDWIDTHS,))
    parser.add_argument("--quick", action="store_true", help="three cells, to see that everything works")
    parser.add_argument("--part", choices=sorted(PARTS), action="append", help="one part: " + ", ".join(PARTS))


def run(options):
    bandwidths, writes = ((64,), QUICK) if options.quick else (options.bandwidth or BANDWIDTHS, WRITES)
    good = True
    with tempfile.TemporaryDirectory(prefix="godwit-bench-", dir=servers.ROOT / "target") as name:
        for part in options.part or PARTS:
            good &= PARTS[part](pathlib.Path(name), bandwidths, writes, options.runs)
    return 0 if good else 1


class Pair:
    """Two daemons; the first has the guest, filled, and a monitor for the client."""

    def __init__(self, directory, bandwidth, percent, set_mib, *capabilities):
        rate = bandwidth * percent * MIB // 100 // servers.PAGE
        workload = "fill=%dM,dirty=%dM,rate=%d" % (FILL_MIB, set_mib, rate)
        for left in directory.iterdir():
            left.unlink()
        self.monitor = directory / "client.qmp"
        self.source = servers.Godwitd(directory, "source", MEMORY_MIB, workload, "--qmp", "unix:%s" % self.monitor)
        self.destination = servers.Godwitd(directory, "destination", MEMORY_MIB, workload, "--incoming", "defer")
        self.source.await_filled(FILL_MIB * MIB)
        self.source.await_rehearsed()
        self.destination.await_rehearsed()
        for server in (self.source, self.destination):
            server.qmp.set_capabilities(*capabilities)
        self.uri = self.destination.qmp.listen("unix:%s" % (directory / "wire"))
        self.source.qmp.execute("migrate-set-parameters", **{"max-bandwidth": bandwidth * MIB})

    def __enter__(self):
        return self

    def __exit__(self, *problem):
        for server in (self.destination, self.source):
            server.qmp.close()
            server.end()


def eta(directory, bandwidths, writes, runs):
    print("ETA at half-way, %d MiB; right is within %d %%\n" % (FILL_MIB, OFF * 100))
    print("%10s %10s %8s   %8s %10s %10s   %s" % ("MiB/s", "writes", "over", "took", "at half", "left", ""))
    right = []
    for bandwidth in bandwidths:
        for percent, set_mib in writes:
            for _ in range(runs):
                with Pair(directory, bandwidth, percent, set_mib) as pair:
                    took, looks, ended = watch(pair)
                right.append(row(bandwidth, percent, set_mib, took, looks, ended))
    part = sum(right) / len(right)
    print("\n%d of %d right, %.0f %% (aim: %.0f)" % (sum(right), len(right), 100 * part, 100 * AIM))
    return part >= AIM


def row(bandwidth, percent, set_mib, took, looks, ended):
    if ended:
        at, said, words = min(looks, key=lambda look: abs(look[0] - took / 2))
        right = said is not None and abs(said - (took - at)) <= OFF * (took - at)
        shown = "none" if said is None else "%.1f s" % said
        left = "%.1f s" % (took - at)
    else:
        at, said, words = looks[-1]
        right = "not converging" in words
        shown, left = "none", "for ever"
    print("%10d %9d%% %7dM   %6.1f s %10s %10s   %s%s" % (bandwidth, percent, set_mib, took, shown, left, "right" if right else "WRONG: ",
                                                       "" if right else words))
    return right


def watch(pair):
    """Seconds, what was said when ((seconds, ETA's middle or None, words) each), and whether it came to its end by itself."""
    ours, theirs = pty.openpty()
    command = [str(servers.LAUNCH), "godwit", "--socket", str(pair.monitor), "migrate", pair.uri]
    client = subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=subprocess.STDOUT)
    os.close(theirs)
    begun, looks, text, cancelled = None, [], "", False
    while True:
        try:
            read = os.read(ours, 1 << 16)
        except OSError:  # how a pty says that nobody has it open any more
            break
        if not read:
            break
        now = time.monotonic()
        text += read.decode(errors="replace")
        for drawn in DRAWN.finditer(text):
            begun = begun or now
            looks.append((now - begun, middle(drawn.group(1)), drawn.group(1)))
        text = text[text.rfind("\r"):]
        if begun and not cancelled and now - begun > ENDLESS_SECONDS and "not converging" in looks[-1][2]:
            pair.source.qmp.execute("migrate_cancel")
            cancelled = True
    os.close(ours)
    client.wait()
    if begun is None:
        raise QmpError("the client says nothing: %s" % text)
    info = pair.source.qmp.execute("query-migrate")
    return (info["total-time"] / 1000 if info["status"] == "completed" else now - begun), looks, info["status"] == "completed"


def middle(words):
    found = ETA.search(words)
    return found and (float(found.group(1)) + float(found.group(2) or found.group(1))) / 2


def terms(directory, bandwidths, writes, runs):
    print("\nTerms, %d MiB, without and with postcopy-ram\n" % FILL_MIB)
    print("%10s %10s %8s  %-26s %-9s %s" % ("MiB/s", "writes", "over", "terms", "postcopy", "came of it"))
    silent, count, number = 0, 0, 0
    for bandwidth in bandwidths:
        for percent, set_mib in writes:
            for _ in range(runs):
                number += 1
                asked, postcopy = TERMS[number % len(TERMS)], number % 2 == 0
                with Pair(directory, bandwidth, percent, set_mib, *(["postcopy-ram"] if postcopy else [])) as pair:
                    came, is_silent = keep(pair, asked)
                count, silent = count + 1, silent + is_silent
                print("%10d %9d%% %7dM  %-26s %-9s %s%s" % (bandwidth, percent, set_mib, asked, postcopy, came, "  BROKEN SILENTLY" if is_silent else ""))
    print("\n%d of %d broken silently (aim: none)" % (silent, count))
    return silent == 0


def keep(pair, asked):
    """What came of it, and whether a term was broken without a word."""
    try:
        pair.source.qmp.execute("migrate", uri=pair.uri, **asked)
    except QmpError as problem:
        return "refused: %s" % problem, pair.source.qmp.execute("query-status")["status"] != "running"
    deadline = time.monotonic() + 30
    while True:
        info = pair.source.qmp.execute("query-migrate")
        if info["status"] in ("completed", "failed", "cancelled"):
            break
        if time.monotonic() > deadline:  # a term of downtime alone is kept by never stopping the guest
            running = pair.source.qmp.execute("query-status")["status"] == "running"
            return "goes on: %s" % info["x-godwit-contract"]["forecast"]["verdict"], not running
        time.sleep(0.01)
    report = info["x-godwit-contract"]["report"]
    sent = report["precopy-bytes"] + report["downtime-bytes"] + report["postcopy-bytes"]
    total = report["blackout-ms"] + report["brownout-ms"]
    kept = sent <= asked.get("max_bytes", sent) and report["blackout-ms"] <= asked.get("max_downtime_ms", 1e9) \
        and total <= 1000 * asked.get("deadline_s", 1e9)
    cost = "%d MiB, %.1f s, still %d ms" % (sent // MIB, total / 1000, report["blackout-ms"])
    if info["status"] == "failed":
        runs_on = pair.source.qmp.execute("query-status")["status"] == "running"
        return "ended, %s (%s)" % (info["error-desc"].removeprefix("The migration was ended to keep its terms: "), cost), not runs_on
    by = "postcopy" if report["postcopy-bytes"] else "precopy"
    return "%s by %s (%s)" % ("kept" if kept else "broken and said so", by, cost), not kept and not report["broken"]


PARTS = {"eta": eta, "terms": terms}
