"""Instructions per request in user space, counted by callgrind: the same from run to run on a machine that is not.

Each server runs twice under valgrind, with few and with many requests; the difference of the two counts, divided by
the difference of requests, is free of start-up and shutdown. The kernel's share is not in it: `compare.py` measures
that. Two servers that differ in system calls do not compare by this figure alone.
"""

from __future__ import annotations

import re
import socket
import statistics
import struct
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

import report
from harness import BARE, CAPTURE, FURTHER, HELLO, JSON, PLAINTEXT, ROUTERS, SIZES, Question, Server, two_cores
from load import needs

BASE = "hyper-plain"
FEW, MANY = 20, 120
"""Turns of a run; in a turn every connection sends one write and has its answers."""


@dataclass(frozen=True)
class Shape:
    title: str
    connections: int
    question: Question = HELLO
    depth: int = 1
    fresh: bool = False
    """Each turn has connections of its own, reset after the answer."""
    more_turns: int = 1
    """A lone connection takes more turns, so that a timer's tick weighs little."""

    @property
    def requests_a_turn(self) -> int:
        return self.more_turns * self.connections * self.depth

    def drive(self, address: str, turns: int) -> None:
        sockets = self.connect(address)
        length = answer_length(sockets, self.question)
        for _ in range(turns * self.more_turns):
            if self.fresh:
                reset(sockets)
                sockets = self.connect(address)
            self.turn(sockets, length)
        reset(sockets)

    def connect(self, address: str) -> list[socket.socket]:
        host, port = address.split(":")
        return [socket.create_connection((host, int(port)), timeout=30) for _ in range(self.connections)]

    def turn(self, sockets: list[socket.socket], length: int) -> None:
        for connection in sockets:
            connection.sendall(self.question.request * self.depth)
        for connection in sockets:
            read_exactly(connection, length * self.depth)


BARE_SHAPES = [
    Shape("1 connection", connections=1, more_turns=20),
    Shape("64 connections", connections=64),
    Shape("64 connections, 16 requests a write", connections=64, depth=16),
    Shape("64 new connections", connections=64, fresh=True),
]
ROUTE_SHAPES = [
    Shape("a static route", connections=64, question=PLAINTEXT),
    Shape("JSON", connections=64, question=JSON),
    Shape("a number in the path", connections=64, question=CAPTURE),
]
SIZES_SHAPES = [Shape("one of the further routes", connections=64, question=FURTHER)]
TABLES = [(BARE, BARE_SHAPES), (ROUTERS, ROUTE_SHAPES), (SIZES, SIZES_SHAPES)]


def reset(sockets: list[socket.socket]) -> None:
    """Closes by RST (SO_LINGER 0), so that no port stays in TIME_WAIT."""
    for connection in sockets:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.close()


def answer_length(sockets: list[socket.socket], question: Question) -> int:
    """One answer on each connection; all are alike in length, Date included (RFC 9110 §5.6.7: fixed length)."""
    lengths = set()
    for connection in sockets:
        connection.sendall(question.request)
        answer = b""
        while not answer.endswith(question.content or b"\r\n\r\n"):
            answer += receive(connection, 4096)
        lengths.add(len(answer))
    (length,) = lengths
    return length


def read_exactly(connection: socket.socket, length: int) -> None:
    while length:
        length -= len(receive(connection, length))


def receive(connection: socket.socket, most: int) -> bytes:
    data = connection.recv(most)
    if not data:
        raise SystemExit("the server closed a connection that it should have kept")
    return data


def count(name: str, shape: Shape, turns: int, out: Path) -> int:
    """Instructions of a whole run with this many turns."""
    wrap = ["valgrind", "--quiet", "--tool=callgrind", f"--callgrind-out-file={out}"]
    with Server(name, workers=1, cores=two_cores(), wrap=wrap, question=shape.question) as server:
        replace(shape, question=server.question).drive(server.address, turns)
    found = re.findall(r"^(?:totals|summary): (\d+)", out.read_text(), re.MULTILINE)
    if not found:
        raise SystemExit(f"{name}: callgrind left no count in {out}")
    return int(found[-1])


def per_request(name: str, shape: Shape, directory: Path) -> float:
    out = directory / f"{name}-{shape.title.replace(' ', '-')}.callgrind"
    few = count(name, shape, FEW, out)
    many = count(name, shape, MANY, out)
    return (many - few) / ((MANY - FEW) * shape.requests_a_turn)


Counts = dict[str, list[float]]
"""Instructions per request by shape, one for each round."""


def counts(name: str, shapes: list[Shape], directory: Path, rounds: int) -> Counts:
    return {shape.title: [per_request(name, shape, directory) for _ in range(rounds)] for shape in shapes}


def main() -> None:
    parser = report.arguments(__doc__, rounds=1, seconds=None)
    parser.add_argument("--keep", type=Path, help="leave the profiles in this directory, for callgrind_annotate")
    options = parser.parse_args()
    needs("valgrind")
    with tempfile.TemporaryDirectory() as scratch:
        directory = options.keep or Path(scratch)
        directory.mkdir(parents=True, exist_ok=True)
        results = [
            {name: counts(name, shapes, directory, options.rounds) for name in report.names(options, servers)}
            for servers, shapes in TABLES
        ]
    print(f"{report.facts()}. Instructions per request, user space; in brackets: of {BASE}.")
    for table in filter(None, results):
        show(table)
    report.save(options.json, results)


def show(results: dict[str, Counts]) -> None:
    base = results.get(BASE)
    rows = [[name, *(cell(shapes, base, title) for title in shapes)] for name, shapes in results.items()]
    titles = next(iter(results.values()))
    print(f"\n{report.table(['server', *titles], rows)}")


def cell(shapes: Counts, base: Counts | None, title: str) -> str:
    own = statistics.median(shapes[title])
    return f"{own:,.0f}" + (f" ({own / statistics.median(base[title]):.3f})" if base else "")


if __name__ == "__main__":
    main()
