"""What a request costs in Python servers, side by side: one worker on one core, wrk on the other, in turns.

The figure that counts is CPU time of the server's processes and threads, from the kernel's accounting, divided by the
answers that wrk counted; and of it the ratios within one run. Ends with 1 when a bar is missed.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
from collections import defaultdict
from pathlib import Path

import command_line
import measure
import verdicts
from environment import Environment
from scenarios import CONNECTIONS, HTTP, IDLE, IDLE_SECONDS, NAMES, WEB_SOCKET, Scenario, WebSocketScenario
from servers import OURS, PEERS, SERVERS
from verdicts import Samples, Verdict

import report
from harness import rotated

PACKAGES = ("hyperserve", "uvicorn", "uvloop", "httptools", "websockets", "granian", "starlette", "fastapi")


class Page:
    """Markdown, printed as it comes and kept."""

    def __init__(self, options: argparse.Namespace) -> None:
        self.options = options
        self.text = ""
        self.results: dict[str, Samples] = {}
        self.verdicts: dict[str, list[Verdict]] = {}
        self.facts: dict[str, object] = {"machine": report.machine(), "packages": {}}

    def add(self, text: str) -> None:
        print(text, flush=True)
        self.text += text + "\n"
        if path := self.options.markdown:
            path.write_text(self.text)

    def keep(self, where: str, samples: Samples, judged: list[Verdict]) -> None:
        """Kept at once: a run that is broken off leaves what it had."""
        self.results[where] = samples
        if judged:
            self.verdicts[where] = judged
            self.add(f"\n{verdicts.lines(judged)}")
        if path := self.options.json:
            path.write_text(json.dumps(self.facts | {"results": self.results}, indent=2) + "\n")

    @property
    def misses(self) -> int:
        return sum(not one.good for of_one in self.verdicts.values() for one in of_one)


def rounds(names: list[str], environment: Environment, scenario: Scenario | WebSocketScenario, options) -> Samples:
    samples = defaultdict(list)
    for number in range(options.rounds):
        for name in rotated(names, number):
            samples[name].append(measure.one_round(name, environment, scenario, options.seconds))
    return {name: samples[name] for name in names}


def show(scenario: Scenario | WebSocketScenario, samples: Samples) -> str:
    if isinstance(scenario, WebSocketScenario):
        figure, digits, head = "per_cpu_second", 0, ["messages a CPU second", "messages/s"]
    else:
        figure, digits, head = "cpu_us", 2, ["CPU µs/request", "requests/s"]
    peers = [peer for peer in PEERS if peer in samples]
    head = ["server", head[0], *(f"of {peer}" for peer in peers), head[1], "p50 µs", "p99 µs", "failed"]
    head += ["core busy", "load's core", "RSS MB"]
    rows = []
    for name, of_one in samples.items():
        ratios = [report.ratio(of_one, samples[peer], figure) for peer in peers]
        times = [column(of_one, time, 0) if latencies(scenario) else "–" for time in ("p50_us", "p99_us")]
        failed = f"{sum(sample.get('failed', 0) for sample in of_one):,.0f}"
        busy = [column(of_one, "server_busy", 2), column(of_one, "load_busy", 2), column(of_one, "rss_mb", 1)]
        costs = [column(of_one, figure, digits), *ratios, column(of_one, "per_second", 0)]
        rows.append([name, *costs, *times, failed, *busy])
    everything = [sample for of_one in samples.values() for sample in of_one]
    return f"{report.table(head, rows)}\n\n{report.noise(everything)}"


def latencies(scenario: Scenario | WebSocketScenario) -> bool:
    return isinstance(scenario, WebSocketScenario) or scenario.has_latencies


def column(samples: list[measure.Sample], figure: str, digits: int) -> str:
    return report.spread([sample[figure] for sample in samples], digits)


def idle(page: Page, environment: Environment, names: list[str]) -> None:
    samples = {name: [measure.idle(name, environment)] for name in names}
    rows = [[name, column(of_one, "cpu_ms", 3), column(of_one, "wake_ups", 0)] for name, of_one in samples.items()]
    head = ["server", f"CPU ms in {IDLE_SECONDS} s", "wake-ups"]
    page.add(f"\n### Idle, after load\n\n{report.table(head, rows)}")
    page.keep(f"{environment.version} {IDLE}", samples, verdicts.of_idling(samples))


def one_python(page: Page, environment: Environment, options: argparse.Namespace) -> None:
    page.facts["packages"][environment.version] = environment.versions
    page.add(f"\n## CPython {environment.versions['python']}\n\n{packages(environment)}.")
    for name in options.scenarios:
        servers = command_line.servers(options)
        if name == IDLE:
            idle(page, environment, servers)
            continue
        scenario = (HTTP | WEB_SOCKET)[name]
        samples = rounds(servers, environment, scenario, options)
        page.add(f"\n### {scenario.title}\n\n{show(scenario, samples)}")
        judged = verdicts.of_scenario(scenario, samples) + (verdicts.of_memory(samples) if name == "plaintext" else [])
        page.keep(f"{environment.version} {name}", samples, judged)


def packages(environment: Environment) -> str:
    known = environment.versions | ({OURS: "(not from a wheel)"} if environment.package else {})
    return ", ".join(f"{name} {known[name]}" for name in PACKAGES if name in known)


def main() -> None:
    parser = command_line.arguments(__doc__, tuple(SERVERS), "3.11,3.13")
    parser.add_argument("scenarios", nargs="*", help=f"which (default: all); known: {', '.join(NAMES)}")
    parser.add_argument("--rounds", type=int, default=5, help="interleaved rounds (default: %(default)s)")
    parser.add_argument("--seconds", type=int, default=3, help="of load a round, whole ones (default: %(default)s)")
    parser.add_argument("--markdown", type=Path, help="write the tables to this file too")
    options = parser.parse_args()
    options.scenarios = command_line.known(options.scenarios or list(NAMES), NAMES, "scenario")
    if shutil.which("wrk") is None:
        raise SystemExit("wrk is missing: apt-get install wrk")
    page = Page(options)
    environments = command_line.environments(options)
    run = f"{options.rounds} rounds of {options.seconds} s, {CONNECTIONS} connections, one worker."
    page.add(f"{command_line.machine_line()} {run}")
    for environment in environments:
        one_python(page, environment, options)
    if OURS in options.servers and page.verdicts:
        page.add(f"\n## The bars\n\n{verdicts.summary(page.verdicts)}")
    sys.exit(1 if page.misses else 0)


if __name__ == "__main__":
    main()
