"""Servers that are started once and shared by the tests of a module."""

from pathlib import Path

from harness.server import Server


class Pool:
    """At most one server at a time: the next one's start ends the one before, so that tests never compete."""

    def __init__(self):
        self.key = None
        self.server: Server | None = None

    def get(self, kind: str, app: str, flags: list[str], folder: Path) -> Server:
        key = (kind, app, tuple(flags), folder)
        if self.key != key or not self.server.is_running():
            self.close()
            self.server = Server(kind, app, *flags, folder=folder).start()
            self.key = key
        return self.server

    def close(self):
        """Ends the server and checks its end: tests before have left connections of every sort."""
        server, self.server, self.key = self.server, None, None
        if server is None:
            return
        try:
            if server.is_running() and server.is_ours:
                assert server.terminate(10) == 0, f"no clean end:\n{server.output()}"
        finally:
            server.kill()
