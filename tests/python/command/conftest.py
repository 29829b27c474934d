"""The command as its users meet it: a process, its exit code, and what it says."""

import os
import subprocess
import sys
from dataclasses import dataclass

import pytest

from harness import place

#: What a machine may have set for other servers.
FOREIGN = ("WEB_CONCURRENCY", "FORWARDED_ALLOW_IPS", "SERVER_ADDR", "HEALTH_ADDR", "NOTIFY_SOCKET", "LISTEN_FDS")


@dataclass
class Answer:
    code: int
    out: str
    error: str

    @property
    def values(self) -> dict[str, str]:
        """What `--print-config` says of each key."""
        lines = (line.split(" # from ")[0] for line in self.out.splitlines())
        return dict(line.split(" = ", 1) for line in lines)

    @property
    def origins(self) -> dict[str, str]:
        """Who said it."""
        lines = (line.split(" # from ") for line in self.out.splitlines())
        return {line.split(" = ")[0]: origin for line, origin in lines}


@pytest.fixture(autouse=True)
def surroundings(monkeypatch, tmp_path):
    """An empty working directory, and no variables of ours."""
    if "hyperserve" not in place.names():
        pytest.skip("HYPERSERVE_PYTHON_SERVERS leaves ours out")
    for name in os.environ:
        if name.startswith("HS_") or name in FOREIGN:
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def say(tmp_path):
    """`say("main:app", "--flag", HS_NAME="value")` runs the command in a folder of its own, to its end."""

    def run(*words: str, **variables: str) -> Answer:
        path = os.pathsep.join(filter(None, [place.package_path(), os.environ.get("PYTHONPATH", "")]))
        ended = subprocess.run(
            [sys.executable, "-m", "hyperserve", *words],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=20,
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": path, **variables},
        )
        return Answer(ended.returncode, ended.stdout, ended.stderr)

    return run
