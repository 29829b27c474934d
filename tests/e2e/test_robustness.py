"""Clients that are slow, silent, greedy or gone: each is bounded by a limit, and the server serves on."""

import socket
import time

import pytest

from harness.server import wait_until
from harness.wire import CLOSED, OPEN, Wire

KIB, MIB = 1024, 1024 * 1024


def pace(wire: Wire, piece: bytes, gap: float, seconds: float) -> float:
    """Sends a piece every `gap` seconds until the connection ends; after how long it ended."""
    while (passed := time.monotonic() - wire.started) < seconds:
        try:
            wire.send(piece)
        except OSError:
            return passed
        time.sleep(gap)
        if not wire.is_open():
            return time.monotonic() - wire.started
    pytest.fail(f"still open after {seconds} s")


# Silence


def test_a_silent_connection_is_closed_at_the_head_timeout(serve):
    server = serve(head_timeout="1s")
    with Wire(server.address) as wire:
        fate = wire.fate(4)
    assert fate.kind == CLOSED and 0.8 < fate.seconds < 2 and fate.received == b""
    server.assert_serves()
    assert server.metrics()["connections_idle_closed"] >= 1


@pytest.mark.parametrize("start", [b"", b"PRI", b"PRI * HTTP/2.0\r\n\r\nSM\r\n"], ids=["none", "3 bytes", "22 bytes"])
def test_detecting_the_protocol_has_the_head_timeout(serve, start):
    server = serve(head_timeout="1s")
    with Wire(server.address) as wire:
        fate = wire.send(start).fate(4)
    assert fate.ended and 0.8 < fate.seconds < 2
    server.assert_serves()


@pytest.mark.parametrize("half", [False, True], ids=["silent", "half a ClientHello"])
def test_a_tls_handshake_that_stalls_is_closed(serve, authority, half):
    flags = authority.issue().flags
    server = serve("--listen", "127.0.0.1:0", *flags, "--listen", "127.0.0.1:0", handshake_timeout="1s")
    # a TLS 1.3 record header that announces 512 bytes of ClientHello, then the first 60 of them
    hello = b"\x16\x03\x01\x02\x00" + b"\x01\x00\x01\xfc\x03\x03" + bytes(54)
    with Wire(server.address) as wire:
        fate = wire.send(hello if half else b"").fate(4)
    assert fate.ended and 0.8 < fate.seconds < 2
    status, _ = server.get("/", index=1)
    assert status == 200


def test_an_idle_connection_is_closed_at_the_keep_alive_timeout(serve):
    server = serve(keep_alive_timeout="1s", head_timeout="10s")
    with Wire(server.address) as wire:
        assert wire.get("/").response().status == 200
        fate = wire.fate(4)
    assert fate.kind == CLOSED and 0.8 < fate.seconds < 2
    assert server.metrics()["connections_idle_closed"] >= 1


# Slowness


def test_a_trickled_head_is_answered_408_at_the_head_timeout(serve):
    server = serve(head_timeout="1s", linger_timeout="200ms")
    with Wire(server.address) as wire:
        wire.send(b"GET / HTTP/1.1\r\nHost: test\r\n")
        ended = pace(wire, b"X-A: b\r\n", 0.1, 4)
        assert 0.8 < ended < 2
        assert wire.response().status == 408
    assert server.metrics()["requests_refused"]["head-timeout"] == 1


def test_a_trickled_second_head_has_the_head_timeout_too(serve):
    server = serve(head_timeout="1s", keep_alive_timeout="10s", linger_timeout="200ms")
    with Wire(server.address) as wire:
        assert wire.get("/").response().status == 200
        wire.started = time.monotonic()
        wire.send(b"GET / HTTP/1.1\r\nHost: test\r\n")
        assert 0.8 < pace(wire, b"X-A: b\r\n", 0.1, 4) < 2
        assert wire.response().status == 408


def test_a_body_that_stops_is_answered_408(serve):
    server = serve(body_idle_timeout="1s")
    with Wire(server.address) as wire:
        wire.post_head("/echo", "Content-Length: 100").send(b"ten bytes.")
        begin = time.monotonic()
        response = wire.response()
        assert response.status == 408 and response.closes
        assert 0.8 < time.monotonic() - begin < 2
        assert wire.fate(4).kind == CLOSED
    assert server.metrics()["bodies_timed_out"] == 1


def trickle(wire: Wire, count: int, gap: float):
    """Sends a body of `count` bytes one by one, for as long as the connection takes them."""
    wire.post_head("/echo", f"Content-Length: {count}")
    for _ in range(count):
        time.sleep(gap)
        if not wire.is_open():
            return
        wire.send(b"b")


