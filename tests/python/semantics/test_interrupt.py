"""Ctrl-C: soon, and never without the end of the lifespan."""

import signal
import sys
import time

import pytest

from harness.wire import Wire

APP = "asgi.lifespan_app:app"
SOON = 1.0


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_idle_server_ends_at_once(start, journal, number):
    """Several times over: a signal that comes while the loop is on its way to sleep must not be forgotten."""
    for index in range(6):
        server = start(APP)
        with Wire(server.address) as idle:
            assert idle.get("/ready").answer().body == b"ok"
            time.sleep(index * 0.003)
            server.signal(number)
            begin = time.monotonic()
            server.exit_code(10)
            assert time.monotonic() - begin < SOON
        assert journal().count("shutdown") == index + 1


def test_a_second_interrupt_cuts_an_open_stream(start, journal):
    server = start(APP)
    if sys.version_info >= (3, 12) and not server.is_ours and "asyncio" in server.flags:
        pytest.skip("uvicorn waits in asyncio's Server.wait_closed, which since 3.12 waits for the client too")
    with Wire(server.address) as wire:
        wire.get("/slow?ms=20000")
        while "begun" not in journal():
            time.sleep(0.01)
        server.signal(signal.SIGINT)
        time.sleep(0.3)
        assert server.is_running(), "the first one waits for the request"
        server.signal(signal.SIGINT)
        begin = time.monotonic()
        server.exit_code(10)
        assert time.monotonic() - begin < SOON


def test_an_interrupt_before_any_request(start, journal):
    server = start(APP)
    server.signal(signal.SIGINT)
    begin = time.monotonic()
    server.exit_code(10)
    assert time.monotonic() - begin < SOON
    assert journal()[-1] == "shutdown"
