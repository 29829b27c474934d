"""The flags that the scripts of this folder share."""

from __future__ import annotations

import argparse
from pathlib import Path

import environment
from environment import Environment
from servers import OURS, SERVERS

import report


def arguments(purpose: str | None, servers: tuple[str, ...], pythons: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=purpose)
    parser.add_argument("--python", default=pythons, help="versions, by comma (default: %(default)s)")
    parser.add_argument("--servers", default=",".join(servers), help="which, by comma (default: %(default)s)")
    parser.add_argument("--package", type=Path, help="folder with a built package, in place of a release wheel")
    parser.add_argument("--json", type=Path, help="write every sample, the machine and the versions to this file")
    return parser


def servers(options: argparse.Namespace) -> list[str]:
    return known(options.servers.split(","), tuple(SERVERS), "server")


def known(chosen: list[str], names: tuple[str, ...], kind: str) -> list[str]:
    if unknown := [name for name in chosen if name not in names]:
        raise SystemExit(f"no such {kind}: {', '.join(unknown)}; known: {', '.join(names)}")
    return chosen


def environments(options: argparse.Namespace) -> list[Environment]:
    """One for each Python that was asked for, made ready before anything is measured."""
    ours = OURS in options.servers.split(",")
    package = options.package and options.package.resolve()
    return [environment.ensure(version, ours, package) for version in options.python.split(",")]


def machine_line() -> str:
    known = report.machine()
    machine = f"{known['date']}, {known['cores']} cores {known['cpu']}, Linux {known['kernel']}, wrk {known['wrk']}"
    return f"{machine}, {known['valgrind']}, commit {known['commit']}."
