"""Stopping: what was accepted is answered, what hangs is cut at the deadline, and the program ends with 0."""

import signal
import time

import pytest

from harness.frames import Http2, data
from harness.hammer import Hammer, keep_alive, multiplexed, one_each
from harness.server import wait_until
from harness.wire import CLOSED, OPEN, Wire


def assert_drained(server, seconds: float, cut: int = 0):
    """The server ends by itself within the time, with 0, and says what it cut."""
    begin = time.monotonic()
    assert server.exit_code(seconds + 5) == 0
    assert time.monotonic() - begin < seconds
    assert f"stopped: {cut} cut, 0 stuck" in server.stderr()


# Under load


@pytest.mark.parametrize(("client", "clients"), [(keep_alive, 64), (multiplexed, 16)], ids=["HTTP/1.1", "HTTP/2"])
@pytest.mark.parametrize("workers", [1, 2])
def test_nothing_accepted_fails_under_load(serve, client, clients, workers):
    server = serve("--workers", str(workers), drain_deadline="10s")
    hammer = Hammer(server.address, clients, client)
    wait_until(hammer.is_at_work, 15, "load")
    server.terminate()
    hammer.join()
    assert not hammer.failures
    assert_drained(server, 5)


@pytest.mark.parametrize("workers", [1, 2])
def test_new_connections_are_answered_until_none_is_accepted(serve, workers):
    server = serve("--workers", str(workers), drain_deadline="10s")
    hammer = Hammer(server.address, 8, one_each)
    wait_until(hammer.is_at_work, 15, "load")
    server.terminate()
    hammer.join()
    # the kernel may complete a handshake between the last accept and the close of the listener
    assert len(hammer.failures) <= 1, hammer.failures
    assert_drained(server, 5)


# What is under way


def test_a_request_under_way_is_answered_and_closes(serve):
    server = serve()
    with Wire(server.address) as wire:
        wire.get("/slow?ms=1000")
        time.sleep(0.2)
        server.terminate()
        response = wire.response()
        assert response.body == b"OK" and response.closes
        assert wire.fate(3).kind == CLOSED
    assert_drained(server, 2)


def test_an_answer_under_way_is_sent_to_its_end(serve):
    server = serve()
    with Wire(server.address) as wire:
        wire.get("/drip?n=10&ms=100")
        time.sleep(0.3)
        server.terminate()
        assert wire.response().body == b"drop\n" * 10
    assert_drained(server, 2)


def test_an_upload_under_way_is_taken_to_its_end(serve):
    server = serve()
    with Wire(server.address) as wire:
        wire.post_head("/echo", "Content-Length: 10").send(b"first")
        time.sleep(0.2)
        server.terminate()
        time.sleep(1)
        response = wire.send(b" half").response()
        assert response.body == b"first half" and response.closes
    assert_drained(server, 2)


def test_a_head_under_way_is_answered(serve):
    server = serve(drain_idle_grace="300ms")
    with Wire(server.address) as wire:
        wire.send(b"GET / HTTP/1.1\r\nHo")
        time.sleep(0.2)
        server.terminate()
        time.sleep(0.8)
        assert wire.send(b"st: test\r\n\r\n").response().body == b"OK"
    assert_drained(server, 2)


def test_streams_under_way_are_answered_after_goaway(serve):
    server = serve()
    with Http2(server.address) as client:
        for stream in (1, 3, 5):
            client.ask(stream, "/slow?ms=1000")
        client.read(0.3)
        server.terminate()
        client.read(5)
        assert [client.answers[stream].body for stream in (1, 3, 5)] == [b"OK"] * 3
        assert client.goaway[0] == 0
    assert_drained(server, 2)


def test_an_http2_upload_under_way_is_taken_to_its_end(serve):
    server = serve()
    with Http2(server.address) as client:
        client.ask(1, "/echo", "POST", end_stream=False).send(data(1, b"first")).read(0.3)
        server.terminate()
        client.read(1)
        assert client.send(data(1, b" half", end_stream=True)).answer(1).body == b"first half"
    assert_drained(server, 2)


def test_handlers_hear_of_the_shutdown(serve):
    server = serve()
    with Wire(server.address) as wire:
        wire.get("/until-shutdown")
        time.sleep(0.2)
        server.terminate()
        assert wire.response().body == b"shutdown"
    assert_drained(server, 2)


# What is idle


@pytest.mark.parametrize("tls", [False, True], ids=["before the first byte", "before the handshake"])
def test_silent_connections_close_soon(serve, authority, tls):
    server = serve("--listen", "127.0.0.1:0", *(authority.issue().flags if tls else []), drain_idle_grace="300ms")
    with Wire(server.address) as wire:
        time.sleep(0.2)
        server.terminate()
        assert wire.fate(3).seconds < 1
    assert_drained(server, 2)


