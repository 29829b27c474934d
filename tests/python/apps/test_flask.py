"""Flask, a WSGI application: `--interface wsgi` of ours; a2wsgi on the control, which has no threads for WSGI of its own."""

import hashlib
import os
import time

import httpx
import pytest
from apps.parallel import mixed
from apps.program import App
from harness.waiting import wait_until

APP = App("flask_app:asgi", own={"hyperserve": ("flask_app:app", "--interface", "wsgi")})
BIG = os.urandom(5_000_000)
LETTERS = b"abcdefghijklmnopqrstuvwxyz" * 1000


def test_environment(client, server):
    environ = client.get("/environ?a=%20b", headers={"x-thing": "1"}).json()
    assert environ["REQUEST_METHOD"] == "GET"
    assert environ["PATH_INFO"] == "/environ"
    assert environ["SCRIPT_NAME"] == ""
    assert environ["QUERY_STRING"] == "a=%20b"
    assert environ["HTTP_X_THING"] == "1"
    assert environ["REMOTE_ADDR"] == "127.0.0.1"
    assert environ["SERVER_PROTOCOL"] == "HTTP/1.1"
    assert str(environ["SERVER_PORT"]) == str(server.port)
    assert environ["wsgi.url_scheme"] == "http"
    assert environ["wsgi.multithread"] is True
    assert environ["wsgi.run_once"] is False
    assert environ["url"] == f"{server.url}/environ?a=%20b"


def test_path_is_decoded(client):
    assert client.get("/environ/a%2Fb%20c/%C3%A9").json() == {"rest": "a/b c/é", "path": "/environ/a/b c/é"}


def test_form_redirect_and_session(client):
    answer = client.post("/form", data={"word": "größe & co"}, follow_redirects=True)
    assert answer.history[0].status_code == 303
    assert answer.json() == {"word": "größe & co", "args": []}
    assert client.get("/form?a=1&a=2").json() == {"word": "größe & co", "args": ["1", "2"]}


def test_upload(client):
    answer = client.post("/upload", files={"file": ("größe.bin", BIG)}).json()
    assert answer == {"name": "größe.bin", "size": len(BIG), "sha256": hashlib.sha256(BIG).hexdigest()}


def test_body_as_a_stream(client):
    answer = client.post("/raw", content=BIG).json()
    assert answer == {"size": len(BIG), "sha256": hashlib.sha256(BIG).hexdigest()}
    assert client.post("/raw").json()["size"] == 0


@pytest.mark.ours  # the control's adapter does not say wsgi.input_terminated, without which Werkzeug reads no such body
def test_chunked_body(client):
    answer = client.post("/raw", content=iter([BIG[:1000], BIG[1000:]])).json()
    assert answer == {"size": len(BIG), "sha256": hashlib.sha256(BIG).hexdigest()}


def test_body_as_lines(client):
    assert client.post("/lines", content=b"one\ntwo\n\nlast").json() == ["one\n", "two\n", "\n", "last"]


def test_json(client):
    assert client.post("/json", json={"a": ["é"]}).json() == {"got": {"a": ["é"]}}
    assert client.post("/json", content=b"{", headers={"content-type": "application/json"}).status_code == 400


def test_stream_comes_as_it_is_made(client):
    start, times = time.monotonic(), []
    with client.stream("GET", "/stream?count=4&pause=0.15") as answer:
        for _ in answer.iter_lines():
            times.append(time.monotonic() - start)
    assert len(times) == 4
    assert times[-1] - times[0] > 0.35


@pytest.mark.ours  # the control's adapter asks a generator for more for ever after its client has left
def test_stream_is_closed_when_the_client_leaves(client, server):
    with server.client() as leaving, leaving.stream("GET", "/endless") as answer:
        next(answer.iter_raw())
    wait_until(lambda: "endless" in client.get("/closed").json())


def test_file_and_range(client):
    answer = client.get("/file")
    assert (answer.content, answer.headers["etag"]) == (LETTERS, '"letters"')
    assert client.get("/file", headers={"if-none-match": '"letters"'}).status_code == 304
    answer = client.get("/file", headers={"range": "bytes=0-3"})
    assert (answer.status_code, answer.content) == (206, b"abcd")


def test_several_cookies(client):
    assert len(client.get("/cookies").headers.get_list("set-cookie")) == 2
    assert client.get("/cookies").json() == {"a": "1", "b": "2"}


@pytest.mark.parametrize("code", [200, 204, 205, 304, 404, 500])
def test_status_without_a_body(client, code):
    answer = client.get(f"/status/{code}")
    assert (answer.status_code, answer.content) == (code, b"")
    assert client.get("/abort").status_code == 410


def test_status_that_is_not_registered(client):
    answer = client.get("/reason")
    assert (answer.status_code, answer.text) == (299, "brewing")


def test_error_handler(client):
    answer = client.get("/abort")
    assert (answer.status_code, answer.json()) == (410, {"error": "gone for good"})


@pytest.mark.logs_traceback
def test_exception(client, server):
    assert client.get("/bug").status_code == 500
    wait_until(lambda: "KeyError: 'missing'" in server.since_mark())


def test_head(client):
    answer = client.head("/file")
    assert (answer.status_code, answer.content, answer.headers["content-length"]) == (200, b"", str(len(LETTERS)))


def test_blocking_requests_run_side_by_side(server):
    async def blocking(client: httpx.AsyncClient, number: int):
        assert (await client.get("/blocking?seconds=0.1")).json()["thread"] is True

    start = time.monotonic()
    mixed(server, blocking)
    assert time.monotonic() - start < 3  # one after the other they take 5 s


def test_many_at_once(server):
    async def environ(client, number):
        assert (await client.get(f"/environ?{number}")).json()["QUERY_STRING"] == str(number)

    async def raw(client, number):
        assert (await client.post("/raw", content=bytes(number * 10_000))).json()["size"] == number * 10_000

    async def stream(client, number):
        assert (await client.get(f"/stream?count={number}&pause=0.001")).text.count("\n") == number

    async def as_json(client, number):
        assert (await client.post("/json", json=number)).json() == {"got": number}

    mixed(server, environ, raw, stream, as_json)
