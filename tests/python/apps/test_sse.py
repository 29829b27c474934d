"""Server-sent events by sse-starlette, which itself listens for the client's leaving and for the server's stop."""

import socket
import time

import pytest
from apps.parallel import mixed
from apps.program import App
from harness.waiting import wait_until

APP = App("sse_app:app")


def test_events(client):
    answer = client.get("/few")
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert answer.headers["cache-control"] == "no-store"
    first = answer.text.replace("\r\n", "\n").split("\n\n")[0]
    assert first.splitlines() == ["id: 0", "event: tick", "data: 0", "data: second line", "retry: 2000"]
    assert answer.text.count("event: tick") == 3


def test_pings_keep_a_silent_stream_alive(client):
    with client.stream("GET", "/silent") as answer:
        lines = answer.iter_lines()
        pings = [line for line in (next(lines) for _ in range(6)) if line.startswith(": ping")]
    assert len(pings) >= 3


def test_stream_ends_when_the_client_leaves(client, server):
    before = client.get("/ended").json().count("silent")
    with server.client() as leaving, leaving.stream("GET", "/silent") as answer:
        next(answer.iter_lines())
    wait_until(lambda: client.get("/ended").json().count("silent") > before)


def test_last_event_id(client):
    assert "data: 7" in client.get("/resumed", headers={"last-event-id": "7"}).text


@pytest.mark.parametrize("streams", [1, 10])
def test_open_streams_do_not_hold_up_the_end(kind, tmp_path, streams):
    server = APP.on(kind, {"APP_FOLDER": str(tmp_path)}).start()
    clients = [socket.create_connection(server.address, 10) for _ in range(streams)]
    try:
        for client in clients:
            client.sendall(b"GET /silent HTTP/1.1\r\nhost: a\r\n\r\n")
            assert b"200 OK" in client.recv(4096)
        begin = time.monotonic()
        server.terminate(20)
        assert time.monotonic() - begin < 5
        assert (tmp_path / "ended").exists()
        assert not server.logged_traceback, server.output()
    finally:
        for client in clients:
            client.close()
        server.kill()


def test_many_at_once(server):
    async def few(client, number):
        assert (await client.get(f"/few?count={number}")).text.count("event: tick") == number

    async def silent(client, number):
        async with client.stream("GET", "/silent") as answer:
            async for line in answer.aiter_lines():
                if line.startswith(": ping"):
                    break

    mixed(server, few, few, silent)
