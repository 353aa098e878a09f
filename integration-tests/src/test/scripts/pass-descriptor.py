#!/usr/bin/env python3
"""pass-descriptor.py SOCKET FILE r|w|r+ REQUEST...: opens a file and sends it over QMP with the first request; prints all replies."""
import json
import os
import socket
import sys

FLAGS = {"r": os.O_RDONLY, "w": os.O_WRONLY | os.O_CREAT, "r+": os.O_RDWR}


def main(monitor, path, mode, *requests):
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(monitor)
        lines = connection.makefile("r", encoding="utf-8")
        assert "QMP" in json.loads(lines.readline())

        def send(request, descriptors=()):
            socket.send_fds(connection, [request.encode()], list(descriptors))
            for line in lines:
                reply = json.loads(line)
                if "event" not in reply:
                    return reply
            raise EOFError(request)

        send('{"execute": "qmp_capabilities"}')
        file = os.open(path, FLAGS[mode], 0o600)
        replies = [send(requests[0], [file])]
        os.close(file)
        replies += map(send, requests[1:])
        print(*map(json.dumps, replies), sep="\n")
        return 1 if any("error" in reply for reply in replies) else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
