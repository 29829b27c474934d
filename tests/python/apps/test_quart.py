"""Quart: forms, uploads, streams, events, WebSockets, background work."""

import hashlib
import json
import os

import pytest
from apps.parallel import mixed
from apps.program import App
from harness.waiting import wait_until
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

APP = App("quart_app:app")
BIG = os.urandom(5_000_000)
LETTERS = b"abcdefghijklmnopqrstuvwxyz" * 1000


def test_what_the_request_says(client, server):
    answer = client.get("/about/a%20b/%C3%A9?a=1&a=2")
    assert answer.json() == {
        "rest": "a b/é", "path": "/about/a b/é", "url": f"{server.url}/about/a%20b/é?a=1&a=2", "args": ["1", "2"],
        "remote": "127.0.0.1", "reverse": f"{server.url}/about/x", "http": "1.1", "root": "",
    }  # fmt: skip
    assert answer.headers["x-after"] == "hook"


def test_form_redirect_session_and_template(client):
    answer = client.post("/form", data={"word": "größe & <co>"}, follow_redirects=True)
    assert answer.history[0].status_code == 303
    assert answer.text == client.get("/form").text == "<p>größe &amp; &lt;co&gt;</p>"


def test_upload(client):
    answer = client.post("/upload", files={"file": ("größe.bin", BIG)}, data={"note": "n"}).json()
    assert answer == {
        "name": "größe.bin", "size": len(BIG), "sha256": hashlib.sha256(BIG).hexdigest(), "note": "n"
    }  # fmt: skip


@pytest.mark.parametrize("chunked", [False, True], ids=["length", "chunked"])
def test_body_as_a_stream(client, chunked):
    assert client.post("/raw", content=iter([BIG[:9], BIG[9:]]) if chunked else BIG).json() == {"size": len(BIG)}


def test_body_above_the_limit_of_the_app(client):
    assert client.post("/json", content=BIG * 2, headers={"content-type": "application/json"}).status_code == 413
    assert client.get("/seen").status_code == 200


def test_json(client):
    assert client.post("/json", json=["é"]).json() == {"got": ["é"]}


def test_stream(client):
    answer = client.get("/stream?count=20")
    assert answer.text == "".join(f"line {number}\n" for number in range(20))


def test_stream_is_closed_when_the_client_leaves(client, server):
    with server.client() as leaving, leaving.stream("GET", "/endless") as answer:
        next(answer.iter_raw())
    wait_until(lambda: "closed" in client.get("/seen").json())


def test_events(client):
    answer = client.get("/events")
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert answer.text.count("event: tick") == 3


def test_background_task_and_start(client):
    assert client.get("/seen").json()[0] == "up"
    assert client.post("/later").status_code == 202
    wait_until(lambda: "background" in client.get("/seen").json())


def test_tasks_see_their_request(client):
    assert client.get("/tasks?a=1&b=2").json() == ["1", "2"]


def test_thread(client):
    assert client.get("/thread").json() == {"main": False}


def test_file_and_range(client):
    assert client.get("/file").content == LETTERS
    answer = client.get("/file", headers={"range": "bytes=26-28"})
    assert (answer.status_code, answer.content) == (206, b"abc")


def test_errors(client):
    answer = client.get("/abort")
    assert (answer.status_code, answer.json()) == (410, {"error": "gone for good"})
    assert client.get("/nothing").status_code == 404
    assert "POST" in client.get("/json").headers["allow"]


@pytest.mark.logs_traceback
def test_exception(client, server):
    assert client.get("/bug").status_code == 500
    wait_until(lambda: "RuntimeError: a bug of the handler" in server.since_mark())


def test_head(client):
    answer = client.head("/file")
    assert (answer.status_code, answer.content, answer.headers["content-length"]) == (200, b"", str(len(LETTERS)))


def test_websocket_echo(client, server):
    with connect(server.ws("/ws/echo")) as socket:
        assert socket.response.headers["x-accepted"] == "yes"
        for message in ("text", b"bytes", "é" * 100_000):
            socket.send(message)
            assert socket.recv(5) == message
    wait_until(lambda: "socket closed" in client.get("/seen").json())


def test_websocket_both_ways_at_once(server):
    with connect(server.ws("/ws/both")) as socket:
        for number in range(20):
            socket.send(str(number))
        assert [json.loads(socket.recv(5))["number"] for _ in range(20)] == list(range(20))
        assert json.loads(socket.recv(5)) == {"got": [str(number) for number in range(20)]}


def test_websocket_refused_with_a_response(server):
    with pytest.raises(InvalidStatus) as refused:
        connect(server.ws("/ws/refuse"))
    assert refused.value.response.status_code == 401
    with pytest.raises(InvalidStatus) as refused:
        connect(server.ws("/ws/nothing"))
    assert refused.value.response.status_code == 404


def test_websocket_closed_by_the_app(server):
    with connect(server.ws("/ws/close")) as socket:
        with pytest.raises(ConnectionClosed):
            socket.recv(5)
        assert (socket.close_code, socket.close_reason) == (4001, "as asked")


def test_many_at_once(server):
    async def about(client, number):
        assert (await client.get(f"/about/{number}")).json()["rest"] == str(number)

    async def stream(client, number):
        assert (await client.get(f"/stream?count={number}")).text.count("\n") == number

    async def raw(client, number):
        assert (await client.post("/raw", content=bytes(number * 10_000))).json() == {"size": number * 10_000}

    async def as_json(client, number):
        assert (await client.post("/json", json=number)).json() == {"got": number}

    async def tasks(client, number):
        assert (await client.get(f"/tasks?a={number}&b=x")).json() == [str(number), "x"]

    mixed(server, about, stream, raw, as_json, tasks)
