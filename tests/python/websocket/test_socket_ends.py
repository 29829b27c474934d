"""Ends of sockets: from either side, in good order and not."""

import asyncio
import json
import socket as sockets
import struct

import pytest
from websockets.exceptions import ConnectionClosed

from harness.notes import wait_for_note

from .conftest import BINARY, CLOSE, CONTINUATION, PING, TEXT

APP = "socket_app:app"


@pytest.mark.parametrize("code, reason", [(1000, ""), (1001, "gone"), (3000, "ü" * 60), (4999, "x" * 123)])
def test_the_clients_close_is_told_with_code_and_reason(server, open_socket, key, code, reason):
    async def run():
        async with open_socket(f"/events/{key}") as socket:
            await socket.close(code, reason)

    asyncio.run(run())
    assert wait_for_note(server, key, 2)[1] == {"type": "websocket.disconnect", "code": code, "reason": reason}


@pytest.mark.ours
def test_what_came_before_a_close_is_answered_before_it(frames):
    """RFC 6455 §5.5.1; the control answers the Close at once, and the echo fails."""
    wire = frames("/echo")
    wire.send(b"\x81\x83\0\0\0\0one" + b"\x81\x83\0\0\0\0two" + b"\x88\x82\0\0\0\0\x03\xe8")
    assert (wire.next(), wire.next(), wire.close_code()) == ((TEXT, b"one"), (TEXT, b"two"), 1000)


def test_a_close_is_answered_while_the_application_only_sends(frames, server, key):
    wire = frames(f"/pushes/{key}")
    wire.frame(CLOSE, struct.pack("!H", 1000))
    while (frame := wire.next())[0] == TEXT:
        pass
    assert frame == (CLOSE, struct.pack("!H", 1000))
    assert "OSError" in wait_for_note(server, key)[0]


def test_a_close_without_a_code_is_1005(server, frames, key):
    wire = frames(f"/events/{key}")
    assert wire.frame(CLOSE).close_code() == 1005
    assert wait_for_note(server, key, 2)[1]["code"] == 1005


@pytest.mark.parametrize("how", ["close", "reset"])
def test_a_client_that_vanishes_is_1006(server, frames, key, how):
    wire = frames(f"/events/{key}")
    wait_for_note(server, key)
    getattr(wire, how)()
    saw = wait_for_note(server, key, 2)
    # RFC 6455 §7.1.5; the control says 1005, as if there had been a Close frame
    assert saw[1]["type"] == "websocket.disconnect"
    assert saw[1]["code"] == (1006 if server.is_ours else 1005)


@pytest.mark.ours
def test_a_disconnect_is_told_again(server, frames, key):
    """The control waits for ever."""
    wire = frames(f"/events/{key}")
    wire.frame(CLOSE, struct.pack("!H", 4001))
    saw = wait_for_note(server, key, 3)
    assert saw[1] == saw[2] == {"type": "websocket.disconnect", "code": 4001, "reason": ""}


@pytest.mark.parametrize("how", ["close", "reset"])
def test_sending_to_a_client_that_has_gone_is_an_oserror(server, frames, key, how):
    wire = frames(f"/pushes/{key}")
    assert wire.next() == (TEXT, b"tick")
    getattr(wire, how)()
    assert "OSError" in wait_for_note(server, key)[0]


@pytest.mark.parametrize("asked", [{}, {"code": 4000}, {"code": 1000, "reason": "bye"}, {"code": 1011, "reason": None}])
def test_the_applications_close(server, open_socket, key, asked):
    async def run():
        async with open_socket(f"/closes/{key}") as socket:
            await socket.send(json.dumps(asked))
            with pytest.raises(ConnectionClosed) as closed:
                await socket.recv()
            return closed.value.rcvd.code, closed.value.rcvd.reason

    expected = asked.get("code", 1000), asked.get("reason") or ""
    assert asyncio.run(run()) == expected
    disconnect, raised = wait_for_note(server, key, 2)
    assert (disconnect["code"], disconnect["reason"]) == expected
    assert raised == "RuntimeError"


@pytest.mark.ours
def test_a_reason_that_is_too_long_is_cut(open_socket, key):
    """RFC 6455 §5.5; with the control the close fails."""

    async def run():
        async with open_socket(f"/closes/{key}") as socket:
            await socket.send(json.dumps({"code": 1000, "reason": "ü" * 100}))
            with pytest.raises(ConnectionClosed) as closed:
                await socket.recv()
            return closed.value.rcvd.reason

    assert asyncio.run(run()) == "ü" * 61


@pytest.mark.ours
@pytest.mark.logs_traceback
@pytest.mark.parametrize("path, code", [("/returns/after", 1000), ("/raises/after", 1011)])
def test_an_application_that_ends_closes_the_socket(frames, path, code):
    """The control cuts the connection, which a client sees as 1006."""
    wire = frames(path)
    assert wire.next()[0] == TEXT
    assert wire.close_code() == code


@pytest.mark.logs_traceback  # the control, of text that is no UTF-8
@pytest.mark.parametrize("break_rules, code", [
    (lambda wire: wire.frame(TEXT, b"no mask", masked=False), 1002),
    (lambda wire: wire.frame(3, b"what"), 1002),
    (lambda wire: wire.frame(CONTINUATION, b"of nothing"), 1002),
    (lambda wire: wire.frame(PING, b"x" * 126), 1002),
    (lambda wire: wire.frame(TEXT, b"\xff\xfe"), 1007),
    (lambda wire: wire.frame(CLOSE, b"\x03\xed"), 1002),
])
def test_a_client_that_breaks_the_rules_is_told_so(server, frames, key, break_rules, code):
    wire = frames(f"/events/{key}")
    break_rules(wire)
    assert wire.close_code() == code
    assert wait_for_note(server, key, 2)[1]["code"] == code


def test_nothing_is_left_of_sockets_that_ended(server, frames):
    frames("/echo").close()
    before = server.descriptors()
    for _ in range(50):
        wire = frames("/echo")
        assert wire.frame(BINARY, b"x").next() == (BINARY, b"x")
        wire.socket.shutdown(sockets.SHUT_RDWR)
        wire.close()

    async def settle():
        async with asyncio.timeout(5):
            while server.descriptors() > before:
                await asyncio.sleep(0.02)

    asyncio.run(settle())
