"""A server under test as a child process: where it listens, what it logs, its memory, its end."""

import os
import re
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

from harness import place
from harness.waiting import wait_until

#: A machine that compiles beside the tests takes its time to import an application.
START_SECONDS = 60
TRACEBACK = "Traceback (most recent call last)"
#: `listening on URL` of ours; `Uvicorn running on URL`, `… on unix socket PATH`, `… on socket ADDRESS` of the control.
ADDRESS = re.compile(
    r"(?:listening|running) on (?:\x1b\[[0-9;]*m)*(https?://[^\s\x1b/]+|unix\S+|(?:unix )?socket [^\s\x1b]+)"
)


class Server:
    """`kind` is `hyperserve` or `uvicorn`, `app` is `module:attribute` as seen from `folder`, `flags` go to the command
    line of either. `environment` is added to this process's own; `pass_fds` are inherited. A server with `--uds` has no
    port. It logs no requests unless a flag says so."""

    def __init__(self, kind: str, app: str, *flags, folder=None, environment=None, pass_fds=()):
        self.kind, self.app, self.pass_fds = kind, app, pass_fds
        self.folder = Path(folder or place.TESTS)
        self.flags = [str(flag) for flag in flags]
        self.environment = {**os.environ, "PYTHONPATH": self._python_path(), **(environment or {})}
        self.log = tempfile.NamedTemporaryFile(prefix=f"{kind}-", suffix=".log", delete=False)
        self.process: subprocess.Popen | None = None
        self.mark = 0

    @property
    def is_ours(self) -> bool:
        return self.kind == "hyperserve"

    def _python_path(self) -> str:
        return os.pathsep.join(filter(None, [place.package_path(), str(place.TESTS)]))

    def command(self) -> list[str]:
        own = {"--host", "--uds", "--fd", "--bind"}.intersection(self.flags)
        address = [] if own else ["--host", "127.0.0.1", "--port", "0"]
        return [sys.executable, "-m", self.kind, self.app, *address, "--no-access-log", *self.flags]

    # Its start

    def spawn(self):
        """Starts it and does not wait. Both of its outputs are one file, opened to append, which can never be full."""
        with open(self.log.name, "ab") as output:
            self.process = subprocess.Popen(
                self.command(),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env=self.environment,
                cwd=self.folder,
                pass_fds=self.pass_fds,
            )
        return self

    def start(self):
        """Starts it and waits until it has said where it listens."""
        self.spawn()
        wait_until(lambda: self.urls or not self.is_running(), START_SECONDS, f"start of {self.kind}")
        assert self.is_running(), f"{self.kind} ended at once with {self.process.returncode}:\n{self.output()}"
        return self

    # Where it is

    @property
    def pid(self) -> int:
        return self.process.pid

    @property
    def urls(self) -> list[str]:
        return ADDRESS.findall(self.output())

    @property
    def url(self) -> str:
        return self.urls[0]

    @property
    def address(self) -> tuple[str, int]:
        host, port = self.url.split("://")[1].rsplit(":", 1)
        return host.strip("[]"), int(port)

    @property
    def port(self) -> int:
        return self.address[1]

    # What it says

    def output(self) -> str:
        """All that it has written to standard output and standard error."""
        return Path(self.log.name).read_text(errors="replace")

    def since_mark(self) -> str:
        """What it has written since `set_mark`."""
        return self.output()[self.mark :]

    def set_mark(self):
        self.mark = len(self.output())
        return self

    @property
    def logged_traceback(self) -> bool:
        return TRACEBACK in self.since_mark()

    # What the kernel tells of it

    def is_running(self) -> bool:
        return self.process.poll() is None

    def memory(self, field: str = "VmRSS") -> int:
        """Resident bytes; `VmHWM` for the most so far, or since `forget_peak`."""
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

    def exit_code(self, seconds: float = 10) -> int:
        """Waits for its end; a negative number is the signal that ended it."""
        return self.process.wait(seconds)

    def terminate(self, seconds: float = 10) -> int:
        """SIGTERM, and the exit code: 0 of ours after a drain; the control hands the signal on, -15."""
        if self.is_running():
            self.signal(signal.SIGTERM)
        return self.exit_code(seconds)

    def kill(self):
        """Ends it whatever it does, and forgets its log."""
        if self.process is not None:
            if self.is_running():
                self.process.kill()
            self.process.wait()
        self.log.close()
        Path(self.log.name).unlink(missing_ok=True)
