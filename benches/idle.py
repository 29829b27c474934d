"""Memory: the server at rest, and what each idle keep-alive connection adds to it.

Every connection has carried one request before it idles, so buffers that a request made are counted. Bytes per
connection are the growth of the server's resident set divided by the number of connections; the kernel's socket
memory belongs to no process and is not in it.
"""

from __future__ import annotations

import subprocess
import time

import report
from harness import BARE, Server, client, confine, two_cores

WORKERS = 2
SOURCES = 16


def hold(address: str, connections: int, seconds: float) -> subprocess.Popen[str]:
    command = [client("idle"), "--connect", address, "--connections", str(connections)]
    command += ["--seconds", str(seconds), "--sources", str(SOURCES)]
    cores = set(two_cores())
    return subprocess.Popen(
        command, preexec_fn=lambda: confine(cores), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def one_server(name: str, connections: int, late: float) -> report.Sample:
    with Server(name, workers=WORKERS, cores=two_cores()) as server:
        time.sleep(1)
        rest = server.memory()
        with hold(server.address, connections, late + 1) as idle:
            line = idle.stdout.readline().strip()
            if line != f"held {connections}":
                raise SystemExit(f"{name}: {line} {idle.stderr.read().strip()}")
            time.sleep(2)
            soon = server.memory()
            time.sleep(max(0, late - 2))
            then = server.memory()
            alive = idle.stdout.readline().strip()
        if idle.returncode != 0:
            raise SystemExit(f"{name}: {alive}")
    each = {"soon": (soon["Rss"] - rest["Rss"]) / connections, "late": (then["Rss"] - rest["Rss"]) / connections}
    return each | {"rss": rest["Rss"], "pss": rest["Pss"], "connections": connections, "alive": alive}


def row(name: str, samples: list[report.Sample]) -> list[str]:
    def column(figure: str, unit: float) -> str:
        return report.spread([sample[figure] / unit for sample in samples], 1)

    columns = [("rss", 1e6), ("pss", 1e6), ("soon", 1e3), ("late", 1e3)]
    return [name, *(column(figure, unit) for figure, unit in columns), samples[-1]["alive"]]


def main() -> None:
    parser = report.arguments(__doc__, rounds=1, seconds=30)
    parser.add_argument("--connections", type=int, default=10_000, help="held idle (default: %(default)s)")
    options = parser.parse_args()
    names = report.names(options, BARE)
    results = {name: [] for name in names}
    for _ in range(options.rounds):
        for name in names:
            results[name].append(one_server(name, options.connections, options.seconds))
    late = f"at {options.seconds:g} s"
    head = ["server", "RSS at rest MB", "PSS at rest MB", "kB a connection, at 2 s", late, "sampled afterwards"]
    print(f"{report.facts()}. {options.connections} idle connections, {WORKERS} workers.\n")
    print(report.table(head, [row(name, samples) for name, samples in results.items()]))
    report.save(options.json, results)


if __name__ == "__main__":
    main()
