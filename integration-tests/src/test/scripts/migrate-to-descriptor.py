#!/usr/bin/env python3
"""migrate-to-descriptor.py SOCKET FILE: passes an open file over QMP and has the guest migrated into it."""
import json
import os
import socket
import sys


def main(monitor, path):
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(monitor)
        lines = connection.makefile("r", encoding="utf-8")
        assert "QMP" in json.loads(lines.readline())

        def command(name, descriptors=(), **arguments):
            request = json.dumps({"execute": name, "arguments": arguments}).encode()
            socket.send_fds(connection, [request], list(descriptors))
            for line in lines:
                reply = json.loads(line)
                if "event" not in reply:
                    return reply["return"]
            raise EOFError(name)

        command("qmp_capabilities")
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        command("getfd", [file], fdname="image")
        os.close(file)
        command("migrate", uri="fd:image")
        while (status := command("query-migrate")["status"]) not in ("completed", "failed", "cancelled"):
            pass
        return 0 if status == "completed" else status


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
