"""HTTP/2: the same application, several requests on one connection. Ours alone: the control has none."""

import ast
import hashlib
import os
import time
import uuid

import httpx
import pytest

from harness.http2 import Http2
from harness.notes import notes, wait_for_note

APP = "asgi.http2_app:app"
MEGABYTE = 1 << 20
pytestmark = pytest.mark.ours


@pytest.fixture
def client(server):
    with Http2(server.address) as client:
        yield client


@pytest.fixture
def key() -> str:
    return uuid.uuid4().hex


def test_scope(client):
    stream = client.ask("/scope/a%20b?q=1", ("accept", "*/*"), ("cookie", "a=b"), ("cookie", "c=d"), ("x-two", "2"))
    scope = ast.literal_eval(client.answer(stream).body.decode())
    assert (scope["http_version"], scope["scheme"], scope["method"]) == ("2", "http", "GET")
    assert (scope["path"], scope["raw_path"], scope["query_string"]) == ("/scope/a b", b"/scope/a%20b", b"q=1")
    assert scope["headers"][0] == (b"host", b"test"), "the authority comes first, under its name of HTTP/1.1"
    names = [name for name, _ in scope["headers"]]
    assert not [name for name in names if name.startswith(b":")]
    assert names.count(b"host") == 1
    # RFC 9113 §8.2.3: the crumbs of a cookie are one field for whoever does not know of HTTP/2
    assert [value for name, value in scope["headers"] if name == b"cookie"] == [b"a=b; c=d"]


def test_httpx_is_served(server):
    with httpx.Client(http1=False, http2=True, base_url=server.url) as client:
        answer = client.post("/echo", content=b"hello")
        assert (answer.http_version, answer.content) == ("HTTP/2", b"hello")


def test_a_body_larger_than_the_windows(client):
    body = os.urandom(3 * MEGABYTE)
    stream = client.ask("/digest", method="POST", ends=False)
    client.push(stream, body)
    assert client.answer(stream).body.decode() == f"{len(body)} {hashlib.sha256(body).hexdigest()}"


def test_an_answer_larger_than_the_windows(client):
    assert len(client.answer(client.ask("/many?count=10&size=1048576")).body) == 10 * MEGABYTE


def test_requests_at_once(client):
    begin = time.monotonic()
    streams = [client.ask("/slow?ms=200") for _ in range(50)]
    assert {client.answer(stream).body for stream in streams} == {b"ms=200"}
    assert time.monotonic() - begin < 3


def test_a_stream_that_is_reset_is_a_disconnect(client, server, key):
    stream = client.ask(f"/waits/{key}")
    wait_for_note(server, key)
    client.reset(stream)
    assert wait_for_note(server, key, 2)[:2] == ["waiting", "http.disconnect"]
    assert client.answer(client.ask("/ready")).body == b"ok"


def test_a_connection_that_ends_is_a_disconnect_for_all(server, key):
    with Http2(server.address) as client:
        for _ in range(3):
            client.ask(f"/waits/{key}")
        wait_for_note(server, key, 3)
    assert wait_for_note(server, key, 9).count("http.disconnect") == 6


def test_send_tells_of_a_reset(client, server, key):
    stream = client.ask(f"/sends-on/{key}")
    wait_for_note(server, key)
    client.reset(stream)
    assert "OSError" in wait_for_note(server, key, 2)[1]


def test_send_waits_for_the_window(server, key):
    before = server.memory()
    with Http2(server.address, window=16384, acknowledges=False) as client:
        client.ask(f"/flood/{key}?megabytes=100")
        time.sleep(1)
        sent = (notes(server, key) or [0])[-1]
        assert sent < 8, f"{sent} MiB were sent to nobody"
        assert server.memory() - before < 8 * MEGABYTE
        assert client.answer(client.ask("/ready"), 5).status == 200, "other streams are not held back"


@pytest.mark.logs_traceback
def test_an_exception_before_the_start_is_a_500(client):
    assert client.answer(client.ask("/raises")).status == 500
    assert client.answer(client.ask("/ready")).body == b"ok"


@pytest.mark.logs_traceback
@pytest.mark.parametrize("target", ["/raises-within-stream", "/never-ends", "/too-short"])
def test_an_answer_that_is_not_whole_is_reset(client, target):
    other = client.ask("/slow?ms=300")
    answer = client.answer(client.ask(target))
    assert answer.reset is not None and not answer.ended or answer.status == 500
    assert client.answer(other).body == b"ms=300"


def test_trailers(client):
    answer = client.answer(client.ask("/trailers", ("te", "trailers")))
    assert (answer.body, answer.trailers) == (b"body", [("x-sum", "42"), ("x-end", "1")])


def test_early_hints_are_for_http_1(client):
    """The extension is not advertised here; an application that sends them all the same is answered without."""
    answer = client.answer(client.ask("/early-hint"))
    assert (answer.status, answer.body, answer.informational) == (200, b"final", [])


def test_fields_of_the_connection_do_not_pass(client):
    """RFC 9113 §8.2.2: an application that means HTTP/1.1 must not break the connection."""
    answer = client.answer(client.ask("/close"))
    assert (answer.status, answer.body) == (200, b"closing")
    assert "connection" not in dict(answer.headers)


def test_head_and_statuses_without_content(client):
    answer = client.answer(client.ask("/hello", method="HEAD"))
    assert (answer.status, dict(answer.headers)["content-length"], answer.body) == (200, "5", b"")
    for status in (204, 304):
        answer = client.answer(client.ask(f"/bare?status={status}&empty=1"))
        assert (answer.status, answer.body, answer.ended) == (status, b"", True)


def test_a_body_that_stops_within_is_a_disconnect(client, server, key):
    stream = client.ask(f"/partial/{key}", method="POST", ends=False)
    client.push(stream, b"half", ends=False)
    wait_for_note(server, key)
    client.reset(stream)
    seen = wait_for_note(server, key, 2)
    assert set(seen[:-1]) == {"http.request"} and seen[-1] == "http.disconnect"
