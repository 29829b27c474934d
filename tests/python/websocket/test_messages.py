"""Messages both ways: kinds, sizes, fragments, compression, pings, order, and cancelled waits."""

import asyncio
import json
import random

import pytest

from harness.notes import wait_for_note

from .conftest import BINARY, CONTINUATION, PING, PONG, TEXT

APP = "socket_app:app"
ODD_TEXTS = ["", "a", "äöü€😀", "\x00", "\u2028" * 40, "😀" * 5000, "x" * 125, "x" * 126, "x" * 65535, "x" * 65536]


@pytest.mark.parametrize("compression", ["deflate", None])
def test_every_message_comes_back_as_it_was(open_socket, compression):
    chance = random.Random(7)
    sent = ODD_TEXTS + [chance.randbytes(size) for size in (0, 1, 125, 126, 4096, 4097, 16384, 65536, 300_000)]

    async def run():
        async with open_socket("/echo", compression=compression) as socket:
            for message in sent:
                await socket.send(message)
                assert await socket.recv() == message
            extensions = socket.response.headers.get("sec-websocket-extensions", "")
            assert extensions.startswith("permessage-deflate") == (compression is not None)

    asyncio.run(run())


def test_ten_megabytes(open_socket):
    message = random.Random(1).randbytes(10_000_000)

    async def run():
        async with open_socket("/echo", compression=None) as socket:
            await socket.send(message)
            assert await socket.recv() == message

    asyncio.run(run())


def test_events_have_one_key_of_the_two(server, open_socket, key):
    async def run():
        async with open_socket(f"/events/{key}") as socket:
            await socket.send("text")
            await socket.send(b"bytes")

    asyncio.run(run())
    saw = wait_for_note(server, key, 5)
    assert saw[1] == {"type": "websocket.receive", "text": "text"}
    assert saw[2] == {"type": "websocket.receive", "bytes": repr(b"bytes")}


def test_fragments_are_one_message(frames):
    wire = frames("/echo")
    wire.frame(TEXT, b"one ", fin=False).frame(PING, b"!").frame(CONTINUATION, b"two ", fin=False)
    wire.frame(CONTINUATION, "dreié".encode()[:5], fin=False).frame(CONTINUATION, "dreié".encode()[5:])
    assert wire.next() == (PONG, b"!")
    assert wire.next() == (TEXT, "one two dreié".encode())
    wire.frame(BINARY, b"", fin=False).frame(CONTINUATION, b"")
    assert wire.next() == (BINARY, b"")


def test_pings_are_answered_while_the_application_does_nothing(frames, server, key):
    wire = frames(f"/works-on/{key}")
    for payload in (b"", b"1", b"x" * 125):
        assert wire.frame(PING, payload).next() == (PONG, payload)


def test_many_messages_in_one_write_come_back_in_order(frames):
    wire = frames("/echo")
    count = 5000
    octets = b"".join(b"\x81\x84\0\0\0\0%04d" % index for index in range(count))
    wire.socket.settimeout(20)
    sent = 0
    for at in range(0, len(octets), 20_000):
        wire.send(octets[at : at + 20_000])
        while sent < (at + 20_000) // 10 and sent < count:
            assert wire.next() == (TEXT, b"%04d" % sent)
            sent += 1
    assert sent == count


def test_a_cancelled_wait_loses_nothing(open_socket):
    async def run():
        async with open_socket("/cancelled-receive") as socket:
            await asyncio.sleep(0.11)
            await socket.send("at last")
            return json.loads(await socket.recv())

    missed, text = asyncio.run(run())
    assert text == "at last" and missed >= 3


def test_both_directions_at_once(open_socket):
    async def run():
        async with open_socket("/duplex") as socket:
            for index in range(50):
                await socket.send(str(index))
            heard, ticks = [], []
            while len(heard) < 50 or len(ticks) < 100:
                kind, value = (await socket.recv()).split()
                (heard if kind == "heard" else ticks).append(int(value))
            assert heard == list(range(50)) and ticks == list(range(100))

    asyncio.run(run())


def test_a_broadcast_is_in_order_for_everybody(open_socket, key):
    async def run():
        async with asyncio.timeout(30):
            sockets = [await open_socket(f"/room/{key}") for _ in range(30)]
            for socket in sockets:
                assert await socket.recv() == '"joined"'
            for index in range(200):
                await sockets[0].send(str(index))
            for socket in sockets:
                assert [int(await socket.recv()) for _ in range(200)] == list(range(200))
            await asyncio.gather(*(socket.close() for socket in sockets))

    asyncio.run(run())


def test_a_hundred_echoes_at_once(open_socket):
    async def one(number: int):
        async with open_socket("/echo", compression=None if number % 2 else "deflate") as socket:
            for index in range(30):
                message = f"{number} {index} " + "x" * (number * index % 700)
                await socket.send(message)
                assert await socket.recv() == message

    async def run():
        async with asyncio.timeout(50):
            await asyncio.gather(*(one(number) for number in range(100)))

    asyncio.run(run())
