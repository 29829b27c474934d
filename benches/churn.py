"""New connections per second: two workers, and the load beside them on the same two cores.

Each connection carries one request. Ended by the server (`Connection: close`, TIME_WAIT stays with the server), or
by the client's reset after the answer (no TIME_WAIT anywhere). The load takes its share of both cores, the same for
every server, and the kernel's work for a connection is the same too: the ratio of connections per second understates
what the servers themselves differ by. The user-space column is what is left of a server without the kernel.
"""

from __future__ import annotations

import itertools
import json
from collections import defaultdict

import report
from harness import BARE, Server, client, measured, rotated, run_load, two_cores

BASE = "axum-serve"
WORKERS = 2
WARM_UP_SECONDS = 1
MOST_CONNECTIONS = 2_000_000
MOST_FAILURES = 0.001
"""Of all connections; fewer are shown, more are an error."""
FATES = {"close": "closed by the server", "reset": "reset by the client"}


def load(address: str, fate: str, concurrency: int, seconds: float) -> dict[str, float]:
    command = [client("churn"), "--connect", address, "--fate", fate, "--concurrency", str(concurrency)]
    command += ["--threads", "2", "--sources", "16" if fate == "close" else "1"]
    command += ["--seconds", str(seconds), "--count", str(MOST_CONNECTIONS)]
    return json.loads(run_load(command, two_cores(), patience=seconds + 30))


def one_round(name: str, fate: str, concurrency: int, seconds: float) -> report.Sample:
    with Server(name, workers=WORKERS, cores=two_cores()) as server:
        load(server.address, fate, concurrency, WARM_UP_SECONDS)
        with measured(server) as window:
            result = load(server.address, fate, concurrency, seconds)
    if result["failed"] > MOST_FAILURES * result["connections"]:
        raise SystemExit(f"{name}: {result['failed']} connections failed, the last with: {result['last_error']}")
    return {
        "failed": result["failed"],
        "per_second": result["connections"] / result["seconds"],
        "cpu_us": window.server_cpu * 1e6 / result["connections"],
        "user_us": window.server_user_cpu * 1e6 / result["connections"],
        "load_us": window.load_cpu * 1e6 / result["connections"],
        "foreign_share": window.foreign_share,
    }


def rounds(names: list[str], fate: str, concurrency: int, count: int, seconds: float) -> dict[str, list[report.Sample]]:
    samples = defaultdict(list)
    for number in range(count):
        for name in rotated(names, number):
            samples[name].append(one_round(name, fate, concurrency, seconds))
    return {name: samples[name] for name in names}


def row(name: str, samples: list[report.Sample], base: list[report.Sample] | None) -> list[str]:
    def column(figure: str, digits: int) -> str:
        return report.spread([sample[figure] for sample in samples], digits)

    speed, cost = report.ratio(samples, base, "per_second"), report.ratio(samples, base, "cpu_us")
    failed = str(sum(sample["failed"] for sample in samples))
    costs = [column("cpu_us", 1), cost, column("user_us", 1), column("load_us", 1)]
    return [name, column("per_second", 0), speed, *costs, failed]


def show(title: str, samples: dict[str, list[report.Sample]]) -> None:
    costs = ["server CPU µs each", f"of {BASE}", "in user space", "load CPU µs each"]
    head = ["server", "connections/s", f"of {BASE}", *costs, "failed"]
    rows = [row(name, of_one, samples.get(BASE)) for name, of_one in samples.items()]
    everything = [sample for of_one in samples.values() for sample in of_one]
    print(f"\n### New connections, {title}\n\n{report.table(head, rows)}\n\n{report.noise(everything)}", flush=True)


def main() -> None:
    parser = report.arguments(__doc__, rounds=7, seconds=4)
    parser.add_argument("--concurrency", default="64,1000", help="connections at a time (default: %(default)s)")
    options = parser.parse_args()
    names = report.names(options, BARE)
    print(f"{report.facts()}. {options.rounds} rounds of {options.seconds:g} s, {WORKERS} workers.")
    results = {}
    for (fate, title), wide in itertools.product(FATES.items(), map(int, options.concurrency.split(","))):
        samples = rounds(names, fate, wide, options.rounds, options.seconds)
        show(f"{title}, {wide} at a time", samples)
        results[f"{fate}-{wide}"] = samples
    report.save(options.json, results)


if __name__ == "__main__":
    main()
