"""Instructions a request in user space, counted by callgrind: the same from run to run on a machine that is not.

The server starts and warms up with counting off; then it counts while a known number of requests is answered. The
kernel's share is not in it, which is most of a small request: `compare.py` measures that. granian is left out: the
tool follows one process, and its worker is another.
"""

from __future__ import annotations

import re
import shutil
import socket
import statistics
import subprocess
import tempfile
from pathlib import Path

import command_line
from environment import Environment
from scenarios import HTTP, Scenario
from servers import OURS, Server

import report
from harness import two_cores

CONNECTIONS = 64
WARM_UP_TURNS = 10
BASE = "uvicorn"
TABLE = ("plaintext", "json", "echo", "browser", "sleep0", "log", "starlette", "fastapi")
OFF_AT_START = ("--instr-atstart=no",)


class Load:
    """Connections with one request under way on each: a turn sends on all of them, then reads all answers."""

    def __init__(self, port: int, request: bytes) -> None:
        self.request = request
        self.sockets = [socket.create_connection(("127.0.0.1", port), timeout=120) for _ in range(CONNECTIONS)]

    def turns(self, count: int) -> None:
        for _ in range(count):
            for connection in self.sockets:
                connection.sendall(self.request)
            for connection in self.sockets:
                read_answer(connection)

    def close(self) -> None:
        for connection in self.sockets:
            connection.close()


def read_answer(connection: socket.socket) -> None:
    answer = connection.recv(65536)
    while answer and not complete(answer):
        answer += connection.recv(65536)
    if not answer.startswith(b"HTTP/1.1 200"):
        raise SystemExit(f"not the answer that was expected: {answer[:200]!r}")


def complete(answer: bytes) -> bool:
    head, end, content = answer.partition(b"\r\n\r\n")
    length = re.search(rb"(?i)\r\ncontent-length: *(\d+)", head)
    return bool(end and length and len(content) >= int(length.group(1)))


def per_request(name: str, environment: Environment, scenario: Scenario, turns: int, out: Path) -> float:
    wrap = ["valgrind", "--quiet", "--tool=callgrind", *OFF_AT_START, f"--callgrind-out-file={out}"]
    cores = two_cores()
    with Server(name, environment, cores, scenario.app, scenario.question, scenario.logged, wrap=wrap) as server:
        load = Load(server.port, scenario.question.request)
        load.turns(WARM_UP_TURNS)
        switch(server.pid, "on")
        load.turns(turns)
        switch(server.pid, "off")
        load.close()
    found = re.findall(r"^(?:totals|summary): (\d+)", out.read_text(), re.MULTILINE)
    if not found:
        raise SystemExit(f"{name}: callgrind left no count in {out}")
    return int(found[-1]) / (turns * CONNECTIONS)


def switch(pid: int, state: str) -> None:
    done = subprocess.run(["callgrind_control", "-i", state, str(pid)], capture_output=True, text=True, timeout=60)
    if "OK" not in done.stdout:
        raise SystemExit(f"callgrind_control: {done.stdout.strip()} {done.stderr.strip()}")


def main() -> None:
    parser = command_line.arguments(__doc__, (OURS, BASE), "3.11")
    parser.add_argument("scenarios", nargs="*", help=f"which (default: {' '.join(TABLE)})")
    parser.add_argument("--turns", type=int, default=50, help=f"of {CONNECTIONS} requests (default: %(default)s)")
    parser.add_argument("--rounds", type=int, default=1, help="(default: %(default)s)")
    parser.add_argument("--keep", type=Path, help="leave the profiles in this directory, for callgrind_annotate")
    options = parser.parse_args()
    scenarios = command_line.known(options.scenarios or list(TABLE), tuple(HTTP), "scenario")
    if shutil.which("callgrind_control") is None:
        raise SystemExit("valgrind is missing: apt-get install valgrind")
    print(command_line.machine_line())
    results = {}
    for environment in command_line.environments(options):
        results[environment.version] = one_python(environment, scenarios, options)
        show(environment, results[environment.version])
    report.save(options.json, results)


def one_python(environment: Environment, scenarios: list[str], options) -> dict[str, dict[str, list[float]]]:
    counts = {name: {} for name in command_line.servers(options)}
    with tempfile.TemporaryDirectory() as scratch:
        directory = options.keep or Path(scratch)
        directory.mkdir(parents=True, exist_ok=True)
        for name, of_one in counts.items():
            for scenario in scenarios:
                out = directory / f"{name}-{environment.version}-{scenario}.callgrind"
                rounds = range(options.rounds)
                of_one[scenario] = [per_request(name, environment, HTTP[scenario], options.turns, out) for _ in rounds]
    return counts


def show(environment: Environment, counts: dict[str, dict[str, list[float]]]) -> None:
    names = list(counts)
    rows = [[scenario, *(cell(counts, name, scenario) for name in names)] for scenario in counts[names[0]]]
    print(f"\n### CPython {environment.versions['python']}: user instructions a request (of {BASE}'s)\n")
    print(report.table(["scenario", *names], rows), flush=True)


def cell(counts: dict[str, dict[str, list[float]]], name: str, scenario: str) -> str:
    own = statistics.median(counts[name][scenario])
    if name == BASE or BASE not in counts:
        return f"{own:,.0f}"
    return f"{own:,.0f} ({own / statistics.median(counts[BASE][scenario]):.3f})"


if __name__ == "__main__":
    main()
