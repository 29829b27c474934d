"""Starts a server on given cores, reads its cost from the kernel's accounting, and ends it.

Every script of this directory goes through `Server`: servers bind a free loopback port, are ended by the process
object that started them, and must all give the same answer before anything is measured.
"""

from __future__ import annotations

import http.client
import os
import random
import resource
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from http.client import HTTPMessage
from pathlib import Path

HERE = Path(__file__).resolve().parent
PRODUCT = Path(os.environ.get("CARGO_TARGET_DIR", HERE.parent / "target")) / "release"
PEERS = HERE / "peers" / "target" / "release"

BUILD_PRODUCT = "cargo build --release -p hyperserve-benches"
BUILD_PEERS = "cargo build --release --manifest-path benches/peers/Cargo.toml --target-dir benches/peers/target"


@dataclass(frozen=True)
class Program:
    """What is started as a server: a binary, and flags beside its address and workers."""

    path: Path
    flags: tuple[str, ...] = ()

    def command(self, address: str, workers: int) -> list[str]:
        return [str(self.path), "--listen", address, "--workers", str(workers), *self.flags]


@dataclass(frozen=True)
class Question:
    """A request and what every server must answer: same content, same fields, or they do not compare."""

    path: str
    content_type: str
    content: bytes
    host: str = "localhost"
    asked: tuple[tuple[str, str], ...] = ()
    """Fields of the request beside its host."""
    answered: tuple[str, ...] = ()
    """Names of the answer's fields beside those that every answer has."""
    after_first: bool = False
    """Whether a first answer begins what is measured: it fills a cache, or what it says goes with further requests."""

    @property
    def request(self) -> bytes:
        fields = "".join(f"{name}: {value}\r\n" for name, value in self.asked)
        return f"GET {self.path} HTTP/1.1\r\nHost: {self.host}\r\n{fields}\r\n".encode()

    @property
    def answer(self) -> Answer:
        fields = sorted(("content-length", "content-type", "date", *self.answered))
        return 200, fields, self.content_type, self.content

    def fault(self, got: Answer) -> str:
        """What is wrong with an answer, or nothing."""
        return "" if got == self.answer else f"answers {got}, the others {self.answer}"

    def after(self, fields: HTTPMessage) -> Question:
        """What is asked from a first answer on, by its fields: the same in the session that it has begun, if any."""
        cookie = fields.get("set-cookie", "")
        return replace(self, asked=(*self.asked, ("Cookie", cookie.split(";")[0]))) if cookie else self


Answer = tuple[int, list[str], str | None, bytes]
"""Status, names of the fields, content type, content."""

SERVERS = {
    "hyperserve": Program(PRODUCT / "hello"),
    "hyperserve-router": Program(PRODUCT / "router"),
    "router-10": Program(PRODUCT / "router", ("--routes", "10")),
    "router-10000": Program(PRODUCT / "router", ("--routes", "10000")),
    "hyper-plain": Program(PEERS / "hyper-plain"),
    "axum-serve": Program(PEERS / "axum-serve"),
    "axum-plain": Program(PEERS / "axum-plain"),
    "hyperserve-ws": Program(PRODUCT / "websocket"),
    "axum-ws": Program(PEERS / "axum-ws"),
    "fastwebsockets": Program(PEERS / "fastwebsockets"),
    "actix-ws": Program(PEERS / "actix-ws"),
}
BARE = ("hyperserve", "hyper-plain", "axum-serve")
"""What is compared where a request is as small as can be."""
ROUTERS = ("hyperserve-router", "hyper-plain", "axum-plain", "axum-serve")
"""What is compared where routes are found, arguments taken and answers made."""
SIZES = ("router-10", "router-10000")
"""What shows whether the number of routes matters."""

TEXT = "text/plain; charset=utf-8"
HELLO = Question("/", TEXT, b"Hello, World!")
PLAINTEXT = Question("/plaintext", TEXT, b"Hello, World!")
JSON = Question("/json", "application/json", b'{"message":"Hello, World!"}')
CAPTURE = Question("/users/12345", TEXT, b"12345")
FURTHER = Question("/r2/items/42/parts", TEXT, b"42")
"""One of the further routes of `router-10` and `router-10000`."""

CLOCK_TICKS = os.sysconf("SC_CLK_TCK")


