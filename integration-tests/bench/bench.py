"""packaging/run bench NAME [options]: the benchmarks, each a module of its own beside this file."""
import argparse
import sys

import background
import eta
import freepages
import localhost
import multifd
import postcopy
import precopy
import restore
import snapshot
import tls
from qmp import QmpError

BENCHES = {"precopy": precopy, "multifd": multifd, "postcopy": postcopy, "snapshot": snapshot, "restore": restore,
           "background": background, "localhost": localhost, "freepages": freepages,
           "eta": eta, "tls": tls}


def main():
    parser = argparse.ArgumentParser(prog="packaging/run bench", description=__doc__)
    names = parser.add_subparsers(dest="bench", required=True)
    for name, module in BENCHES.items():
        module.add_options(names.add_parser(name, help=module.__doc__.splitlines()[0], description=module.__doc__,
                                            formatter_class=argparse.RawDescriptionHelpFormatter))
    options = parser.parse_args()
    sys.stdout.reconfigure(line_buffering=True)
    try:
        return BENCHES[options.bench].run(options)
    except QmpError as problem:
        print("bench: %s" % problem, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
