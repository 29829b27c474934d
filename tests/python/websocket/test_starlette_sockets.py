"""Starlette's WebSockets on the server."""

import asyncio
import json

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus

from harness.waiting import wait_until

APP = "starlette_app:app"


def test_every_kind_of_message(open_socket):
    async def run():
        async with open_socket("/kinds") as socket:
            assert socket.response.headers["x-app"] == "starlette"
            for message in ("text", b"bytes", '{"a":1}'):
                await socket.send(message)
                assert await socket.recv() == message
            with pytest.raises(ConnectionClosed) as closed:
                await socket.recv()
            assert (closed.value.rcvd.code, closed.value.rcvd.reason) == (4001, "done")

    asyncio.run(run())


def test_iteration_ends_with_the_client(server, open_socket):
    async def run():
        async with open_socket("/iterates") as socket:
            await socket.send("a")
            assert await socket.recv() == "A"

    asyncio.run(run())
    wait_until(lambda: "iterated" in server.since_mark(), 5)


def test_a_disconnect_has_code_and_reason(server, open_socket):
    async def run():
        async with open_socket("/disconnects") as socket:
            await socket.close(4100, "enough")

    asyncio.run(run())
    wait_until(lambda: "disconnected 4100 enough" in server.since_mark(), 5)


def test_an_endpoint_and_its_subprotocol(server, open_socket):
    async def run():
        async with open_socket("/counts", subprotocols=["count"]) as socket:
            assert socket.subprotocol == "count"
            for count in range(5):
                await socket.send(json.dumps({"count": count}))
                assert json.loads(await socket.recv()) == {"count": count + 1}

    asyncio.run(run())
    wait_until(lambda: "endpoint closed 1000" in server.since_mark(), 5)


@pytest.mark.parametrize("path, status, body", [("/denies", 418, b"not you"), ("/nowhere", 403, None)])
def test_refusals(open_socket, path, status, body):
    async def run():
        async with open_socket(path):
            pass

    with pytest.raises(InvalidStatus) as refused:
        asyncio.run(run())
    assert refused.value.response.status_code == status
    assert body is None or refused.value.response.body == body


@pytest.mark.ours
def test_a_client_that_leaves_is_no_fault_of_the_application(server, frames):
    """What Starlette raises of it is not logged; the control logs a traceback for each such client."""
    for _ in range(3):
        wire = frames("/ticks")
        wire.next()
        wire.reset()
    wait_until(lambda: server.descriptors() < 40, 5)
    assert not server.logged_traceback
