"""The servers, each with one worker on given cores, all over the same applications."""

from __future__ import annotations

import http.client
import os
import subprocess
import tempfile
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import processes
from environment import Environment
from paths import APPS
from questions import PLAINTEXT, Question

from harness import confine, free_port, same_build

OURS = "hyperserve"
WEB_SOCKET_APP = "ws_app"
MEMORY = Path("/dev/shm")
"""Logs go to a file that no disk is behind."""
LOG_PATIENCE = 3.0


@dataclass(frozen=True)
class Program:
    """A server as `python -m MODULE`, and its flags."""

    module: str
    flags: tuple[str, ...] = ()
    http_only: tuple[str, ...] = ()
    """What makes it cheaper where no WebSocket is asked for."""
    quiet: tuple[str, ...] = ("--no-access-log",)
    logged: tuple[str, ...] = ()


SERVERS = {
    OURS: Program("hyperserve"),
    "uvicorn": Program("uvicorn", ("--loop", "uvloop", "--http", "httptools")),
    "granian": Program(
        "granian",
        ("--interface", "asgi", "--loop", "uvloop", "--http", "1"),
        http_only=("--no-ws",),
        quiet=("--no-log",),
        logged=("--access-log",),
    ),
}
PEERS = ("uvicorn", "granian")


class Server:
    """One server and its descendants, from entering the `with` block to its end."""

    def __init__(
        self,
        name: str,
        environment: Environment,
        cores: Iterable[int],
        app: str = "bare",
        question: Question = PLAINTEXT,
        logged: bool = False,
        workers: int = 1,
        wrap: Iterable[str] = (),
        flags: Iterable[str] = (),
    ) -> None:
        self.name, self.environment, self.question, self.cores = name, environment, question, set(cores)
        if name == OURS:
            same_build(environment.extension())
        self.port = free_port()
        self.address = f"127.0.0.1:{self.port}"
        program = SERVERS[name]
        self.command = [*wrap, str(environment.python), "-m", program.module, f"{app}:app"]
        self.command += ["--host", "127.0.0.1", "--port", str(self.port), "--workers", str(workers)]
        self.command += [*program.flags, *(program.logged if logged else program.quiet), *flags]
        self.command += () if app == WEB_SOCKET_APP else program.http_only

    def __enter__(self) -> Server:
        self.log = tempfile.TemporaryFile(dir=MEMORY if MEMORY.is_dir() else None)
        self.process = subprocess.Popen(
            self.command,
            cwd=APPS,
            env=self.environment.variables,
            preexec_fn=lambda: confine(self.cores),
            stdin=subprocess.DEVNULL,
            stdout=self.log,
            stderr=self.log,
        )
        try:
            self.wait_until_it_answers()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        """SIGTERM, so that a server that drains may; SIGKILL to what is left of the tree."""
        everything = processes.tree(self.process.pid)
        self.process.terminate()
        try:
            self.process.wait(timeout=60)
        except subprocess.TimeoutExpired:
            processes.kill(everything)
            self.process.wait()
        self.log.close()

    @property
    def pid(self) -> int:
        return self.process.pid

    def wait_until_it_answers(self, patience: float = 120.0) -> None:
        end = time.monotonic() + patience
        while (got := self.ask(self.question)) is None:
            if self.process.poll() is not None:
                raise SystemExit(f"{self.name} ended at once:\n{self.log_text()}")
            if time.monotonic() > end:
                raise SystemExit(f"{self.name} did not answer within {patience:g} s:\n{self.log_text()}")
            time.sleep(0.02)
        if got != self.question.answer:
            raise SystemExit(f"{self.name} answers {got}, not {self.question.answer}:\n{self.log_text()}")

    def ask(self, question: Question) -> tuple[int, str | None, bytes] | None:
        """One answer, or None while nobody listens or the server goes away."""
        connection = http.client.HTTPConnection(self.address, timeout=60)
        try:
            connection.request(question.method, question.path, question.body or None, dict(question.fields))
            answer = connection.getresponse()
            return answer.status, answer.getheader("content-type"), answer.read()
        except (ConnectionError, http.client.BadStatusLine):
            return None
        finally:
            connection.close()

    def cpu_ns(self) -> int:
        return processes.tree_cpu_ns(self.pid)

    def user_cpu(self) -> float:
        return processes.tree_user_cpu(self.pid)

    def rss(self) -> int:
        return processes.tree_rss(self.pid)

    def log_text(self) -> str:
        """All that was written to standard output and standard error."""
        size = os.fstat(self.log.fileno()).st_size
        return os.pread(self.log.fileno(), size, 0).decode(errors="replace").strip()

    def log_lines(self, at_least: int = 0) -> int:
        """Lines of the log, waited for a moment while there are fewer than expected: logs may be buffered."""
        end = time.monotonic() + LOG_PATIENCE
        while (lines := self.log_text().count("\n") + 1) < at_least and time.monotonic() < end:
            time.sleep(0.1)
        return lines
