"""Memory of WebSockets that lie idle after one message.

Bytes per socket are the growth of the server's resident set divided by the number of sockets; the kernel's socket
memory belongs to no process and is not in it. Held for longer than the interval of pings, so that what a ping makes is
counted too.
"""

from __future__ import annotations

import argparse
import time

import report
from harness import Server, client, held_load, two_cores
from ws_echo import OURS, Contender, Samples, asked_for

WORKERS = 2
SOURCES = 16
ROUNDS = 1
CONTENDERS = (
    Contender(OURS),
    Contender("axum-ws"),
    Contender("axum-ws", "/small", note="4 KiB read buffer"),
    Contender("fastwebsockets"),
    Contender("actix-ws"),
)


def one_round(contender: Contender, sockets: int, held: float) -> report.Sample:
    with Server(contender.server, workers=WORKERS, cores=two_cores()) as server:
        time.sleep(1)
        rest = server.memory()["Rss"]
        command = [client("ws-idle"), "--connect", server.address, "--path", contender.path]
        command += ["--connections", str(sockets), "--seconds", str(held), "--sources", str(SOURCES)]
        with held_load(command, two_cores()) as load:
            if (line := load.stdout.readline().strip()) != f"held {sockets}":
                raise SystemExit(f"{contender.label}: {line} {load.stderr.read().strip()}")
            time.sleep(1)
            soon = server.memory()["Rss"]
            time.sleep(max(0, held - 2))
            late = server.memory()["Rss"]
            alive = load.stdout.readline().strip()
        if load.returncode != 0:
            raise SystemExit(f"{contender.label}: {alive}")
    return {"rest": rest, "soon": (soon - rest) / sockets, "late": (late - rest) / sockets, "alive": alive}


def row(label: str, samples: list[report.Sample]) -> list[str]:
    def column(figure: str, unit: float) -> str:
        return report.spread([sample[figure] / unit for sample in samples], 1)

    return [label, column("rest", 1e6), column("soon", 1024), column("late", 1024), str(samples[-1]["alive"])]


def idle(options: argparse.Namespace) -> dict[str, Samples]:
    contenders = asked_for(CONTENDERS, options)
    count, held = options.connections, options.held
    samples = {one.label: [one_round(one, count, held) for _ in range(ROUNDS)] for one in contenders}
    head = ["server", "RSS at rest MB", "KiB a socket, at 1 s", f"at {held:g} s", "sampled afterwards"]
    print(f"\n### {count:,} idle WebSockets, {WORKERS} workers\n")
    print(report.table(head, [row(label, of_one) for label, of_one in samples.items()]), flush=True)
    return {"idle": samples}
