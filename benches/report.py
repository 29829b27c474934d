"""Medians, spreads, Markdown tables and the machine's facts."""

from __future__ import annotations

import argparse
import json
import os
import platform
import re
import shutil
import statistics
import subprocess
from collections.abc import Iterable
from datetime import date
from pathlib import Path

from harness import HERE, SERVERS

Sample = dict[str, float]
"""The figures of one server in one round, by name."""

PEERS = ("hyper", "tokio", "axum", "tower-http", "tungstenite", "fastwebsockets", "actix-ws")
"""Packages whose versions the figures of the peers depend on."""

ROUGH = 0.05
"""Share of the machine that others may use before a round is called rough."""


def arguments(
    purpose: str | None, rounds: int, seconds: float | None, known: Iterable[str] = SERVERS
) -> argparse.ArgumentParser:
    """The flags that every script takes."""
    parser = argparse.ArgumentParser(description=purpose)
    parser.add_argument("--servers", help=f"only these, by comma; known: {', '.join(known)}")
    parser.add_argument("--rounds", type=int, default=rounds, help="interleaved rounds (default: %(default)s)")
    if seconds is not None:
        parser.add_argument("--seconds", type=float, default=seconds, help="of load a round (default: %(default)s)")
    parser.add_argument("--json", type=Path, help="write every sample and the machine's facts to this file")
    return parser


def names(options: argparse.Namespace, compared: Iterable[str]) -> list[str]:
    """Of the servers that can be compared, those that were asked for."""
    chosen = options.servers.split(",") if options.servers else list(SERVERS)
    if unknown := set(chosen) - set(SERVERS):
        raise SystemExit(f"no such server: {', '.join(unknown)}; known: {', '.join(SERVERS)}")
    return [name for name in compared if name in chosen]


def spread(values: list[float], digits: int) -> str:
    """The median, and in brackets the least and the greatest value."""
    middle = f"{statistics.median(values):,.{digits}f}"
    return f"{middle} ({min(values):,.{digits}f}–{max(values):,.{digits}f})"


def ratio(samples: list[Sample], base: list[Sample] | None, figure: str) -> str:
    """The median over rounds of a figure against the base server's in the same round."""
    if not base:
        return "–"
    return f"{statistics.median(one[figure] / two[figure] for one, two in zip(samples, base, strict=True)):.3f}"


def table(head: list[str], rows: list[list[str]]) -> str:
    lines = [head, ["---", *["---:"] * (len(head) - 1)], *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def noise(samples: list[Sample]) -> str:
    """How far the rounds can be trusted."""
    shares = [sample["foreign_share"] for sample in samples]
    rough = sum(share > ROUGH for share in shares)
    verdict = "quiet" if rough == 0 else f"ROUGH: {rough} of {len(shares)} samples above {ROUGH:.0%}"
    return f"Machine time used by others: median {statistics.median(shares):.1%}, most {max(shares):.1%} ({verdict})."


def machine() -> dict[str, object]:
    """What a reader needs to judge the figures or to repeat them."""
    return {
        "date": date.today().isoformat(),
        "cpu": first_match(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text()),
        "cores": os.cpu_count(),
        "memory_mib": os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") >> 20,
        "kernel": platform.release(),
        "rustc": output("rustc", "--version"),
        "wrk": first_match(r"wrk (\S+)", output("wrk", "--version")),
        "valgrind": output("valgrind", "--version"),
        "commit": output("git", "-C", str(HERE), "describe", "--always", "--dirty"),
        "product": locked(HERE.parent / "Cargo.lock", ("hyper", "tokio")),
        "peers": locked(HERE / "peers" / "Cargo.lock", PEERS),
    }


def output(*command: str) -> str:
    if shutil.which(command[0]) is None:
        return ""
    done = subprocess.run(command, capture_output=True, text=True)
    return done.stdout.strip()


def first_match(pattern: str, text: str) -> str:
    found = re.search(pattern, text)
    return found.group(1) if found else ""


def locked(lock: Path, packages: tuple[str, ...]) -> dict[str, str]:
    text = lock.read_text() if lock.is_file() else ""
    return {name: first_match(rf'name = "{name}"\nversion = "(.*)"', text) for name in packages}


def facts() -> str:
    """The machine in one line of Markdown."""
    known = machine()
    peers = ", ".join(f"{name} {version}" for name, version in known["peers"].items())
    return f"{known['date']}, {known['cores']} cores {known['cpu']}, Linux {known['kernel']}, {known['rustc']}; {peers}"


def save(path: Path | None, results: object) -> None:
    if path is not None:
        path.write_text(json.dumps({"machine": machine(), "results": results}, indent=2) + "\n")