def test_a_body_below_the_minimum_rate_is_answered_408(serve):
    server = serve(body_idle_timeout="1s", body_min_rate=100)
    with Wire(server.address) as wire:
        begin = time.monotonic()
        trickle(wire, 100, 0.1)
        assert 0.8 < time.monotonic() - begin < 3
        assert wire.response().status == 408
    assert server.metrics()["bodies_timed_out"] == 1


def test_a_body_that_takes_too_long_as_a_whole_is_answered_408(serve):
    server = serve(body_timeout="1s", body_min_rate="off")
    with Wire(server.address) as wire:
        begin = time.monotonic()
        trickle(wire, 100, 0.1)
        assert 0.8 < time.monotonic() - begin < 3
        assert wire.response().status == 408
    assert server.metrics()["bodies_timed_out"] == 1


@pytest.mark.parametrize("rate", [0, 4])
def test_a_body_at_the_minimum_rate_or_without_one_is_served(serve, rate):
    server = serve(body_idle_timeout="500ms", body_min_rate=rate)
    with Wire(server.address) as wire:
        trickle(wire, 12, 0.2)
        assert wire.response().body == b"b" * 12


@pytest.mark.parametrize("tls", [False, True], ids=["plain", "TLS"])
def test_readers_that_never_read_are_reset_and_cost_little(serve, authority, tls):
    flags = authority.issue().flags if tls else []
    server = serve("--listen", "127.0.0.1:0", "--listen", "127.0.0.1:0", *flags, write_stall_timeout="1s")
    assert server.get("/shared?n=1")[0] == 200
    before = server.memory()
    server.forget_peak()
    address, wrap = server.address_of(int(tls)), authority.wrapper() if tls else None
    wires = [Wire(address, receive_buffer=4096, wrap=wrap).get("/shared?n=20000000") for _ in range(20)]
    begin = time.monotonic()
    wait_until(lambda: server.settled_connections() == 0, 8, "reset of the stalled readers")
    assert 0.8 < time.monotonic() - begin < 4
    assert server.memory("VmHWM") - before < 16 * MIB
    assert server.metrics()["writes_stalled"] == 20
    for wire in wires:
        with wire:
            assert wire.fate(4).kind != OPEN
    server.assert_serves()


def test_a_slow_reader_that_reads_is_not_reset(serve):
    """About 200 KB a second: far below what the kernel would take from the server ahead of it."""
    server = serve(write_stall_timeout="1s")
    with Wire(server.address, receive_buffer=4096) as wire:
        wire.get("/shared?n=20000000")
        read, end = 0, time.monotonic() + 5
        while time.monotonic() < end:
            data = wire.socket.recv(16 * KIB)
            assert data, f"closed after {read} bytes"
            read += len(data)
            time.sleep(0.03)
        assert server.metrics()["writes_stalled"] == 0


def test_a_reader_below_the_minimum_rate_is_reset(serve):
    server = serve(write_stall_timeout="1s", write_min_rate="8MiB")
    with Wire(server.address, receive_buffer=4096) as wire:
        wire.get("/shared?n=30000000")
        end = time.monotonic() + 8
        while wire.is_open() and time.monotonic() < end:
            wire.socket.recv(16 * KIB)
            time.sleep(0.02)
        assert not wire.is_open()
    assert server.metrics()["writes_stalled"] == 1


# Size


def test_an_endless_head_is_answered_431(serve):
    server = serve(linger_timeout="200ms")
    before = server.memory()
    with Wire(server.address) as wire:
        sent = wire.push(b"GET / HTTP/1.1\r\nHost: test\r\nX-Endless: " + b"a" * 20 * MIB)
        assert sent < 8 * MIB  # what the kernel's buffers took
    with Wire(server.address) as wire:
        wire.push(b"GET / HTTP/1.1\r\nHost: test\r\nX-Long: " + b"a" * 80 * KIB)
        response = wire.response()
        assert response.status == 431 and response.closes
    assert server.memory() - before < 4 * MIB
    server.assert_serves()


def test_an_endless_target_is_answered_414(serve):
    server = serve(linger_timeout="200ms")
    with Wire(server.address) as wire:
        wire.push(b"GET /" + b"a" * 80 * KIB)
        assert wire.response().status == 414
        assert wire.fate(4).ended
    assert server.metrics()["requests_refused"]["target-too-long"] == 1


def fields(count: int, size: int = 1) -> list[str]:
    return [f"X-{number}: {'v' * size}" for number in range(count)]


@pytest.mark.parametrize(("count", "size", "status"), [(99, 1, 200), (100, 1, 431), (50, 10_000, 431)])
def test_fields_are_bounded_in_number_and_size(serve, count, size, status):
    server = serve(linger_timeout="200ms")
    with Wire(server.address) as wire:
        try:
            wire.get("/", *fields(count, size))  # and Host
        except OSError:
            pass  # refused before it was sent whole
        assert wire.response().status == status
    server.assert_serves()


