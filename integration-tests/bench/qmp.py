"""A QMP session, as small as it can be."""
import json
import socket
import time


class QmpError(Exception):
    """The server refused; the text is its own."""


class Qmp:
    def __init__(self, path, patience=30.0):
        """Connects as soon as somebody listens at the path, and negotiates."""
        deadline = time.monotonic() + patience
        while True:
            self.socket = socket.socket(socket.AF_UNIX)
            try:
                self.socket.connect(path)
                break
            except OSError:
                self.socket.close()
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.005)
        self.lines = self.socket.makefile("r", encoding="utf-8")
        self.times = {}  # of each event, when it was said last, in seconds
        self.statuses = []  # of a migration: what MIGRATION events said and nobody has waited for yet
        json.loads(self.lines.readline())
        self.execute("qmp_capabilities")

    def execute(self, command, **arguments):
        arguments = {name.replace("_", "-"): value for name, value in arguments.items()}
        self.socket.sendall(json.dumps({"execute": command, "arguments": arguments}).encode())
        for line in self.lines:
            reply = json.loads(line)
            self.note(reply)
            if "error" in reply:
                raise QmpError(reply["error"]["desc"])
            if "return" in reply:
                return reply["return"]
        raise QmpError("connection closed instead of a reply to " + command)

    def note(self, message):
        if "event" in message:
            self.times[message["event"]] = message["timestamp"]["seconds"] + message["timestamp"]["microseconds"] / 1e6
        if message.get("event") == "MIGRATION":
            self.statuses.append(message["data"]["status"])

    def set_capabilities(self, *names):
        self.execute("migrate-set-capabilities", capabilities=[{"capability": name, "state": True} for name in names])

    def listen(self, uri):
        """Has the guest wait for a migration at a uri; gives the uri with its real port."""
        self.execute("migrate-incoming", uri=uri)
        if not uri.startswith("tcp:"):
            return uri
        address = self.execute("query-migrate")["socket-address"][0]
        return "tcp:%s:%s" % (address["host"], address["port"])

    def migrate(self, uri, interval=0.01, on_progress=None):
        """Migrates and waits; gives query-migrate's last answer and the seconds that it took from here."""
        return self.complete("migrate", interval, on_progress, uri=uri)

    def complete(self, command, interval=0.01, on_progress=None, **arguments):
        """Executes what begins a migration, and waits as `migrate` does."""
        begun = time.monotonic()
        self.execute(command, **arguments)
        while True:
            info = self.execute("query-migrate")
            if info.get("status") in ("completed", "failed", "cancelled"):
                if info["status"] != "completed":
                    raise QmpError("%s of %s: %s" % (command, arguments, info))
                return info, time.monotonic() - begun
            if on_progress:
                on_progress(info)
            time.sleep(interval)

    def load(self, uri):
        """Has the guest come from where nobody waits to send it; gives the seconds. Needs the capability `events`."""
        begun = time.monotonic()
        self.execute("migrate-incoming", uri=uri)
        self.await_arrival(uri)
        return time.monotonic() - begun

    def await_arrival(self, uri):
        """Waits until the guest from a uri is here. Needs the capability `events`: it asks nothing while the other end works."""
        while "completed" not in self.statuses:
            if "failed" in self.statuses:
                raise QmpError("migration from %s: %s" % (uri, self.execute("query-migrate")))
            line = self.lines.readline()
            if not line:
                raise QmpError("connection closed while a migration came from " + uri)
            self.note(json.loads(line))
        self.statuses.clear()

    def close(self):
        self.lines.close()
        self.socket.close()
