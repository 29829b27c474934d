"""Broadcasts: what one message costs that goes to a room full of sockets, and when the last of them has it."""

from __future__ import annotations

import argparse
import json
import subprocess
from collections import defaultdict
from dataclasses import dataclass

import report
from harness import Server, client, held_load, measured, rotated, two_cores
from ws_echo import OURS, Contender, Samples, asked_for

SIZE = 256
NAIVE = Contender(OURS, "/naive", note="a loop over senders")
HUB = Contender(OURS, "/hub", note="Hub")
AXUM = Contender("axum-ws", "/hub", note="tokio's broadcast channel")
DEFLATE = ("--payload", "json", "--deflate", "fresh")


@dataclass(frozen=True)
class Pattern:
    title: str
    burst: int
    bursts: int
    contenders: tuple[Contender, ...] = (HUB, NAIVE, AXUM)
    flags: tuple[str, ...] = ()

    def command(self, address: str, path: str, members: int) -> list[str]:
        command = [client("ws-broadcast"), "--connect", address, "--path", path, "--connections", str(members)]
        command += ["--size", str(SIZE), "--burst", str(self.burst), "--bursts", str(self.bursts)]
        return [*command, *self.flags]


PATTERNS = {
    "single": Pattern("one message at a time", 1, 50),
    "burst": Pattern("bursts of 100", 100, 5),
    "single-deflate": Pattern("compressed, one message at a time", 1, 50, (HUB, NAIVE), DEFLATE),
    "burst-deflate": Pattern("compressed, bursts of 100", 100, 5, (HUB, NAIVE), DEFLATE),
}


def one_round(contender: Contender, pattern: Pattern, members: int) -> report.Sample:
    server_core, load_core = two_cores()
    with Server(contender.server, workers=1, cores=[server_core]) as server:
        with held_load(pattern.command(server.address, contender.path, members), [load_core]) as load:
            if (line := load.stdout.readline().strip()) != f"joined {members}":
                raise SystemExit(f"{contender.label}: {line} {load.stderr.read().strip()}")
            with measured(server, load.pid) as window:
                result = ask(load, contender)
            load.stdin.close()
    return result | {
        "cpu_ms": window.server_cpu * 1e3 / result["broadcasts"],
        "load_ms": window.load_cpu * 1e3 / result["broadcasts"],
        "received_each": result["received_bytes"] / result["broadcasts"] / members,
        "foreign_share": window.foreign_share,
    }


def ask(load: subprocess.Popen[str], contender: Contender) -> dict[str, float]:
    """One run of the pattern."""
    load.stdin.write("go\n")
    load.stdin.flush()
    if not (line := load.stdout.readline()):
        raise SystemExit(f"{contender.label}: {load.stderr.read().strip()}")
    return json.loads(line)


def rounds(contenders: list[Contender], pattern: Pattern, options: argparse.Namespace) -> Samples:
    samples = defaultdict(list)
    for number in range(options.rounds):
        for contender in rotated(contenders, number):
            samples[contender.label].append(one_round(contender, pattern, options.members))
    return {contender.label: samples[contender.label] for contender in contenders}


def row(label: str, samples: list[report.Sample], base: list[report.Sample] | None) -> list[str]:
    def column(figure: str, unit: float, digits: int) -> str:
        return report.spread([sample[figure] / unit for sample in samples], digits)

    times = [column("p50_us", 1e3, 1), column("most_us", 1e3, 1)]
    costs = [column("cpu_ms", 1, 2), report.ratio(base, samples, "cpu_ms") if base else "–"]
    return [label, *costs, *times, column("load_ms", 1, 2), column("received_each", 1, 0)]


def show(title: str, samples: Samples) -> None:
    head = ["server", "CPU ms a broadcast", "times less than the loop's", "ms to the last delivery, median", "longest"]
    head += ["load's CPU ms", "bytes each"]
    rows = [row(label, of_one, samples.get(NAIVE.label)) for label, of_one in samples.items()]
    everything = [sample for of_one in samples.values() for sample in of_one]
    print(f"\n### {title}\n\n{report.table(head, rows)}\n\n{report.noise(everything)}", flush=True)


def broadcast(options: argparse.Namespace) -> dict[str, Samples]:
    results = {}
    for name, pattern in PATTERNS.items():
        samples = rounds(asked_for(pattern.contenders, options), pattern, options)
        show(f"{SIZE} bytes to {options.members:,} sockets, {pattern.title}", samples)
        results[f"broadcast-{name}"] = samples
    return results
