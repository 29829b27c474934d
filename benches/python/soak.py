"""What a server is after a long day: ten million requests, slow clients, clients that go away, workers that are killed.

Every part starts a server of its own, is bounded in time and count, and ends with lines of PASS or FAIL. The script
ends with 1 when one of them is FAIL.
"""

from __future__ import annotations

import argparse
import json
import resource
import sys
import time
from collections.abc import Callable

import command_line
import soak_clients
import soak_kills
import soak_requests
from environment import Environment
from servers import OURS
from verdicts import Verdict

import report

PARTS: dict[str, Callable[[str, Environment, argparse.Namespace], list[Verdict]]] = {
    "requests": soak_requests.run,
    "slow": soak_clients.slow,
    "disconnect": soak_clients.disconnect,
    "kills": soak_kills.killed,
    "drains": soak_kills.drained,
}


def arguments() -> argparse.Namespace:
    parser = command_line.arguments(__doc__, (OURS,), "3.11")
    parser.add_argument("parts", nargs="*", help=f"which (default: all); known: {', '.join(PARTS)}")
    counts = {
        "requests": (10_000_000, "in the first part"),
        "slow": (1000, "clients that send a byte a second"),
        "patience": (90, "seconds until every one of them must have been turned away"),
        "disconnects": (200, "clients that go away in the middle of a body"),
        "kills": (100, "workers killed under load"),
        "drains": (20, "workers told to end under load"),
        "minutes": (60, "at most, for the requests of the first part"),
    }
    for name, (count, meaning) in counts.items():
        parser.add_argument(f"--{name}", type=int, default=count, help=f"{meaning} (default: %(default)s)")
    return parser.parse_args()


def main() -> None:
    options = arguments()
    parts = command_line.known(options.parts or list(PARTS), tuple(PARTS), "part")
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    judged: dict[str, list[Verdict]] = {}
    for environment in command_line.environments(options):
        for server in command_line.servers(options):
            for part in parts:
                judged[f"{server}, CPython {environment.version}, {part}"] = one(part, server, environment, options)
    rows = [[where, one.bar, one.measured, one.word] for where, of_one in judged.items() for one in of_one]
    table = report.table(["where", "bar", "measured", "verdict"], rows)
    print(f"\n{command_line.machine_line()}\n\n{table}", flush=True)
    if options.json:
        options.json.write_text(json.dumps({"machine": report.machine(), "rows": rows}, indent=2) + "\n")
    sys.exit(0 if all(one.good for of_one in judged.values() for one in of_one) else 1)


def one(part: str, server: str, environment: Environment, options: argparse.Namespace) -> list[Verdict]:
    print(f"\n### {part}: {server}, CPython {environment.versions['python']}\n", flush=True)
    begun = time.monotonic()
    found = PARTS[part](server, environment, options)
    for verdict in found:
        print(f"- {verdict.word}: {verdict.bar} ({verdict.measured})")
    print(f"- took {time.monotonic() - begun:.0f} s", flush=True)
    return found


if __name__ == "__main__":
    main()
