"""Clients that a server must get over: a thousand that send a byte a second, and those that go away in mid-body."""

from __future__ import annotations

import argparse
import asyncio
import socket
import struct
import time

from environment import Environment
from questions import PLAINTEXT
from servers import Server
from soak_state import clean_log, no_growth, settled, state
from verdicts import Verdict

from harness import two_cores

HEAD = b"GET /plaintext HTTP/1.1\r\nHost: localhost\r\nX-Slow: "
BODY = b"POST /upload HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\n\r\n"
SLOWEST_PROBE = 1.0
"""Seconds that an ordinary client may wait at most meanwhile."""
UPLOAD = 100_000
AT_A_TIME = 50
GONE = (ConnectionError, asyncio.IncompleteReadError)


def slow(name: str, environment: Environment, options: argparse.Namespace) -> list[Verdict]:
    """Half of them are slow within a head, half within a body. All of them have to be turned away by deadlines."""
    server_core, _ = two_cores()
    with Server(name, environment, [server_core], "soak_app") as server:
        asyncio.run(trickles(server, 20, 1))
        before = settled(server, state(server))
        turned_away, probes, failures = asyncio.run(trickles(server, options.slow, options.patience))
        bar = f"{options.slow:,} slow clients turned away within {options.patience} s"
        last = f", the last after {max(turned_away):.1f} s" if turned_away else ""
        slowest, count = max(probes, default=0), len(turned_away)
        probing = f"{len(probes):,} asked, {failures} failed, slowest {slowest * 1e3:.0f} ms"
        return [
            Verdict(bar, f"{count:,}{last}", count == options.slow),
            Verdict("ordinary clients are answered meanwhile", probing, not failures and 0 < slowest < SLOWEST_PROBE),
            *no_growth(before, settled(server, before)),
            clean_log(server),
        ]


async def trickles(server: Server, count: int, patience: float) -> tuple[list[float], list[float], int]:
    """How long the server bore each client that it turned away; the times of ordinary requests; how many failed."""
    probing = asyncio.create_task(probe(server.port))
    clients = [trickle(server.port, BODY if number % 2 else HEAD, patience) for number in range(count)]
    ended = await asyncio.gather(*clients)
    probing.cancel()
    times, failures = await probing
    return [seconds for seconds in ended if seconds is not None], times, failures


async def trickle(port: int, beginning: bytes, patience: float) -> float | None:
    """Seconds until the server closed the connection; None if it was borne for all of the patience."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    begun = time.monotonic()
    writer.write(beginning)
    end = asyncio.create_task(reader.read())
    try:
        while time.monotonic() - begun < patience:
            done, _ = await asyncio.wait([end], timeout=1)
            if done:
                return time.monotonic() - begun
            writer.write(b"x")
        return None
    finally:
        writer.transport.abort()
        await asyncio.gather(end, return_exceptions=True)


async def probe(port: int) -> tuple[list[float], int]:
    """An ordinary request on a new connection, again and again until cancelled."""
    times, failures = [], 0
    try:
        while True:
            begun = time.monotonic()
            try:
                failures += not await ordinary(port)
                times.append(time.monotonic() - begun)
            except GONE:
                failures += 1
            await asyncio.sleep(0.05)
    except asyncio.CancelledError:
        return times, failures


async def ordinary(port: int) -> bool:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(PLAINTEXT.request)
        head = await reader.readuntil(b"\r\n\r\n")
        content = await reader.readexactly(len(PLAINTEXT.content))
        return head.startswith(b"HTTP/1.1 200") and content == PLAINTEXT.content
    finally:
        writer.transport.abort()


def disconnect(name: str, environment: Environment, options: argparse.Namespace) -> list[Verdict]:
    """Half by FIN, half by RST. The application must be told of each, and nothing may stay behind."""
    server_core, _ = two_cores()
    with Server(name, environment, [server_core], "soak_app") as server:
        asyncio.run(leave_all(server.port, AT_A_TIME))
        before = settled(server, state(server))
        asyncio.run(leave_all(server.port, options.disconnects))
        after = settled(server, before)
        begun = after.uploads["begun"] - before.uploads["begun"]
        told = after.uploads["disconnected"] - before.uploads["disconnected"]
        bar = f"the application is told of {options.disconnects} clients that left in mid-body"
        return [
            Verdict(bar, f"{begun} begun, {told} told", begun == told == options.disconnects),
            *no_growth(before, after),
            clean_log(server),
        ]


async def leave_all(port: int, count: int) -> None:
    for first in range(0, count, AT_A_TIME):
        numbers = range(first, min(first + AT_A_TIME, count))
        await asyncio.gather(*(leave(port, by_reset=number % 2 == 1) for number in numbers))


async def leave(port: int, by_reset: bool) -> None:
    _, writer = await asyncio.open_connection("127.0.0.1", port)
    head = f"POST /upload HTTP/1.1\r\nHost: localhost\r\nContent-Length: {UPLOAD}\r\n\r\n"
    writer.write(head.encode() + bytes(UPLOAD // 2))
    await writer.drain()
    await asyncio.sleep(0.1)
    if by_reset:
        linger = struct.pack("ii", 1, 0)
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    writer.transport.abort()
