"""The applications under test, and clients of the server that runs one."""

from dataclasses import dataclass, field
from pathlib import Path

import httpx

from harness.server import Server

SERVED = Path(__file__).parent / "served"


@dataclass(frozen=True)
class App:
    """`target` is `module:attribute` in the folder `served`; `flags` are the same for every server. `own` names, by kind of
    server, another target and further flags."""

    target: str
    flags: tuple[str, ...] = ()
    own: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def on(self, kind: str, environment: dict[str, str] | None = None) -> Server:
        """A server of this kind, not started yet."""
        target, *more = self.own.get(kind, (self.target,))
        variables = {"PYTHONDONTWRITEBYTECODE": "1", **(environment or {})}
        return Server(kind, target, *self.flags, *more, folder=SERVED, environment=variables)


class Running:
    """A server with clients of its address; all else is the server's."""

    def __init__(self, server: Server):
        self.server = server

    def __getattr__(self, name: str):
        return getattr(self.server, name)

    def set_mark(self):
        self.server.set_mark()

    def client(self, **options) -> httpx.Client:
        return httpx.Client(base_url=self.server.url, timeout=20, **options)

    def ws(self, path: str) -> str:
        return self.server.url.replace("http", "ws", 1) + path
