"""wrk as the load: one thread, a request built once, and its results by name."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable

from harness import HERE, Server, run_load

CONNECTIONS = 64
WARM_UP_SECONDS = 1
PATIENCE_SECONDS = 20
"""With an answer; a large file takes its time."""
LATENCIES = ("p50_us", "p99_us")


def wrk(
    server: Server,
    seconds: float,
    core: int,
    connections: int = CONNECTIONS,
    fields: Iterable[tuple[str, str]] = (),
    arguments: Iterable[object] = (),
) -> dict[str, float]:
    """Loads the server from one core with its question; `arguments` are those of `wrk.lua`."""
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds:g}s", "-s", str(HERE / "wrk.lua")]
    command += ["--timeout", f"{PATIENCE_SECONDS}s"]
    for name, value in fields:
        command += ["-H", f"{name}: {value}"]
    command += [f"http://{server.address}{server.question.path}", "--", *map(str, arguments)]
    lines = run_load(command, [core], patience=seconds + 30).splitlines()
    return json.loads(next(line for line in lines if line.startswith("RESULT")).removeprefix("RESULT"))


def needs(program: str) -> None:
    """An end with what to install, where a program is missing."""
    if shutil.which(program) is None:
        raise SystemExit(f"{program} is missing: apt-get install {program}")