def program(path: Path) -> Path:
    """`path`, or an end with the command that builds it."""
    if not path.is_file():
        raise SystemExit(f"{path} is missing; build it: {BUILD_PEERS if PEERS in path.parents else BUILD_PRODUCT}")
    return path


BUILDS: dict[Path, int] = {}
"""When each server that this run has started was built."""


def same_build(path: Path) -> Path:
    """`path`, or an end if it was rebuilt since this run began: medians over two builds describe neither."""
    built = path.stat().st_mtime_ns
    if BUILDS.setdefault(path, built) != built:
        raise SystemExit(f"{path} was rebuilt during the run; run it again")
    return path


def client(name: str) -> str:
    """A load program of `src/bin`."""
    return str(program(PRODUCT / name))


class Server:
    """One server process, from entering the `with` block to its end."""

    def __init__(
        self, name: str, workers: int, cores: Iterable[int], wrap: Iterable[str] = (), question: Question = HELLO
    ) -> None:
        self.name = name
        self.question = question
        self.address = f"127.0.0.1:{free_port()}"
        self.cores = set(cores)
        self.flags = SERVERS[name].flags
        self.fields = HTTPMessage()
        same_build(program(SERVERS[name].path))
        self.command = [*wrap, *SERVERS[name].command(self.address, workers)]

    def __enter__(self) -> Server:
        self.log = tempfile.TemporaryFile()
        self.process = subprocess.Popen(
            self.command, preexec_fn=lambda: confine(self.cores), stdout=subprocess.DEVNULL, stderr=self.log
        )
        try:
            self.wait_until_it_answers()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        """SIGTERM, so that a server that drains may; SIGKILL to the same process if it does not end."""
        self.process.terminate()
        try:
            self.process.wait(timeout=35)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.log.close()

    def wait_until_it_answers(self, patience: float = 30.0) -> None:
        end = time.monotonic() + patience
        while (got := self.ask()) is None:
            if self.process.poll() is not None:
                self.log.seek(0)
                raise SystemExit(f"{self.name} ended at once: {self.log.read().decode().strip()}")
            if time.monotonic() > end:
                raise SystemExit(f"{self.name} did not answer within {patience:g} s")
            time.sleep(0.02)
        if self.question.after_first:
            self.question = self.question.after(self.fields)
            got = self.ask()
        if got is None:
            raise SystemExit(f"{self.name} answers once and then no more")
        if fault := self.question.fault(got):
            raise SystemExit(f"{self.name} {fault}")

    def ask(self) -> Answer | None:
        """One answer, or None while nobody listens or the server goes away."""
        connection = http.client.HTTPConnection(self.address, timeout=10)
        try:
            asked = {"Host": self.question.host, **dict(self.question.asked)}
            connection.request("GET", self.question.path, headers=asked)
            answer = connection.getresponse()
            self.fields = answer.headers
            fields = sorted(name.lower() for name, _ in answer.getheaders())
            return answer.status, fields, answer.getheader("content-type"), answer.read()
        except ConnectionError:
            return None
        finally:
            connection.close()

    def cpu_ns(self) -> int:
        """Of the server and of the processes that it has started."""
        return sum(cpu_ns(pid) for pid in tree(self.process.pid))

    def user_cpu(self) -> float:
        return sum(user_cpu(pid) for pid in tree(self.process.pid))

    def memory(self) -> dict[str, int]:
        """`Rss` and `Pss` in bytes."""
        lines = Path(f"/proc/{self.process.pid}/smaps_rollup").read_text().splitlines()[1:]
        fields = dict(line.split(":") for line in lines)
        return {name: int(fields[name].split()[0]) * 1024 for name in ("Rss", "Pss")}


def cpu_ns(pid: int) -> int:
    """CPU time of all threads in nanoseconds, also of those that have ended: the process's clock, whose number is the
    complement of its pid beside the CLOCK_SCHED of the kernel (clock_getcpuclockid, posix-timers_types.h).
    """
    return time.clock_gettime_ns((~pid << 3) | 2)


def user_cpu(pid: int) -> float:
    """CPU seconds in user space, to a clock tick (proc_pid_stat: utime)."""
    return int(stat(pid)[11]) / CLOCK_TICKS


