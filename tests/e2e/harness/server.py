"""The server under test as a child process: its addresses, its counters, its memory, its end."""

import http.client
import json
import os
import signal
import subprocess
import tempfile
import threading
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
START_SECONDS = 20
ANY_PORT = "127.0.0.1:0"


def program(name: str = "e2e-app") -> str:
    """`E2E_APP`, or the app in the folder that `cargo xtask test` names, or the one that cargo builds by default."""
    folder = os.environ.get("HYPERSERVE_BIN_DIR", ROOT / "target" / "debug")
    path = str(Path(folder) / name)
    return os.environ.get("E2E_APP", path) if name == "e2e-app" else path


def wait_until(condition, seconds: float = 5, what: str = "condition"):
    """Returns the condition's first true value; fails when it stays false."""
    end = time.monotonic() + seconds
    while not (value := condition()):
        assert time.monotonic() < end, f"{what} not reached within {seconds} s"
        time.sleep(0.02)
    return value


class Server:
    """Keyword arguments are limits, but for `environment`, `shell` (what a shell does first, such as `ulimit -n 40`),
    `pass_fds`, `app` (another program of the same start contract), and `addresses`, the number of lines to wait for if it is
    not that of `--listen`."""

    def __init__(self, *arguments, environment=None, shell=None, pass_fds=(), app="e2e-app", addresses=None, **limits):
        self.arguments, self.program = list(arguments), program(app)
        if "--listen" not in arguments:
            self.arguments = ["--listen", ANY_PORT, *self.arguments]
        for name, value in limits.items():
            self.arguments += ["--set", f"{name}={value}"]
        self.expected = addresses or self.arguments.count("--listen")
        self.environment = {**os.environ, **(environment or {})}
        self.shell, self.pass_fds = shell, pass_fds
        self.urls: list[str] = []
        self.errors = tempfile.TemporaryFile()
        self.process = None

    def spawn(self):
        self.process = subprocess.Popen(
            [*self._prefix(), self.program, *self.arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=self.errors,
            env=self.environment,
            pass_fds=self.pass_fds,
        )
        return self

    def _prefix(self) -> list[str]:
        return ["bash", "-c", f'{self.shell} "$@"', "bash"] if self.shell else []

    def start(self):
        """Spawns it and waits until it has said where it listens."""
        self.spawn()
        lines = threading.Thread(target=self._read_lines, daemon=True)
        lines.start()
        wait_until(lambda: len(self.urls) >= self.expected or not self.is_running(), START_SECONDS, "start")
        assert self.is_running(), f"the server ended at once: {self.stderr()}"
        return self

    def _read_lines(self):
        for line in self.process.stdout:
            if line.startswith(b"listening on "):
                self.urls.append(line.decode().removeprefix("listening on ").strip())

    @property
    def pid(self) -> int:
        return self.process.pid

    @property
    def url(self) -> str:
        return self.urls[0]

    @property
    def address(self) -> tuple[str, int]:
        return self.address_of(0)

    def address_of(self, index: int) -> tuple[str, int]:
        host, port = self.urls[index].split("://")[1].rsplit(":", 1)
        return host.strip("[]"), int(port)

    @property
    def port(self) -> int:
        return self.address[1]

    def is_running(self) -> bool:
        return self.process.poll() is None

    def stderr(self) -> str:
        self.errors.seek(0)
        return self.errors.read().decode(errors="replace")

    # What it tells of itself

    def get(self, path: str, timeout: float = 10, index: int = 0):
        """Status and body of a plain GET on a connection of its own."""
        connection = http.client.HTTPConnection(*self.address_of(index), timeout=timeout)
        try:
            connection.request("GET", path)
            response = connection.getresponse()
            return response.status, response.read()
        finally:
            connection.close()

    def metrics(self) -> dict:
        return json.loads(self.get("/metrics.json")[1])

    def assert_serves(self):
        assert self.get("/") == (200, b"OK")

    def settled_connections(self) -> int:
        """Open connections apart from the one that asks."""
        return self.metrics()["connections_open"] - 1

    # What the kernel tells of it

    def memory(self, field: str = "VmRSS") -> int:
        """Resident bytes; `VmHWM` for the most since `forget_peak`."""
        status = Path(f"/proc/{self.pid}/status").read_text()
        return next(int(line.split()[1]) * 1024 for line in status.splitlines() if line.startswith(field + ":"))

    def forget_peak(self):
        Path(f"/proc/{self.pid}/clear_refs").write_text("5")

    def descriptors(self) -> int:
        return len(os.listdir(f"/proc/{self.pid}/fd"))

    def processor_seconds(self) -> float:
        fields = Path(f"/proc/{self.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    # Its end

    def signal(self, number: int):
        self.process.send_signal(number)

    def terminate(self):
        self.signal(signal.SIGTERM)

    def exit_code(self, seconds: float = 10) -> int:
        return self.process.wait(seconds)

    def kill(self):
        if self.process is not None:
            if self.is_running():
                self.process.kill()
            self.process.wait()
            self.process.stdout.close()
        self.errors.close()
