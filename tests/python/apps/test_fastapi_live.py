"""FastAPI: streams, server-sent events, WebSockets."""

import json
import time

import pytest
from apps.parallel import mixed
from apps.program import App
from harness.waiting import wait_until
from websockets.asyncio.client import connect as dial
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

APP = App("fastapi_app:app")
BLOCK = 65_536


@pytest.mark.parametrize("made", ["sync", "async"])
def test_stream(client, made):
    answer = client.get(f"/stream/{made}")
    assert answer.text == "line 0\nline 1\nline 2\nline 3\nline 4\n"
    assert answer.headers["transfer-encoding"] == "chunked"
    assert client.get(f"/stream/{made}?count=0").content == b""


def test_stream_comes_as_it_is_made(client):
    start, times = time.monotonic(), []
    with client.stream("GET", "/stream/async?count=4&pause=0.15") as answer:
        for _ in answer.iter_lines():
            times.append(time.monotonic() - start)
    assert len(times) == 4
    assert times[-1] - times[0] > 0.35


def test_large_stream(client):
    size = 0
    plain = {"accept-encoding": "identity"}
    with client.stream("GET", "/stream/large?blocks=256", headers=plain) as answer:
        for piece in answer.iter_raw():
            size += len(piece)
    assert size == 256 * BLOCK


def test_stream_is_ended_when_the_client_leaves(client, server):
    with server.client() as leaving, leaving.stream("GET", "/stream/endless?name=left") as answer:
        next(answer.iter_raw())
    wait_until(lambda: "left" in client.get("/ended").json())


def test_events(client):
    with client.stream("GET", "/events") as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        blocks = "".join(answer.iter_text()).strip().split("\n\n")
    events = [dict(line.split(": ", 1) for line in block.splitlines()) for block in blocks]
    assert [(event["event"], event["id"]) for event in events] == [("tick", "0"), ("tick", "1"), ("tick", "2")]
    assert json.loads(events[2]["data"]) == {"number": 2}


def test_websocket_echo(server):
    with connect(server.ws("/ws/echo")) as socket:
        assert socket.response.headers["x-accepted"] == "yes"
        for message in ("text", "ünï ☃", b"bytes", "", b"", "x" * 500_000, b"y" * 500_000):
            socket.send(message)
            assert socket.recv(10) == message
        socket.send(["in ", "three ", "frames"])
        assert socket.recv(10) == "in three frames"
        assert socket.ping().wait(5)


def test_websocket_messages_keep_their_order(server):
    with connect(server.ws("/ws/echo")) as socket:
        for number in range(300):
            socket.send(str(number))
        assert [socket.recv(10) for _ in range(300)] == [str(number) for number in range(300)]


def test_websocket_sends_all_before_it_closes(server):
    with connect(server.ws("/ws/many?count=500")) as socket:
        assert list(socket) == [str(number) for number in range(500)]


def test_websocket_json(server):
    with connect(server.ws("/ws/json")) as socket:
        socket.send('{"a": [1]}')
        assert json.loads(socket.recv(5)) == {"got": {"a": [1]}, "path": "/ws/json", "scheme": "ws"}


@pytest.mark.parametrize("code", [1000, 1001, 1011, 3000, 4999])
def test_websocket_closed_by_the_app(server, code):
    with connect(server.ws(f"/ws/close/{code}")) as socket:
        with pytest.raises(ConnectionClosed):
            socket.recv(5)
        assert (socket.close_code, socket.close_reason) == (code, "as asked")


def test_websocket_closed_by_the_client(server, client):
    with connect(server.ws("/ws/echo")) as socket:
        socket.close(4321, "enough")
    wait_until(lambda: "4321 enough" in client.get("/ended").json())


def test_websocket_whose_client_is_gone(server, client):
    socket = connect(server.ws("/ws/echo"))
    socket.socket.shutdown(2)
    # RFC 6455 §7.1.5: a connection that ends without a close frame has the code 1006; the control says 1005
    code = "1006" if server.is_ours else "1005"
    wait_until(lambda: any(end.startswith(code) for end in client.get("/ended").json()))


def test_websocket_refused(server):
    with pytest.raises(InvalidStatus) as refused:
        connect(server.ws("/ws/refuse"))
    assert refused.value.response.status_code == 403


def test_websocket_answered_with_a_response(server):
    with pytest.raises(InvalidStatus) as refused:
        connect(server.ws("/ws/deny"))
    answer = refused.value.response
    assert (answer.status_code, answer.headers["x-price"]) == (402, "3")
    assert json.loads(answer.body) == {"error": "pay first"}


def test_websocket_without_a_route(server):
    with pytest.raises(InvalidStatus) as refused:
        connect(server.ws("/ws/nowhere"))
    assert refused.value.response.status_code == 403


def test_websocket_dependencies(server):
    with connect(server.ws("/ws/token"), additional_headers={"Cookie": "token=baked"}) as socket:
        assert socket.recv(5) == "baked"
    with connect(server.ws("/ws/token?q=a%20b"), subprotocols=["one", "two"]) as socket:
        assert socket.recv(5) == "a b"
        assert socket.subprotocol == "two"
    with pytest.raises(InvalidStatus) as refused:
        connect(server.ws("/ws/token"))
    assert refused.value.response.status_code == 403


@pytest.mark.logs_traceback
def test_exception_in_a_websocket(server):
    with connect(server.ws("/ws/bug")) as socket:
        socket.send("go")
        with pytest.raises(ConnectionClosed):
            socket.recv(5)
        # RFC 6455 §7.4.1: 1011 is for what the server did not expect; the control only closes the connection
        assert socket.close_code == (1011 if server.is_ours else 1006)
    wait_until(lambda: "RuntimeError: in a socket" in server.since_mark())


def test_websocket_compression(server):
    with connect(server.ws("/ws/echo"), compression="deflate") as socket:
        assert "permessage-deflate" in socket.response.headers["sec-websocket-extensions"]
        socket.send("again " * 10_000)
        assert socket.recv(5) == "again " * 10_000


def test_many_at_once(server):
    async def stream(client, number):
        answer = await client.get("/stream/large", params={"blocks": number})
        assert len(answer.content) == number * BLOCK

    async def events(client, number):
        assert (await client.get("/events?count=2")).text.count("event: tick") == 2

    async def threads(client, number):
        assert (await client.get(f"/stream/sync?count={number}")).text.count("\n") == number

    async def socket(client, number):
        async with dial(server.ws("/ws/echo")) as open_socket:
            for part in range(10):
                await open_socket.send(f"{number}.{part}")
                assert await open_socket.recv() == f"{number}.{part}"

    mixed(server, stream, events, threads, socket)
