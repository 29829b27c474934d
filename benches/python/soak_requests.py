"""Millions of requests of several kinds over one worker: its memory and its Python objects must not grow with them.

The first half is for warming up (caches, arenas, the allocator's free lists); what grows in the second half is a leak.
"""

from __future__ import annotations

import argparse
import statistics
import time
from dataclasses import dataclass, field

from environment import Environment
from scenarios import HTTP
from servers import Server
from soak_state import State, clean_log, no_growth, settled, state
from verdicts import Verdict

from harness import two_cores

MIX = ("plaintext", "json", "echo", "browser", "sleep0", "pipelined")
SECONDS = 1
"""Of each kind, in turn."""
FLAT = 0.1
"""Bytes a request: 1 MB in ten million. The smallest leak, an object each time, would be over 16."""
FEWEST_POINTS = 6

REST = 7.0
"""Seconds without a request before objects are counted: timers of connections that are gone have then run out."""

Points = list[tuple[int, State]]


@dataclass
class Course:
    """What was seen on the way, after each round of the mix."""

    done: int = 0
    failed: int = 0
    points: Points = field(default_factory=list)
    middle: State | None = None
    """At rest, once half of the requests were done; growth is counted from there."""


def run(name: str, environment: Environment, options: argparse.Namespace) -> list[Verdict]:
    server_core, load_core = two_cores()
    with Server(name, environment, [server_core], "soak_app") as server:
        course = load(server, load_core, options.requests, time.monotonic() + options.minutes * 60)
        last = rested(server)
        log = clean_log(server)
    answered = f"{course.done:,}, {course.failed:,} failed"
    return [
        Verdict(f"{options.requests:,} requests", answered, course.done >= options.requests and not course.failed),
        memory(course.points[len(course.points) // 2 :]),
        *no_growth(course.middle or last, last),
        log,
    ]


def load(server: Server, core: int, requests: int, end: float) -> Course:
    course, before = Course(), state(server)
    while (course.done < requests or len(course.points) < FEWEST_POINTS) and time.monotonic() < end:
        for kind in MIX:
            result = HTTP[kind].run(server, SECONDS, core)
            course.done += int(result["requests"])
            course.failed += int(result["failed"])
        now = settled(server, before)
        course.points.append((course.done, now))
        seen = f"RSS {now.rss / 1e6:.2f} MB, {now.objects:,} objects, {now.blocks:,} blocks"
        print(f"{course.done:>12,} requests: {seen}", flush=True)
        if course.middle is None and course.done >= requests / 2:
            course.middle = rested(server)
    return course


def rested(server: Server) -> State:
    time.sleep(REST)
    return state(server)


def memory(points: Points) -> Verdict:
    requests, sizes = [done for done, _ in points], [now.rss for _, now in points]
    slope = statistics.linear_regression(requests, sizes).slope
    measured = f"{slope:+.4f} bytes a request; {sizes[0] / 1e6:.2f} MB, then {sizes[-1] / 1e6:.2f} MB"
    return Verdict(f"RSS flat in the second half: below {FLAT} bytes a request", measured, slope < FLAT)
