"""A migration by TLS against the same one in plain text, and QEMU's of both beside it, with the same certificates.

One guest for all, made once: a QEMU that never ran, with random bytes in its RAM, saved as a mapped-ram file. Each source
loads it, Godwit's as a held guest, and sends it over tcp on 127.0.0.1, N multifd channels and a main one with a return path,
so `completed` means that all of it is there. Both ends of TLS are on this one host and share its processors, so it costs
twice here what it costs a host that has one end. Every number is the median of alternating runs in this one go; host memory
is primed right before each. GB = 10^9 bytes of guest memory in use, by query-migrate's total-time.
"""
import collections
import pathlib
import statistics
import subprocess
import tempfile

import multifd
import servers
from qmp import QmpError

CONTENDERS = {"Godwit": multifd.godwit, "QEMU": multifd.qemu}
DAYS = "2"


def add_options(parser):
    parser.add_argument("--runs", type=int, default=3, help="runs of each measurement (default %(default)s)")
    parser.add_argument("--size", type=int, default=2048, metavar="MIB",
                        help="memory in use of the measured guest, 64 to %d (default %%(default)s)" % multifd.LARGEST_MIB)
    parser.add_argument("--channels", type=int, action="append", metavar="N", help="may be repeated (default 1 and 4)")
    parser.add_argument("--quick", action="store_true", help="one run with 256 MiB, to see that everything works")


def run(options):
    runs, size_mib = (1, 256) if options.quick else (options.runs, options.size)
    if not 64 <= size_mib <= multifd.LARGEST_MIB:
        raise QmpError("--size: %d, 64 to %d expected" % (size_mib, multifd.LARGEST_MIB))
    if not servers.has_qemu():
        raise QmpError("No qemu-system-x86_64 here: the guest that is measured is one of its.")
    print("Medians of %d run%s, %d MiB." % (runs, "s" if runs > 1 else "", size_mib))
    with tempfile.TemporaryDirectory(prefix="godwit-bench-", dir=servers.ROOT / "target") as name:
        directory = pathlib.Path(name)
        certificates = make_certificates(directory / "tls")
        compare(Guest(directory, size_mib, certificates), options.channels or [1, 4], runs)
    return 0


class Guest(multifd.SavedGuest):
    """The guest of `bench multifd`, which goes in plain text or by TLS."""

    def __init__(self, directory, size_mib, certificates):
        super().__init__(directory, "none", size_mib)
        self.certificates, self.secured = certificates, False

    def prepare(self, server, channels):
        super().prepare(server, channels)
        if self.secured:
            endpoint = "client" if server.name == "source" else "server"
            server.qmp.execute("object-add", qom_type="tls-creds-x509", id="tls0", endpoint=endpoint, dir=str(self.certificates))
            server.qmp.execute("migrate-set-parameters", tls_creds="tls0")


def make_certificates(directory):
    """What both ends need, in QEMU's layout, with keys on P-256. QEMU 10 wants key encipherment of them, which TLS 1.3 has no use for."""
    directory.mkdir()
    openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", DAYS, "-subj", "/CN=bench",
            "-keyout", directory / "ca-key.pem", "-out", directory / "ca-cert.pem",
            "-addext", "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=critical,keyCertSign")
    for role, extension in (("server", "subjectAltName=DNS:localhost,IP:127.0.0.1"), ("client", "extendedKeyUsage=clientAuth")):
        request, extensions = directory / "request.pem", directory / "extensions"
        extensions.write_text("basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature,keyEncipherment\n%s\n" % extension, encoding="ascii")
        openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=" + role,
                "-keyout", directory / (role + "-key.pem"), "-out", request)
        openssl("x509", "-req", "-in", request, "-CA", directory / "ca-cert.pem", "-CAkey", directory / "ca-key.pem", "-CAcreateserial",
                "-days", DAYS, "-extfile", extensions, "-out", directory / (role + "-cert.pem"))
    return directory


def openssl(*arguments):
    done = subprocess.run(["openssl", *map(str, arguments)], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise QmpError("openssl %s: %s" % (arguments[0], done.stderr))


def compare(guest, numbers, runs):
    seconds = collections.defaultdict(list)
    for _ in range(runs):
        for channels in numbers:
            for name, measure in CONTENDERS.items():
                for guest.secured in (False, True):
                    guest.prime()
                    seconds[channels, name, guest.secured].append(measure(guest, "tcp", channels))
    print("\n%-22s %24s %24s %10s %9s" % ("tcp", "plain, GB/s", "TLS, GB/s", "of plain", "of QEMU"))
    for channels in numbers:
        other = statistics.median(seconds[channels, "QEMU", True])
        for name in CONTENDERS:
            plain, tls = (seconds[channels, name, secured] for secured in (False, True))
            print("%-22s %24s %24s %9.0f%% %8.0f%%" % (
                "%d channel%s, %s" % (channels, "s" if channels > 1 else "", name), speed(guest, plain), speed(guest, tls),
                100 * statistics.median(plain) / statistics.median(tls), 100 * other / statistics.median(tls)))


def speed(guest, values):
    count = guest.size_mib * multifd.MIB / 1e9
    spread = " (%.2f to %.2f)" % (count / max(values), count / min(values)) if len(values) > 1 else ""
    return "%.2f%s" % (count / statistics.median(values), spread)