@pytest.mark.parametrize("chunked", [False, True], ids=["Content-Length", "chunked"])
def test_a_body_over_the_limit_is_answered_413(serve, chunked):
    server = serve()
    size = 8 * MIB
    with Wire(server.address) as wire:
        if chunked:
            wire.post_head("/echo", "Transfer-Encoding: chunked")
            wire.push(b"%x\r\n" % size + b"b" * size + b"\r\n0\r\n\r\n")
        else:
            wire.post_head("/echo", f"Content-Length: {size}")
            wire.push(b"b" * size)
        assert wire.response().status == 413
        assert wire.fate(4).ended
    server.assert_serves()


def test_a_body_of_exactly_the_limit_comes_back(serve):
    server = serve()
    with Wire(server.address) as wire:
        wire.post("/echo", b"b" * 2 * MIB)
        assert len(wire.response().body) == 2 * MIB


# Chunks


@pytest.mark.parametrize(
    "flood",
    [
        b"5;" + b"x" * 100 * KIB,
        b"1;a=b\r\nx\r\n" * 10 + b"5;y=" + b"z" * 20 * KIB,
        b"0\r\n" + b"T: v\r\n" * 20 * KIB,
    ],
    ids=["one extension", "after short ones", "trailers"],
)
def test_long_chunk_lines_and_trailers_are_refused(serve, flood):
    server = serve(linger_timeout="200ms")
    with Wire(server.address) as wire:
        wire.post_head("/echo", "Transfer-Encoding: chunked").push(flood)
        assert wire.response().status == 400
        assert wire.fate(4).ended
    server.assert_serves()


def test_chunks_of_one_byte_are_read(serve):
    server = serve()
    with Wire(server.address) as wire:
        wire.post_head("/echo", "Transfer-Encoding: chunked")
        wire.push(b"1\r\nx\r\n" * 100_000 + b"0\r\n\r\n")
        assert wire.response().body == b"x" * 100_000
    assert server.processor_seconds() < 10


# Connections


def test_pipelined_requests_that_nobody_reads_stall_and_cost_little(serve):
    server = serve(write_stall_timeout="1s")
    server.get("/shared?n=1")
    before = server.memory()
    server.forget_peak()
    request = b"GET /shared?n=10000 HTTP/1.1\r\nHost: test\r\n\r\n"
    with Wire(server.address, receive_buffer=4096) as wire:
        sent = wire.push(request * 400_000, 3)
        assert sent < len(request) * 400_000, "the server took everything without being read"
        wait_until(lambda: server.settled_connections() == 0, 5, "reset of the stalled connection")
    assert server.memory("VmHWM") - before < 8 * MIB
    server.assert_serves()


def test_3000_connections_that_ask_and_reset(serve):
    server = serve()
    server.assert_serves()
    descriptors = server.descriptors()
    for _ in range(3000):
        Wire(server.address).get("/bytes?n=1000").reset()
    wait_until(lambda: server.settled_connections() == 0, 5, "end of the reset connections")
    assert server.descriptors() <= descriptors + 2
    assert server.metrics()["connections_accepted"] >= 3000
    server.assert_serves()


def test_a_client_that_half_closes_gets_an_answer_that_is_ready(serve):
    server = serve()
    with Wire(server.address) as wire:
        assert wire.get("/").half_close().response().body == b"OK"
        assert wire.fate(4).kind == CLOSED
    with Wire(server.address) as wire:
        wire.post("/echo", b"all of it").half_close()
        assert wire.response().body == b"all of it"


def test_a_client_that_half_closes_while_a_handler_runs_is_gone_by_default(serve):
    server = serve()
    with Wire(server.address) as wire:
        fate = wire.get("/slow?ms=5000").half_close().fate(3)
    assert fate.ended and fate.seconds < 1 and fate.received == b""


def test_a_client_that_half_closes_may_wait_when_that_is_allowed(serve):
    server = serve(half_close="true")
    with Wire(server.address) as wire:
        assert wire.get("/slow?ms=500").half_close().response().body == b"OK"
        assert wire.fate(4).kind == CLOSED


def test_a_body_cut_short_by_a_half_close_is_no_whole_body(serve):
    server = serve()
    with Wire(server.address) as wire:
        wire.post_head("/echo", "Content-Length: 10").send(b"half").half_close()
        fate = wire.fate(4)
    assert fate.ended and not fate.received.startswith(b"HTTP/1.1 200")


def test_a_panic_answers_500_and_the_connection_lives(serve):
    server = serve()
    with Wire(server.address) as wire:
        response = wire.get("/panic").response()
        assert response.status == 500 and b"suite" not in response.body
        assert wire.get("/").response().status == 200


def test_one_silent_client_does_not_delay_another(serve):
    server = serve()
    silent = [socket.create_connection(server.address) for _ in range(100)]
    begin = time.monotonic()
    server.assert_serves()
    assert time.monotonic() - begin < 1
    for connection in silent:
        connection.close()