@pytest.mark.parametrize("path", ["/", "/slow?ms=10", "/stream"])
def test_idle_connections_close_soon(serve, path):
    for _ in range(5):  # whether workers hear of the drain in time was a race once
        server = serve(drain_idle_grace="300ms")
        with Wire(server.address) as wire:
            assert wire.get(path).response().status == 200
            server.terminate()
            assert wire.fate(3).seconds < 1
        assert_drained(server, 2)


def test_idle_http2_connections_close_soon(serve):
    server = serve(drain_idle_grace="300ms")
    with Http2(server.address) as client:
        assert client.ask(1).answer(1).status == 200
        server.terminate()
        assert client.read(3).seconds < 1 and client.goaway[0] == 0
    assert_drained(server, 2)


def test_a_request_sent_to_an_idle_connection_in_its_grace_is_answered(serve):
    server = serve(drain_idle_grace="1s")
    with Wire(server.address) as wire:
        assert wire.get("/").response().status == 200
        server.terminate()
        time.sleep(0.4)
        response = wire.get("/").response()
        assert response.body == b"OK" and response.closes
    assert_drained(server, 2)


def test_nobody_new_is_accepted(serve):
    server = serve(drain_deadline="3s")
    with Wire(server.address) as wire:
        wire.get("/slow?ms=1500")
        time.sleep(0.2)
        server.terminate()
        time.sleep(0.3)
        with pytest.raises(ConnectionRefusedError):
            Wire(server.address)
        assert wire.response().status == 200
    assert_drained(server, 2)


# What hangs


@pytest.mark.parametrize(
    "open_connection",
    [lambda address: Wire(address).get("/slow?ms=60000"), lambda address: Http2(address).ask(1, "/slow?ms=60000")],
    ids=["HTTP/1.1", "HTTP/2"],
)
def test_a_stuck_handler_is_cut_at_the_deadline_and_reported(serve, open_connection):
    server = serve(drain_deadline="1s")
    with open_connection(server.address):
        time.sleep(0.2)
        begin = time.monotonic()
        server.terminate()
        assert server.exit_code() == 0
        assert 0.8 < time.monotonic() - begin < 2
    assert "stopped: 1 cut, 0 stuck" in server.stderr()


def test_a_handler_that_blocks_its_thread_does_not_hold_the_end(serve):
    server = serve(drain_deadline="1s")
    with Wire(server.address) as wire:
        wire.get("/block?ms=30000")
        time.sleep(0.2)
        begin = time.monotonic()
        server.terminate()
        assert server.exit_code() == 0
        assert 0.8 < time.monotonic() - begin < 3.5
    assert "1 stuck" in server.stderr()


def test_an_upgraded_connection_is_cut_at_the_deadline(serve):
    server = serve(drain_deadline="1s")
    with Wire(server.address) as wire:
        assert wire.get("/upgrade", "Connection: upgrade", "Upgrade: echo").response().status == 101
        assert wire.send(b"hello").read(5) == b"hello"
        begin = time.monotonic()
        server.terminate()
        assert server.exit_code() == 0
        assert 0.8 < time.monotonic() - begin < 2
        assert wire.fate(1).kind != OPEN
    assert "stopped: 1 cut, 0 stuck" in server.stderr()


def test_a_reader_that_does_not_read_is_cut_at_the_deadline(serve):
    server = serve(drain_deadline="1s", write_stall_timeout="30s")
    with Wire(server.address, receive_buffer=4096) as wire:
        wire.get("/shared?n=20000000")
        time.sleep(0.2)
        begin = time.monotonic()
        server.terminate()
        assert server.exit_code() == 0
        assert 0.8 < time.monotonic() - begin < 2
    assert "stopped: 1 cut, 0 stuck" in server.stderr()


@pytest.mark.parametrize("second", [signal.SIGTERM, signal.SIGINT])
def test_a_second_signal_cuts_at_once(serve, second):
    server = serve(drain_deadline="30s")
    with Wire(server.address) as wire:
        wire.get("/slow?ms=60000")
        time.sleep(0.2)
        server.terminate()
        time.sleep(0.5)
        assert server.is_running()
        begin = time.monotonic()
        server.signal(second)
        assert server.exit_code() == 0
        assert time.monotonic() - begin < 1
    assert "stopped: 1 cut, 0 stuck" in server.stderr()


def test_sigint_drains_too(serve):
    server = serve()
    with Wire(server.address) as wire:
        wire.get("/slow?ms=500")
        time.sleep(0.2)
        server.signal(signal.SIGINT)
        assert wire.response().body == b"OK"
    assert_drained(server, 2)


# Readiness


def test_readiness_goes_first_and_connections_are_still_accepted(serve):
    server = serve(drain_delay="1s")
    assert server.get("/ready") == (200, b"ready")
    begin = time.monotonic()
    server.terminate()
    time.sleep(0.3)
    with Wire(server.address) as wire:
        response = wire.get("/ready").response()
        assert response.status == 503 and not response.closes
        assert wire.get("/").response().status == 200
    assert server.exit_code() == 0
    assert 0.8 < time.monotonic() - begin < 3