def stat(pid: int) -> list[str]:
    """The fields of proc_pid_stat that follow the name: the state is the first."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()


def tree(pid: int) -> list[int]:
    """The process and its descendants, parents first."""
    return [pid, *(one for child in children(pid) for one in tree(child))]


def children(pid: int) -> list[int]:
    """Of all its threads (proc_pid_task: children)."""
    found = []
    for task in listed(Path(f"/proc/{pid}/task")):
        try:
            found += [int(child) for child in (task / "children").read_text().split()]
        except (FileNotFoundError, ProcessLookupError):
            continue
    return found


def listed(directory: Path) -> list[Path]:
    """What is in a directory that may go away meanwhile."""
    try:
        return list(directory.iterdir())
    except (FileNotFoundError, ProcessLookupError):
        return []


def confine(cores: set[int]) -> None:
    """Runs in a child before its program: the cores, and every descriptor that it may have."""
    os.sched_setaffinity(0, cores)
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def free_port() -> int:
    """Below the range the kernel hands out (ip_local_port_range), so nobody is given it before the server binds."""
    lowest = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    while True:
        port = random.randrange(lowest // 2, lowest)
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) != 0:
                return port


@dataclass
class Window:
    """What a stretch of time cost: the server, the load, and everybody else on the machine."""

    wall: float = 0.0
    server_cpu: float = 0.0
    server_user_cpu: float = 0.0
    load_cpu: float = 0.0
    foreign_cpu: float = 0.0
    """CPU seconds that neither the server nor the load used (other processes, time stolen by the hypervisor)."""

    @property
    def foreign_share(self) -> float:
        """Of all cores; above some percent the figures of this stretch are rough."""
        return self.foreign_cpu / (self.wall * (os.cpu_count() or 1))


@contextmanager
def measured(server: Server, running: int | None = None) -> Iterator[Window]:
    """Fills a `Window` over the block, in which a load process must be both started and waited for; or else is
    `running` from before it until after it.
    """
    window = Window()
    wall, load, machine = time.monotonic(), load_cpu(running), machine_cpu()
    cpu, user = server.cpu_ns(), server.user_cpu()
    yield window
    window.server_cpu = (server.cpu_ns() - cpu) / 1e9
    window.server_user_cpu = server.user_cpu() - user
    window.load_cpu = load_cpu(running) - load
    window.wall = time.monotonic() - wall
    window.foreign_cpu = max(0.0, machine_cpu() - machine - window.server_cpu - window.load_cpu)


def load_cpu(running: int | None) -> float:
    """CPU seconds of the load that is running, or of all that have ended."""
    if running is not None:
        return cpu_ns(running) / 1e9
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def machine_cpu() -> float:
    """CPU seconds of the whole machine that were not idle, stolen ones included (proc_stat)."""
    ticks = [int(field) for field in Path("/proc/stat").read_text().splitlines()[0].split()[1:9]]
    user, nice, system, _idle, _iowait, irq, softirq, steal = ticks
    return (user + nice + system + irq + softirq + steal) / CLOCK_TICKS


def held_load(command: list[str], cores: Iterable[int]) -> subprocess.Popen[str]:
    """A load program that stays, and is spoken with by lines."""
    allowed = set(cores)
    return subprocess.Popen(
        command,
        preexec_fn=lambda: confine(allowed),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def run_load(command: list[str], cores: Iterable[int], patience: float) -> str:
    """Standard output of a load program that ran to its end on `cores`."""
    allowed = set(cores)
    done = subprocess.run(
        command,
        preexec_fn=lambda: confine(allowed),
        capture_output=True,
        text=True,
        timeout=patience,
    )
    if done.returncode != 0:
        raise SystemExit(f"{command[0]} failed: {done.stderr.strip() or done.stdout.strip()}")
    return done.stdout


def two_cores() -> tuple[int, int]:
    """The first two cores this process may use: one for the server, one for the load."""
    cores = sorted(os.sched_getaffinity(0))
    if len(cores) < 2:
        raise SystemExit("two cores are needed: one for the server, one for the load")
    return cores[0], cores[1]


def rotated(names: list[str], number: int) -> list[str]:
    """The order of a round: each server comes first, second and last equally often, so drift favours none."""
    turn = number % len(names)
    return names[turn:] + names[:turn]
