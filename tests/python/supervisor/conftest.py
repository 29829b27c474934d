"""Fixtures of the supervisor's tests: an application in a folder of its own, and a supervisor over it."""

import re
import urllib.request

import pytest

from harness.waiting import wait_until
from supervisor.kit import apps
from supervisor.kit.processes import children


class Supervised:
    """A server that is the parent of its workers."""

    def __init__(self, server, folder):
        self.server, self.folder = server, folder

    def __getattr__(self, name):
        return getattr(self.server, name)

    @property
    def workers(self) -> list[int]:
        return children(self.server.pid)

    def wait_for_workers(self, count: int, seconds: float = 20) -> list[int]:
        """Until so many have said that they are ready, and no other is there."""
        wait_until(lambda: len(self.workers) == count, seconds, f"{count} workers")
        ready = lambda: all(f"pid={pid}" in self.ready_lines() for pid in self.workers)  # noqa: E731
        wait_until(lambda: len(self.workers) == count and ready(), seconds, f"{count} workers ready")
        return self.workers

    def ready_lines(self) -> str:
        return "".join(line + "\n" for line in self.plain().splitlines() if "worker ready" in line) + " "

    def plain(self) -> str:
        """What it has said, without colours."""
        return re.sub(r"\x1b\[[0-9;]*m", "", self.server.output())

    def get(self, path: str = "/", timeout: float = 15) -> str:
        with urllib.request.urlopen(self.server.url + path, timeout=timeout) as response:
            return response.read().decode()


@pytest.fixture
def supervise(only_ours, tmp_path):
    """`supervise("--workers", "2")` starts one over `app.py` in a fresh folder; see `kit.apps` for what it answers."""

    def start(*flags, text: str = apps.APP, wait: bool = True, environment=None, **options) -> Supervised:
        if text:
            apps.write(tmp_path, text)
        # A compiled file is told apart by second and size, which is too coarse for tests that write twice in a second.
        environment = {"PYTHONDONTWRITEBYTECODE": "1", **(environment or {})}
        server = only_ours("app:app", *flags, folder=tmp_path, wait=wait, environment=environment, **options)
        return Supervised(server, tmp_path)

    return start
