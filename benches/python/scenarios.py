"""What is measured, and the bars: how much less than the peers' a cost has to be."""

from __future__ import annotations

import json
import tempfile
from dataclasses import dataclass
from pathlib import Path

from paths import HERE
from questions import BROWSER, COMPACT_JSON, ECHO, JSON, PLAINTEXT, SLEEP0, SLEEP1MS, Question
from servers import PEERS, WEB_SOCKET_APP, Server

from harness import client, run_load

CONNECTIONS = 64
PIPELINED = 16
PAUSE_MS = 15


@dataclass(frozen=True)
class Scenario:
    title: str
    question: Question
    app: str = "bare"
    most: float | None = None
    """The CPU time of a request, as a share of the peer's, that ours may have at most."""
    against: tuple[str, ...] = PEERS
    logged: bool = False
    depth: int = 1
    pause_ms: int = 0

    @property
    def has_latencies(self) -> bool:
        """wrk corrects its latencies as if one request were under way at a time on each connection."""
        return self.depth == 1

    def run(self, server: Server, seconds: int, core: int) -> dict[str, float]:
        """Loads the server from one core; wrk's own results."""
        with tempfile.NamedTemporaryFile() as request:
            Path(request.name).write_bytes(self.question.request * self.depth)
            command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "-s", str(HERE / "wrk.lua")]
            command += [f"http://{server.address}/", "--", request.name, str(self.pause_ms)]
            lines = run_load(command, [core], patience=seconds + 30).splitlines()
        return json.loads(next(line for line in lines if line.startswith("RESULT")).removeprefix("RESULT"))


@dataclass(frozen=True)
class WebSocketScenario:
    """Echoed messages; the load is one that Python servers do not keep up with."""

    title: str
    size: int
    depth: int = 1
    least: float | None = None
    """Messages a CPU second, as a multiple of the peer's, that ours must have at least."""
    against: tuple[str, ...] = PEERS
    app: str = WEB_SOCKET_APP
    question: Question = PLAINTEXT
    logged: bool = False

    def run(self, server: Server, seconds: int, core: int) -> dict[str, float]:
        command = [client("ws-echo"), "--connect", server.address, "--path", "/echo", "--size", str(self.size)]
        command += ["--connections", str(CONNECTIONS), "--depth", str(self.depth), "--seconds", str(seconds)]
        return json.loads(run_load(command, [core], patience=seconds + 30))


HTTP = {
    "plaintext": Scenario("bare ASGI, /plaintext", PLAINTEXT, most=0.48),
    "echo": Scenario("bare ASGI, POST of 256 bytes", ECHO, most=0.48),
    "json": Scenario("bare ASGI, the app's own json.dumps", JSON, most=0.55),
    "log": Scenario(
        "bare ASGI, /plaintext, access log on", PLAINTEXT, most=0.35, against=("uvicorn",), logged=True
    ),
    "starlette": Scenario("Starlette, JSON", COMPACT_JSON, "starlette_app", most=0.65),
    "fastapi": Scenario("FastAPI, JSON", COMPACT_JSON, "fastapi_app", most=0.80),
    "sleep0": Scenario("bare ASGI, await asyncio.sleep(0)", SLEEP0, most=0.55),
    "browser": Scenario("bare ASGI, 15 header fields as a browser sends them", BROWSER, most=0.50),
    "sleep1ms": Scenario("bare ASGI, await asyncio.sleep(0.001)", SLEEP1MS),
    "paced": Scenario(
        f"bare ASGI, /plaintext, {PAUSE_MS} ms between an answer and the next request", PLAINTEXT, pause_ms=PAUSE_MS
    ),
    "pipelined": Scenario(f"bare ASGI, /plaintext, {PIPELINED} requests a write", PLAINTEXT, depth=PIPELINED),
}
WEB_SOCKET = {
    "ws": WebSocketScenario("WebSocket echo, 64 bytes", 64, least=1.5),
    "ws-batch": WebSocketScenario("WebSocket echo, 64 bytes, 16 messages in flight", 64, depth=16),
    "ws-1k": WebSocketScenario("WebSocket echo, 1 KiB", 1024),
}
IDLE = "idle"
IDLE_SECONDS = 10
IDLE_MOST_MS = 1.0
"""CPU milliseconds in those seconds that count as none: a ten-thousandth of a core."""
RSS_MOST_MB = 30
"""Of a worker with the bare application, after load."""

NAMES = (*HTTP, *WEB_SOCKET, IDLE)
