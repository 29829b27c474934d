"""One round of a scenario: a fresh server on one core, the load on the other, the cost from the kernel's accounting."""

from __future__ import annotations

import time

import processes
from environment import Environment
from questions import PLAINTEXT
from scenarios import HTTP, IDLE_SECONDS, Scenario, WebSocketScenario
from servers import Server

from harness import Window, measured, two_cores

WARM_UP_SECONDS = 1
QUIET_LINES = 100
"""More than this in a log that is off means that it is on."""

Sample = dict[str, float]


def one_round(name: str, environment: Environment, scenario: Scenario | WebSocketScenario, seconds: int) -> Sample:
    server_core, load_core = two_cores()
    with Server(name, environment, [server_core], scenario.app, scenario.question, scenario.logged) as server:
        warm = scenario.run(server, WARM_UP_SECONDS, load_core)
        with measured(server) as window:
            result = scenario.run(server, seconds, load_core)
        sample = {"rss_mb": server.rss() / 1e6, **costs(window, result)}
        if isinstance(scenario, WebSocketScenario):
            return sample | per_message(window, result)
        check_log(server, scenario, int(warm["requests"] + result["requests"]))
        return sample | per_request(window, result)


def costs(window: Window, result: Sample) -> Sample:
    return {
        "p50_us": result["p50_us"],
        "p99_us": result["p99_us"],
        "server_busy": window.server_cpu / window.wall,
        "load_busy": window.load_cpu / window.wall,
        "foreign_share": window.foreign_share,
    }


def per_request(window: Window, result: Sample) -> Sample:
    requests = result["requests"]
    if requests == 0:
        raise SystemExit("the load had no answer at all")
    return {
        "requests": requests,
        "failed": result["failed"],
        "cpu_us": window.server_cpu * 1e6 / requests,
        "user_us": window.server_user_cpu * 1e6 / requests,
        "per_second": requests / result["seconds"],
    }


def per_message(window: Window, result: Sample) -> Sample:
    return {
        "messages": result["messages"],
        "per_cpu_second": result["messages"] / window.server_cpu,
        "per_second": result["messages"] / result["seconds"],
    }


def check_log(server: Server, scenario: Scenario, requests: int) -> None:
    """A log that leaves requests out, or is written although it is off, makes the round void."""
    lines = server.log_lines(requests if scenario.logged else 0)
    if scenario.logged and lines < requests:
        raise SystemExit(f"{server.name} logged {lines:,} lines for {requests:,} requests")
    if not scenario.logged and lines > QUIET_LINES:
        raise SystemExit(f"{server.name} wrote {lines:,} lines with its log off:\n{server.log_text()[:1000]}")


def idle(name: str, environment: Environment) -> Sample:
    """What nobody asking anything costs, after load."""
    server_core, load_core = two_cores()
    with Server(name, environment, [server_core], question=PLAINTEXT) as server:
        HTTP["plaintext"].run(server, WARM_UP_SECONDS, load_core)
        time.sleep(2)
        cpu, wakes = server.cpu_ns(), processes.wake_ups(server.pid)
        time.sleep(IDLE_SECONDS)
        return {"cpu_ms": (server.cpu_ns() - cpu) / 1e6, "wake_ups": processes.wake_ups(server.pid) - wakes}
