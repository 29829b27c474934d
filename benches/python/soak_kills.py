"""Workers that die under load. What a killed worker had accepted dies with it; nothing else may be lost.

Which connections those are is read from the kernel: the victim is stopped, the client's ports of its sockets are noted,
then it is killed. A request that fails on any other port was lost by the living: by a listener that was closed, by a
queue that was thrown away, by a supervisor that took other workers along.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import re
import signal
import time
from collections import Counter
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import processes
from environment import Environment
from questions import TEXT, Question
from servers import Server
from verdicts import Verdict

from harness import two_cores

WORKERS = 2
KEEPING, OPENING = 8, 8
PATIENCE = 30.0
"""Seconds for a request, and for a killed worker to be replaced by one that answers."""
RECENT = 2.0
PID = Question("/pid", TEXT, b"")
CLOSING = Question("/pid", TEXT, b"", fields=(("Host", "localhost"), ("Connection", "close")))
LOOPBACK = "0100007F"
"""127.0.0.1 as /proc/net/tcp writes it (proc_net_tcp: little-endian)."""


@dataclass
class Traffic:
    """Clients without a pause, and what became of their requests."""

    port: int
    answered: int = 0
    excused: int = 0
    retried: int = 0
    lost: Counter[str] = field(default_factory=Counter)
    seen: dict[int, float] = field(default_factory=dict)
    """When each worker answered last."""
    victims: dict[int, float] = field(default_factory=dict)
    """Ports of clients whose worker was killed, and when: a connection that began later is another one."""
    draining: bool = False
    ended: bool = False

    async def keep(self) -> None:
        """Requests on one connection, for as long as it holds."""
        while not self.ended:
            await self.on_connection(PID.request, most=1_000_000)

    async def open(self) -> None:
        """A connection for each request."""
        while not self.ended:
            await self.on_connection(CLOSING.request, most=1)

    async def on_connection(self, request: bytes, most: int) -> None:
        begun = time.monotonic()
        try:
            async with asyncio.timeout(PATIENCE):
                reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        except (OSError, TimeoutError) as error:
            self.lost[f"connect: {type(error).__name__}"] += 1
            return await asyncio.sleep(0.01)
        client = writer.get_extra_info("sockname")[1]
        done = 0
        try:
            while done < most and not self.ended and await self.exchange(reader, writer, request):
                done += 1
        except (OSError, TimeoutError, asyncio.IncompleteReadError) as error:
            self.failed(self.victims.get(client, 0) >= begun, done, error)
        finally:
            writer.transport.abort()

    async def exchange(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: bytes) -> bool:
        """One request and its answer; whether the connection may be used again."""
        async with asyncio.timeout(PATIENCE):
            writer.write(request)
            head = (await reader.readuntil(b"\r\n\r\n")).lower()
            length = re.search(rb"\r\ncontent-length: *(\d+)", head)
            content = await reader.readexactly(int(length.group(1)))
        self.answered += 1
        self.seen[int(content)] = time.monotonic()
        return b"connection: close" not in head

    def failed(self, by_kill: bool, done: int, error: Exception) -> None:
        if by_kill:
            self.excused += 1
        elif self.draining and done and unanswered(error):
            # A connection that the server closed while it lay idle: the client asks again (RFC 9112 §9.3.1).
            self.retried += 1
        else:
            self.lost[f"{'kept' if done else 'new'} connection: {type(error).__name__}"] += 1

    def has_more_than(self, known: set[int]) -> bool:
        """Whether a worker has answered that is not among those."""
        return not known.issuperset(self.seen)

    def living(self) -> list[int]:
        """The workers that have answered of late."""
        now = time.monotonic()
        return [pid for pid, last in self.seen.items() if now - last < RECENT and Path(f"/proc/{pid}").exists()]


def unanswered(error: Exception) -> bool:
    return isinstance(error, ConnectionError) or isinstance(error, asyncio.IncompleteReadError) and not error.partial


def killed(name: str, environment: Environment, options: argparse.Namespace) -> list[Verdict]:
    return under_load(name, environment, options.kills, kill)


def drained(name: str, environment: Environment, options: argparse.Namespace) -> list[Verdict]:
    return under_load(name, environment, options.drains, drain)


def kill(traffic: Traffic, pid: int) -> None:
    os.kill(pid, signal.SIGSTOP)
    end = time.monotonic() + 5
    while processes.stat(pid)[0] not in "Tt" and time.monotonic() < end:
        time.sleep(0.001)
    traffic.victims |= dict.fromkeys(client_ports(pid, traffic.port), time.monotonic())
    os.kill(pid, signal.SIGKILL)


def drain(traffic: Traffic, pid: int) -> None:
    traffic.draining = True
    os.kill(pid, signal.SIGTERM)


def client_ports(pid: int, port: int) -> list[int]:
    """The clients' ports of the connections to `port` that this process has accepted."""
    own = {os.readlink(link) for link in processes.listed(Path(f"/proc/{pid}/fd"))}
    found = []
    for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        fields = line.split()
        if fields[1] == f"{LOOPBACK}:{port:04X}" and f"socket:[{fields[9]}]" in own:
            found.append(int(fields[2].rpartition(":")[2], 16))
    return found


