"""Handshakes: what the application is told, and every answer it can give."""

import asyncio
import json

import pytest
from websockets.exceptions import InvalidStatus

from harness.notes import wait_for_note
from harness.wire import Wire

from .conftest import Frames

APP = "socket_app:app"


async def exchange(connecting, *sent):
    async with connecting as socket:
        for message in sent:
            await socket.send(message)
        return [message async for message in socket]


def test_the_scope(server, open_socket):
    async def run():
        async with open_socket("/scope/p%20q?a=1&b=%20", subprotocols=["one", "two"]) as socket:
            return json.loads(await socket.recv()), json.loads(await socket.recv()), socket.local_address

    shown, types, address = asyncio.run(run())
    headers = eval(shown.pop("headers"))  # noqa: S307 - the application's own repr
    assert headers[0] == (b"host", f"127.0.0.1:{server.port}".encode())
    assert (b"upgrade", b"websocket") in [(name, value.lower()) for name, value in headers]
    assert all(name == name.lower() for name, _ in headers)
    assert types.pop("headers") == "list"
    version = eval(shown.pop("asgi"))  # noqa: S307
    assert version == {"version": "3.0", "spec_version": "2.5" if server.is_ours else version["spec_version"]}
    types.pop("asgi")
    assert shown == {
        "type": "'websocket'",
        "http_version": "'1.1'",
        "scheme": "'ws'",
        "server": repr(("127.0.0.1", server.port)),
        "client": repr(address[:2]),
        "root_path": "''",
        "path": "'/scope/p q'",
        "raw_path": "b'/scope/p%20q'",
        "query_string": "b'a=1&b=%20'",
        "subprotocols": "['one', 'two']",
        "extensions": "{'websocket.http.response': {}}",
    }
    assert types["subprotocols"] == "list" and types["extensions"] == "dict"


def test_state_is_each_sockets_own(open_socket):
    async def run():
        return [await exchange(open_socket("/state")) for _ in range(2)]

    assert asyncio.run(run()) == [['["mine"]'], ['["mine"]']]


def test_a_subprotocol_and_fields_are_answered(open_socket):
    async def run():
        async with open_socket("/chooses/two", subprotocols=["one", "two"]) as socket:
            fields = socket.response.headers
            return socket.subprotocol, fields["x-first"], fields["x-second"], await socket.recv()

    assert asyncio.run(run()) == ("two", "1", "é", '["one", "two"]')


@pytest.mark.ours
@pytest.mark.logs_traceback
def test_a_subprotocol_that_was_not_offered_is_refused(server):
    """RFC 6455 §4.2.2; the control sends it, and clients that keep to the standard then fail the connection."""
    with Frames(server.address) as wire:
        assert wire.handshake("/chooses/three", "Sec-WebSocket-Protocol: one").status == 500
    assert "does not offer the subprotocol 'three'" in server.since_mark()


def test_a_close_before_the_acceptance_is_403(server, open_socket, key):
    with pytest.raises(InvalidStatus) as refused:
        asyncio.run(exchange(open_socket(f"/refuses/{key}")))
    assert refused.value.response.status_code == 403
    assert wait_for_note(server, key)[0]["type"] == "websocket.disconnect"
    assert wait_for_note(server, key)[0]["code"] == 1006


def test_a_denial_is_a_response_of_the_application(server, open_socket, key):
    with pytest.raises(InvalidStatus) as refused:
        asyncio.run(exchange(open_socket(f"/denies/{key}")))
    response = refused.value.response
    assert (response.status_code, response.headers["www-authenticate"]) == (401, "Basic")
    assert response.body == b"whoareyou"
    assert wait_for_note(server, key)[0]["type"] == "websocket.disconnect"


@pytest.mark.ours
def test_a_denial_is_streamed_and_a_part_of_one_is_cut(server):
    """The control holds a denial back until it is whole, and closes without an answer if it never is."""
    with Frames(server.address) as wire:
        wire.get(
            "/denies-in-part",
            "Upgrade: websocket",
            "Connection: Upgrade",
            "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==",
            "Sec-WebSocket-Version: 13",
        )
        assert wire.head().status == 401
        assert wire.fate(3)[1] == b"4\r\nsome\r\n"


