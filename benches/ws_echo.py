"""Echoed messages: what one costs a server."""

from __future__ import annotations

import argparse
import itertools
import json
import statistics
from collections import defaultdict
from dataclasses import dataclass

import report
from harness import Server, client, measured, rotated, run_load, two_cores

OURS = "hyperserve-ws"
WARM_UP_SECONDS = 0.5
CONNECTIONS = (1, 64)
DEPTHS = (1, 16)


@dataclass(frozen=True)
class Contender:
    """A server, and which of its loops: see the beginning of its program."""

    server: str
    path: str = "/echo"
    flags: tuple[str, ...] = ()
    note: str = ""

    @property
    def label(self) -> str:
        return f"{self.server}, {self.note}" if self.note else self.server

    @property
    def is_ours(self) -> bool:
        return self.server == OURS


ECHOES = (
    Contender(OURS),
    Contender("axum-ws"),
    Contender("axum-ws", "/forward", note="forward"),
    Contender("fastwebsockets"),
    Contender("actix-ws"),
)
JSON = ("--payload", "json", "--deflate")
DEFLATES = (
    Contender(OURS, flags=(*JSON, "off"), note="not compressed"),
    Contender(OURS, flags=(*JSON, "fresh"), note="each message for itself"),
    Contender(OURS, "/takeover", (*JSON, "takeover"), "with takeover"),
)


@dataclass(frozen=True)
class Shape:
    size: int
    connections: int
    depth: int

    @property
    def title(self) -> str:
        size = f"{self.size // 1024} KiB" if self.size >= 1024 else f"{self.size} bytes"
        connections = "1 connection" if self.connections == 1 else f"{self.connections} connections"
        return f"{size}, {connections}" + (f", {self.depth} messages in flight" if self.depth > 1 else "")

    def run(self, server: Server, contender: Contender, seconds: float, core: int) -> dict[str, float]:
        command = [client("ws-echo"), "--connect", server.address, "--path", contender.path, *contender.flags]
        command += ["--size", str(self.size), "--connections", str(self.connections), "--depth", str(self.depth)]
        return json.loads(run_load([*command, "--seconds", str(seconds)], [core], patience=seconds + 30))


def one_round(contender: Contender, shape: Shape, seconds: float) -> report.Sample:
    server_core, load_core = two_cores()
    with Server(contender.server, workers=1, cores=[server_core]) as server:
        shape.run(server, contender, WARM_UP_SECONDS, load_core)
        with measured(server) as window:
            result = shape.run(server, contender, seconds, load_core)
    return result | {
        "per_cpu_second": result["messages"] / window.server_cpu,
        "per_second": result["messages"] / result["seconds"],
        "sent_each": result["sent_bytes"] / result["messages"],
        "received_each": result["received_bytes"] / result["messages"],
        "server_busy": window.server_cpu / window.wall,
        "load_busy": window.load_cpu / window.wall,
        "foreign_share": window.foreign_share,
    }


Samples = dict[str, list[report.Sample]]


def rounds(contenders: list[Contender], shape: Shape, options: argparse.Namespace) -> Samples:
    samples = defaultdict(list)
    for number in range(options.rounds):
        for contender in rotated(contenders, number):
            samples[contender.label].append(one_round(contender, shape, options.seconds))
    return {contender.label: samples[contender.label] for contender in contenders}


def asked_for(contenders: tuple[Contender, ...], options: argparse.Namespace) -> list[Contender]:
    known = report.names(options, {contender.server: None for contender in contenders})
    return [contender for contender in contenders if contender.server in known]


def median(samples: list[report.Sample]) -> float:
    return statistics.median(sample["per_cpu_second"] for sample in samples)


def row(label: str, samples: list[report.Sample], base: list[report.Sample] | None, wire: bool) -> list[str]:
    def column(figure: str, digits: int) -> str:
        return report.spread([sample[figure] for sample in samples], digits)

    cells = [label, column("per_cpu_second", 0), report.ratio(samples, base, "per_cpu_second"), column("per_second", 0)]
    if wire:
        return [*cells, column("sent_each", 0), column("received_each", 0)]
    busy = [column("server_busy", 2), column("load_busy", 2)]
    return [*cells, column("p50_us", 0), column("p99_us", 0), *busy]


def show(title: str, samples: Samples, base: str | None, wire: bool = False) -> None:
    head = ["server", "messages a CPU second", f"of {base}" if base else "of", "messages/s"]
    head += ["bytes to the server, each", "bytes from it"] if wire else ["p50 µs", "p99 µs", "core busy", "load's core"]
    rows = [row(label, of_one, samples.get(base), wire) for label, of_one in samples.items()]
    everything = [sample for of_one in samples.values() for sample in of_one]
    print(f"\n### {title}\n\n{report.table(head, rows)}\n\n{report.noise(everything)}", flush=True)


def echo(options: argparse.Namespace) -> dict[str, Samples]:
    contenders = asked_for(ECHOES, options)
    peers = [contender.label for contender in contenders if not contender.is_ours]
    results = {}
    for size, connections, depth in itertools.product(map(int, options.sizes.split(",")), CONNECTIONS, DEPTHS):
        shape = Shape(size, connections, depth)
        samples = rounds(contenders, shape, options)
        best = max(peers, key=lambda label: median(samples[label]), default=None)
        show(f"Echo: {shape.title}", samples, best)
        results[f"echo-{size}-{connections}-{depth}"] = samples
    return results


def deflate(options: argparse.Namespace) -> dict[str, Samples]:
    """No peer compresses: axum's tungstenite, fastwebsockets and actix-ws refuse the extension."""
    contenders = asked_for(DEFLATES, options)
    results = {}
    for depth in DEPTHS:
        shape = Shape(1024, max(CONNECTIONS), depth)
        samples = rounds(contenders, shape, options)
        show(f"JSON text: {shape.title}", samples, DEFLATES[0].label, wire=True)
        results[f"deflate-{depth}"] = samples
    return results