def under_load(name: str, environment: Environment, count: int, end_worker) -> list[Verdict]:
    with Server(name, environment, two_cores(), "soak_app", workers=WORKERS) as server:
        traffic = Traffic(server.port)
        return asyncio.run(part(server, traffic, count, end_worker))


async def part(server: Server, traffic: Traffic, count: int, end_worker) -> list[Verdict]:
    clients = [asyncio.create_task(traffic.keep()) for _ in range(KEEPING)]
    clients += [asyncio.create_task(traffic.open()) for _ in range(OPENING)]
    await until(lambda: len(traffic.living()) >= WORKERS)
    before, family = descriptors(server.pid), len(processes.tree(server.pid))
    ended, slowest = await end_workers(traffic, count, end_worker)
    traffic.ended = True
    await asyncio.gather(*clients)
    await until(lambda: len(processes.tree(server.pid)) == family and descriptors(server.pid) <= before, 10)
    after, now = descriptors(server.pid), len(processes.tree(server.pid))
    lost = ", ".join(f"{kind} {times}" for kind, times in traffic.lost.items()) or "none"
    fates = f"{traffic.excused} died with their worker, {traffic.retried} asked again"
    told = f"{lost}; {traffic.answered:,} answered, {fates}"
    return [
        Verdict(f"{count} workers end under load, each replaced", f"{ended}, {slowest:.1f} s at most", ended == count),
        Verdict("no request lost that a living worker had accepted", told, not traffic.lost and traffic.answered > 0),
        Verdict("no descriptor left in the supervisor", f"{before} before, {after} after", 0 < after <= before),
        Verdict("no process left or missing", f"{family} before, {now} after", now == family),
    ]


async def end_workers(traffic: Traffic, count: int, end_worker) -> tuple[int, float]:
    """How many were ended and replaced, and the longest that a replacement took."""
    choice, slowest = random.Random(count), 0.0
    for ended in range(count):
        await asyncio.sleep(0.2)
        if not (living := traffic.living()):
            return ended, slowest
        known, begun = set(traffic.seen), time.monotonic()
        end_worker(traffic, choice.choice(living))
        if not await until(partial(traffic.has_more_than, known)):
            return ended, slowest
        slowest = max(slowest, time.monotonic() - begun)
    return count, slowest


def descriptors(pid: int) -> int:
    """Of the parent alone: workers have the clients' too."""
    return processes.descriptors(pid)


async def until(holds, patience: float = PATIENCE) -> bool:
    end = time.monotonic() + patience
    while not holds():
        if time.monotonic() > end:
            return False
        await asyncio.sleep(0.05)
    return True
