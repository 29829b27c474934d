"""CPU per request, side by side: each server alone on one core, wrk on the other, in interleaved rounds.

The figure that counts is CPU time of the server's threads, from the kernel's accounting, divided by the answers that
wrk counted. Requests per second and latencies depend on the load generator's own core as well.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

import report
from harness import (
    BARE,
    CAPTURE,
    FURTHER,
    HELLO,
    JSON,
    PLAINTEXT,
    ROUTERS,
    SIZES,
    Question,
    Server,
    measured,
    rotated,
    two_cores,
)
from load import CONNECTIONS, LATENCIES, WARM_UP_SECONDS, needs, wrk


@dataclass(frozen=True)
class Scenario:
    title: str
    question: Question = HELLO
    servers: tuple[str, ...] = BARE
    base: str = "hyper-plain"
    depth: int = 1
    extra_fields: int = 0
    spread: bool = False
    """Over all further routes of the question's shape in turn, a third of them."""

    def run(self, server: Server, seconds: float, core: int) -> dict[str, float]:
        """wrk's own results."""
        routes = server.flags[1:] if self.spread else ()
        return wrk(server, seconds, core, arguments=(self.depth, self.extra_fields, *routes))


SCENARIOS = {
    "plaintext": Scenario("plaintext, keep-alive"),
    "pipelined": Scenario("plaintext, 16 requests a write", depth=16),
    "headers": Scenario("plaintext, 10 request header fields", extra_fields=9),
    "plaintext-route": Scenario("a static route", PLAINTEXT, ROUTERS),
    "json": Scenario("a route that answers JSON", JSON, ROUTERS),
    "path-param": Scenario("a route with a number in its path", CAPTURE, ROUTERS),
    "routes10k": Scenario("10 and 10 000 further routes, one asked", FURTHER, SIZES, SIZES[0]),
    "routes10k-spread": Scenario("10 and 10 000 further routes, every third", FURTHER, SIZES, SIZES[0], spread=True),
}


def one_round(name: str, scenario: Scenario, seconds: float) -> report.Sample:
    server_core, load_core = two_cores()
    with Server(name, workers=1, cores=[server_core], question=scenario.question) as server:
        scenario.run(server, WARM_UP_SECONDS, load_core)
        with measured(server) as window:
            result = scenario.run(server, seconds, load_core)
    if result["failed"]:
        raise SystemExit(f"{name}: {result['failed']} of the load's requests failed")
    if scenario.depth > 1:
        # wrk corrects its latencies as if one request were under way at a time
        result = {figure: value for figure, value in result.items() if figure not in LATENCIES}
    return result | {
        "cpu_us": window.server_cpu * 1e6 / result["requests"],
        "per_second": result["requests"] / result["seconds"],
        "server_busy": window.server_cpu / window.wall,
        "foreign_share": window.foreign_share,
    }


def rounds(names: list[str], scenario: Scenario, count: int, seconds: float) -> dict[str, list[report.Sample]]:
    samples = defaultdict(list)
    for number in range(count):
        for name in rotated(names, number):
            samples[name].append(one_round(name, scenario, seconds))
    return {name: samples[name] for name in names}


def row(name: str, samples: list[report.Sample], base: list[report.Sample] | None) -> list[str]:
    def column(figure: str, digits: int) -> str:
        return report.spread([sample[figure] for sample in samples], digits)

    share = report.ratio(samples, base, "cpu_us")
    times = [column(figure, 0) if figure in samples[0] else "–" for figure in LATENCIES]
    return [name, column("cpu_us", 2), share, column("per_second", 0), *times, column("server_busy", 2)]


def show(scenario: Scenario, samples: dict[str, list[report.Sample]]) -> None:
    head = ["server", "CPU µs/request", f"of {scenario.base}", "requests/s", "p50 µs", "p99 µs", "core busy"]
    rows = [row(name, of_one, samples.get(scenario.base)) for name, of_one in samples.items()]
    everything = [sample for of_one in samples.values() for sample in of_one]
    print(f"\n### {scenario.title}\n\n{report.table(head, rows)}\n\n{report.noise(everything)}", flush=True)


def main() -> None:
    parser = report.arguments(__doc__, rounds=7, seconds=4)
    parser.add_argument("--scenarios", default=",".join(SCENARIOS), help="which, by comma (default: %(default)s)")
    options = parser.parse_args()
    needs("wrk")
    print(f"{report.facts()}. {options.rounds} rounds of {options.seconds:g} s, {CONNECTIONS} connections, one worker.")
    results = {}
    for name in options.scenarios.split(","):
        scenario = SCENARIOS[name]
        results[name] = rounds(report.names(options, scenario.servers), scenario, options.rounds, options.seconds)
        show(scenario, results[name])
    report.save(options.json, results)


if __name__ == "__main__":
    main()