@pytest.mark.logs_traceback
@pytest.mark.parametrize("path", ["/raises/at-once", "/raises/before", "/returns/before"])
def test_no_answer_is_500(server, path):
    with Frames(server.address) as wire:
        assert wire.handshake(path).status == 500


@pytest.mark.parametrize("when, name, raised", [
    ("first", "send", "RuntimeError"),
    ("first", "body", "RuntimeError"),
    ("first", "unknown", "RuntimeError"),
    ("first", "http", "RuntimeError"),
    ("first", "no-type", "KeyError"),
    ("first", "no-dict", "TypeError"),
    ("accepted", "accept", "RuntimeError"),
    ("accepted", "start", "RuntimeError"),
])
def test_what_has_no_place_is_refused(open_socket, when, name, raised):
    assert asyncio.run(exchange(open_socket(f"/wrong/{when}/{name}"))) == [json.dumps(raised)]


@pytest.mark.ours
@pytest.mark.parametrize("when, name, raised", [
    ("first", "number-as-subprotocol", "TypeError"),
    ("first", "text-as-header", "TypeError"),
    ("first", "line-break-in-header", "ValueError"),
    ("first", "own-subprotocol-header", "ValueError"),
    ("first", "own-accept-header", "ValueError"),
    ("first", "no-status", "KeyError"),
    ("accepted", "neither", "ValueError"),
    ("accepted", "none", "ValueError"),
    ("accepted", "both", "ValueError"),
    ("accepted", "bytes-as-text", "TypeError"),
    ("accepted", "text-as-bytes", "TypeError"),
    ("accepted", "number-as-text", "TypeError"),
    ("accepted", "surrogate", "UnicodeEncodeError"),
    ("accepted", "code-that-is-none", "ValueError"),
    ("accepted", "code-of-nobody", "ValueError"),
    ("accepted", "reason-that-is-none", "TypeError"),
])
def test_what_is_malformed_is_refused_and_the_socket_goes_on(open_socket, when, name, raised):
    """The control fails with whatever its own code runs into, or sends nothing."""
    assert asyncio.run(exchange(open_socket(f"/wrong/{when}/{name}"))) == [json.dumps(raised)]


@pytest.mark.parametrize("lines, status", [
    # 426 names the version that is spoken (RFC 6455 §4.4); the control says 400
    (["Sec-WebSocket-Version: 12", "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA=="], 426),
    (["Sec-WebSocket-Version: 13"], 400),
    (["Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: short"], 400),
])
def test_what_is_no_handshake_is_answered_without_the_application(server, lines, status):
    with Wire(server.address) as wire:
        answer = wire.get("/echo", "Upgrade: websocket", "Connection: Upgrade", *lines).answer()
    assert answer.status == (status if server.is_ours else 400)


@pytest.mark.ours
@pytest.mark.parametrize("content", ["Content-Length: 3\r\n\r\nabc", "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"])
def test_content_of_a_handshake_is_no_frame(server, content):
    """The control takes it for frames."""
    with Frames(server.address) as wire:
        head = "GET /echo HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        wire.send(f"{head}Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n{content}".encode())
        assert wire.answer().status == 101
        assert wire.frame(1, b"hi").next() == (1, b"hi")


@pytest.mark.ours
def test_without_sockets_a_handshake_is_a_request(serve):
    """The control answers before it asks the application, and says 400."""
    server = serve(APP, "--ws", "none")
    with Frames(server.address) as wire:
        assert wire.handshake("/ready").status == 200


def test_other_upgrades_are_ordinary_requests(server):
    with Wire(server.address) as wire:
        assert wire.get("/ready", "Upgrade: h2c", "Connection: Upgrade").answer().body == b"ok"


def test_a_page_of_any_origin_may_connect(frames):
    """As with the control. `--ws-origins` says otherwise: test_options.py."""
    wire = frames("/echo", "Origin: https://elsewhere.example")
    assert wire.frame(1, b"hi").next() == (1, b"hi")


def test_a_client_that_leaves_before_the_answer(server, key):
    with Frames(server.address) as wire:
        wire.get(
            f"/slow-accept/{key}",
            "Upgrade: websocket",
            "Connection: Upgrade",
            "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==",
            "Sec-WebSocket-Version: 13",
        )
        wait_for_note(server, key)
    assert wait_for_note(server, key, 2)[1]["code"] == 1006
