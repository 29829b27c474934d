"""WSGI over sockets: the whole way, under the validator of the standard library."""

import ast
import hashlib
import os
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from harness.waiting import wait_until
from harness.wire import Cut, Wire, get

APP = "served_app:app"
FLAGS = ["--interface", "wsgi", "--root-path", "/base"]

pytestmark = pytest.mark.ours


def state(server) -> dict:
    return ast.literal_eval(get(server.address, "/told").body.decode())


def test_environment(server):
    seen = ast.literal_eval(get(server.address, "/caf%C3%A9?a=%20").body.decode())
    assert seen == {
        "SCRIPT_NAME": "/base",
        "PATH_INFO": "/caf\xc3\xa9",
        "QUERY_STRING": "a=%20",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "wsgi.url_scheme": "http",
        "REMOTE_ADDR": "127.0.0.1",
    }


@pytest.mark.parametrize("size", [0, 1, 70_000, 3_000_000])
def test_bodies_come_back(server, size):
    body = os.urandom(size)
    with Wire(server.address) as wire:
        for _ in range(2):
            assert wire.post("/echo", body).answer().body == body


def test_a_chunked_body(server):
    body = os.urandom(500_000)
    with Wire(server.address) as wire:
        wire.ask("POST", "/digest", "Transfer-Encoding: chunked")
        for start in range(0, len(body), 7777):
            wire.chunk(body[start : start + 7777])
        wire.chunk(b"")
        assert wire.answer().body == hashlib.sha256(body).hexdigest().encode()


def test_continue_is_sent_when_the_application_reads(server):
    with Wire(server.address) as wire:
        wire.ask("POST", "/echo", "Content-Length: 5", "Expect: 100-continue")
        time.sleep(0.1)
        wire.send(b"hello")
        answer = wire.answer()
        assert (answer.body, [interim.status for interim in answer.interim]) == (b"hello", [100])


def test_requests_run_at_the_same_time(server):
    with ThreadPoolExecutor(8) as pool:
        names = list(pool.map(lambda _: get(server.address, "/together").body, range(8)))
    assert len(set(names)) == 8


def test_parts_come_as_they_are_made(server):
    with Wire(server.address) as wire:
        begin = time.monotonic()
        answer = wire.get("/ticks").answer()
        assert answer.body == b"0\n1\n2\n"
        assert time.monotonic() - begin > 0.2


def test_head(server):
    with Wire(server.address) as wire:
        answer = wire.ask("HEAD", "/seen").answer("HEAD")
        assert (answer.status, answer.body) == (200, b"")
        assert wire.get("/seen").answer().status == 200


def test_much_to_a_client_that_reads(server):
    assert len(get(server.address, "/flow").body) == 100_000_000


def test_a_client_that_leaves(server):
    before = state(server)
    with Wire(server.address, receive_buffer=20_000) as wire:
        wire.get("/flow")
        time.sleep(0.5)
        given = state(server)["given"] - before["given"]
        # what the kernel's buffers and ours hold, and no more
        assert given < 500
    wait_until(lambda: state(server)["closed"] > before["closed"], 10, "close() of the iterable")
    assert state(server)["given"] - before["given"] < 1000


@pytest.mark.logs_traceback
def test_exceptions(server):
    with Wire(server.address) as wire:
        assert wire.get("/fail").answer().status == 500
    with Wire(server.address) as wire:
        wire.get("/fail_midway")
        with pytest.raises(Cut):
            wire.answer()
        assert wire.ends()
    wait_until(lambda: server.output().count("ValueError: asked for") >= 2, 5, "the log")


def test_a_drain_waits_for_close(serve):
    server = serve(APP, *FLAGS)
    with Wire(server.address) as wire:
        assert wire.get("/late_end").answer().body == b"body"
        server.signal(15)
        assert server.exit_code() == 0
    assert "closed late" in server.output()


def test_few_threads_serve_all(serve):
    server = serve("served_app:app", "--interface", "wsgi", "--wsgi-threads", "1")
    with ThreadPoolExecutor(8) as pool:
        bodies = list(pool.map(lambda _: get(server.address, "/ticks").body, range(4)))
    assert bodies == [b"0\n1\n2\n"] * 4
