"""What a server says about itself, and the kernel about it, between two stretches of load."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass

import processes
from questions import TEXT, Question
from servers import Server
from verdicts import Verdict

STATE = Question("/state", TEXT, b"")
MORE_OBJECTS = 100
"""As many objects more are no growth: caches of the interpreter and of libraries fill by and by."""
MORE_BLOCKS = 2000
ALARMING = ("Traceback", "ERROR", "panicked at")


@dataclass(frozen=True)
class State:
    rss: int
    descriptors: int
    objects: int
    blocks: int
    uploads: dict[str, int]


def state(server: Server) -> State:
    """After a moment in which connections that the load has closed are seen to be closed."""
    time.sleep(0.5)
    if (answer := server.ask(STATE)) is None or answer[0] != 200:
        raise SystemExit(f"{server.name} does not answer any more:\n{server.log_text()[-2000:]}")
    counts = json.loads(answer[2])
    descriptors = sum(processes.descriptors(pid) for pid in processes.tree(server.pid))
    return State(server.rss(), descriptors, counts["objects"], counts["blocks"], counts["uploads"])


def settled(server: Server, before: State, patience: float = 10) -> State:
    """The state once no more descriptors are open than before, or when patience is at its end."""
    end = time.monotonic() + patience
    while (now := state(server)).descriptors > before.descriptors and time.monotonic() < end:
        time.sleep(0.3)
    return now


def no_growth(before: State, after: State) -> list[Verdict]:
    objects, blocks = after.objects - before.objects, after.blocks - before.blocks
    opened = after.descriptors - before.descriptors
    return [
        Verdict("no descriptor left open", f"{before.descriptors} before, {after.descriptors} after", opened <= 0),
        limited("Python objects", objects, MORE_OBJECTS, after.objects),
        limited("allocated blocks", blocks, MORE_BLOCKS, after.blocks),
    ]


def limited(what: str, growth: int, most: int, total: int) -> Verdict:
    return Verdict(f"{what}: at most {most:,} more", f"{growth:+,} of {total:,}", growth <= most)


def clean_log(server: Server) -> Verdict:
    """Clients that misbehave are not the application's errors: nothing of theirs may fill a log."""
    lines = server.log_text().splitlines()
    found = sum(any(word in line for word in ALARMING) for line in lines)
    return Verdict("no error and no traceback in the log", f"{found} in {len(lines):,} lines", found == 0)
