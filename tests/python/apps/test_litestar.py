"""Litestar: models, dependencies, guards, sessions, streams, events, WebSockets."""

import json
import os

import pytest
from apps.parallel import mixed
from apps.program import App
from harness.waiting import wait_until
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

APP = App("litestar_app:app")


def test_models(client):
    item = {"name": "saw", "price": 1.5, "tags": ["é"]}
    answer = client.post("/items", json=item)
    assert (answer.status_code, answer.json(), answer.headers["x-after"]) == (201, item, "hook")


def test_validation_names_the_place(client):
    answer = client.post("/items", json={"name": "saw", "price": -1})
    assert answer.status_code == 400
    assert answer.json()["extra"][0]["key"] == "price"


def test_parameters(client):
    answer = client.get("/items/3?tags=a&tags=b", headers={"x-token": "t"})
    assert answer.json() == {"number": 3, "tags": ["a", "b"], "token": "t"}
    assert client.get("/items/x").status_code == 404


def test_guard(client):
    assert client.delete("/items/3").status_code == 401
    answer = client.delete("/items/3", headers={"x-key": "let me in"})
    assert (answer.status_code, answer.content) == (204, b"")
    assert "removed 3" in client.get("/seen").json()


def test_lifespan_and_dependency(client):
    assert client.get("/state").json() == {"greeting": "hello"}
    assert client.get("/dependency").json() == {"connection": "connection"}
    wait_until(lambda: client.get("/seen").json()[-2:] == ["open", "closed"])


def test_upload(client):
    body = os.urandom(3_000_000)
    answer = client.post("/upload", files={"file": ("größe.bin", body)}, data={"note": "n"})
    assert answer.json() == {"name": "größe.bin", "size": len(body), "note": "n"}


@pytest.mark.parametrize("chunked", [False, True], ids=["length", "chunked"])
def test_body_as_a_stream(client, chunked):
    body = os.urandom(3_000_000)
    assert client.post("/raw", content=iter([body[:5], body[5:]]) if chunked else body).json() == {"size": len(body)}


def test_stream(client):
    answer = client.get("/stream?count=20")
    assert answer.text == "".join(f"line {number}\n" for number in range(20))


def test_events(client):
    answer = client.get("/events")
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert answer.text.count("event: tick") == 3


def test_background_task(client):
    assert client.get("/later").json() == {"queued": True}
    wait_until(lambda: "background" in client.get("/seen").json())


def test_session_on_the_server(client):
    assert [client.get("/visits").json()["visits"] for _ in range(3)] == [1, 2, 3]
    client.cookies.clear()
    assert client.get("/visits").json() == {"visits": 1}


def test_compression(client):
    answer = client.get("/large")
    assert answer.headers["content-encoding"] == "gzip"
    assert len(answer.json()) == 2000


def test_handler_in_a_thread(client):
    assert client.get("/sync").json() == {"ok": True}


def test_errors(client):
    answer = client.get("/error")
    assert (answer.status_code, answer.json()["detail"]) == (418, "a teapot")
    assert client.get("/nothing").status_code == 404
    assert client.put("/items").status_code == 405


@pytest.mark.logs_traceback  # whether it logs one is Litestar's choice
def test_exception(client):
    answer = client.get("/bug")
    assert (answer.status_code, answer.json()) == (500, {"status_code": 500, "detail": "Internal Server Error"})


def test_schema(client):
    assert "/items/{number}" in client.get("/schema/openapi.json").json()["paths"]
    assert client.get("/schema").status_code == 200


def test_websocket_listener(server):
    with connect(server.ws("/listen")) as socket:
        for word in ("a", "é"):
            socket.send(json.dumps({"word": word}))
            assert json.loads(socket.recv(5)) == {"word": word.upper()}


def test_websocket(server):
    with connect(server.ws("/chat?who=zo%C3%AB")) as socket:
        assert socket.recv(5) == "hello zoë"
        with pytest.raises(ConnectionClosed):
            socket.recv(5)
        assert (socket.close_code, socket.close_reason) == (4000, "bye")
    with pytest.raises(InvalidStatus) as refused:
        connect(server.ws("/chat"))
    assert refused.value.response.status_code == 403


def test_many_at_once(server):
    async def item(client, number):
        assert (await client.get(f"/items/{number}")).json()["number"] == number

    async def stream(client, number):
        assert (await client.get(f"/stream?count={number}")).text.count("\n") == number

    async def raw(client, number):
        assert (await client.post("/raw", content=bytes(number * 10_000))).json() == {"size": number * 10_000}

    async def large(client, number):
        assert len((await client.get("/large")).json()) == 2000

    mixed(server, item, stream, raw, large)
