"""Attacks on HTTP/2: floods, bombs, stalls and malformed requests. The server bounds each and serves on."""

import time

import pytest

from harness.frames import (
    CANCEL,
    EMPTY_SETTINGS,
    ENHANCE_YOUR_CALM,
    INITIAL_WINDOW_SIZE,
    PREFACE,
    PROTOCOL_ERROR,
    Http2,
    data,
    fields,
    headers,
    raw,
    reset,
    settings,
    window_update,
)
from harness.server import wait_until
from harness.wire import OPEN, Wire

KIB, MIB = 1024, 1024 * 1024
PING = raw(6, 0, 0, b"12345678")


@pytest.fixture
def server(serve):
    return serve()


def assert_serves(server):
    """A normal client of each protocol is answered, at once."""
    begin = time.monotonic()
    server.assert_serves()
    with Http2(server.address) as client:
        assert client.ask(1).answer(1).body == b"OK"
    assert time.monotonic() - begin < 2


def ends(client: Http2, seconds: float = 3):
    """The connection is over: GOAWAY, or closed without a word."""
    fate = client.read(seconds)
    assert fate.ended, "the connection is still open"
    return client.goaway


# Resets


def test_rapid_reset_ends_the_connection(server):
    with Http2(server.address) as client:
        block = client.block()
        octets = b"".join(headers(n, block) + reset(n) for n in range(1, 40_001, 2))
        client.flood(octets)
        assert ends(client)[0] == ENHANCE_YOUR_CALM
    assert_serves(server)


@pytest.mark.parametrize(
    ("trigger", "wanted"),
    [
        (lambda n: window_update(n, 0), (PROTOCOL_ERROR,)),
        (lambda n: window_update(n, 0x7FFF_FFFF), (ENHANCE_YOUR_CALM,)),
        (lambda n: data(n, b"x"), (PROTOCOL_ERROR, 5)),  # DATA after END_STREAM: STREAM_CLOSED
    ],
    ids=["WINDOW_UPDATE of 0", "window overflow", "DATA on a half-closed stream"],
)
def test_made_you_reset_ends_the_connection(server, trigger, wanted):
    with Http2(server.address) as client:
        block = client.block("/slow?ms=1000")
        client.flood(b"".join(headers(n, block) + trigger(n) for n in range(1, 20_001, 2)))
        assert ends(client)[0] in (*wanted, ENHANCE_YOUR_CALM)
    assert_serves(server)


def test_streams_that_never_finish_are_refused_above_the_cap(server):
    with Http2(server.address) as client:
        block = client.block("/echo", "POST", ("content-length", "10"))
        client.flood(b"".join(headers(n, block, end_stream=False) for n in range(1, 2001, 2)))
        client.read(1, lambda: client.goaway is not None)
        refused = [answer for answer in client.answers.values() if answer.reset is not None]
        assert len(refused) >= 1000 - 128 or client.goaway
    assert_serves(server)


# Header blocks


@pytest.mark.parametrize(("size", "count"), [(16_000, 200), (0, 50_000)], ids=["big frames", "empty frames"])
def test_a_continuation_flood_ends_the_connection(server, size, count):
    before = server.memory()
    with Http2(server.address) as client:
        client.send(headers(1, client.block(), end_headers=False))
        # literal fields without indexing, so that every byte counts as a header
        piece = (b"\x00\x01a\x7f\x81\x7c" + b"v" * 15_995)[:size]
        sent = client.flood(raw(9, 0, 1, piece) * count)
        assert ends(client) is None or client.goaway[0] in (ENHANCE_YOUR_CALM, PROTOCOL_ERROR)
        assert sent < 4 * MIB
    assert server.memory() - before < 4 * MIB
    assert_serves(server)


def test_an_hpack_bomb_ends_the_connection_or_is_refused(server):
    before = server.memory()
    with Http2(server.address) as client:
        # one field of 4,000 bytes into the dynamic table, then 8,000 references to it: 32 MB in 8 KB
        insert = b"\x40\x01b" + b"\x7f\xa1\x1e" + b"v" * 4000
        client.send(headers(1, client.block() + insert + b"\xbe" * 8000))
        answer = client.answer(1, 3)
        assert client.goaway or answer.reset is not None or answer.status == 431
    assert server.memory() - before < 4 * MIB
    assert_serves(server)


def test_a_header_list_over_its_limit_is_refused(server):
    with Http2(server.address) as client:
        client.ask(1, "/", "GET", ("x-large", "v" * 17_000))  # Huffman coding fits it into one frame
        answer = client.answer(1, 3)
        assert client.goaway or answer.reset is not None or answer.status == 431
    assert_serves(server)


# Floods of frames that cost the sender nothing


@pytest.mark.parametrize(
    "octets",
    [
        pytest.param(PING, id="PING"),
        pytest.param(raw(6, 1, 0, b"12345678"), id="PING acknowledgement"),
        pytest.param(EMPTY_SETTINGS, id="SETTINGS"),
        pytest.param(settings({INITIAL_WINDOW_SIZE: 65_535}), id="SETTINGS with a value"),
        pytest.param(raw(2, 0, 3, b"\0\0\0\1\x10"), id="PRIORITY"),
        pytest.param(window_update(0, 1), id="WINDOW_UPDATE"),
        pytest.param(raw(0xFA, 0, 0, b"?"), id="unknown"),
    ],
)
def test_a_flood_of_control_frames_ends_the_connection(serve, octets):
    server = serve(h2_max_control_frames=100)
    before = server.memory()
    with Http2(server.address) as client:
        client.flood(octets * 200_000)
        assert ends(client) is None or client.goaway[0] in (ENHANCE_YOUR_CALM, PROTOCOL_ERROR)
    assert server.metrics()["http2_floods"] == 1
    assert server.memory() - before < 4 * MIB
    assert_serves(server)


def test_control_frames_at_a_clients_pace_are_served(server):
    with Http2(server.address) as client:
        for _ in range(3):
            client.send(PING * 500 + window_update(0, 1) * 500)
            client.read(0.3)
        assert client.ask(1).answer(1).status == 200


def test_a_flood_of_empty_data_ends_the_connection(server):
    with Http2(server.address) as client:
        client.ask(1, "/count", "POST", end_stream=False)
        client.flood(data(1) * 200_000)
        assert ends(client)[0] == ENHANCE_YOUR_CALM
    assert_serves(server)


# Windows


def stalled_readers(server, count: int, path: str) -> Http2:
    client = Http2(server.address, {INITIAL_WINDOW_SIZE: 0})
    for n in range(count):
        client.ask(2 * n + 1, path)
    return client


def test_zero_windows_are_reset_at_the_write_stall_timeout(serve):
    server = serve(write_stall_timeout="1s")
    server.get("/shared?n=1")
    before = server.memory()
    server.forget_peak()
    with stalled_readers(server, 90, "/shared?n=8000000") as client:
        begin = time.monotonic()
        client.read(5, lambda: sum(answer.reset is not None for answer in client.answers.values()) == 90)
        assert {answer.reset for answer in client.answers.values()} == {CANCEL}
        assert 0.8 < time.monotonic() - begin < 3
        assert len(client.answers) == 90
        assert client.ask(181, "/empty").answer(181, 1).status == 204  # the connection itself is sound
    assert server.memory("VmHWM") - before < 64 * MIB
    assert server.metrics()["writes_stalled"] == 90
    assert_serves(server)


def test_answers_built_whole_are_freed_at_the_write_stall_timeout(serve):
    server = serve(write_stall_timeout="1s")
    before = server.memory()
    with stalled_readers(server, 40, "/bytes?n=8000000") as client:
        client.read(5, lambda: sum(answer.reset is not None for answer in client.answers.values()) == 40)
        wait_until(lambda: server.memory() - before < 64 * MIB, 3, "release of the answers")
    assert_serves(server)


def test_a_reader_of_small_windows_is_not_reset(serve):
    server = serve(write_stall_timeout="1s")
    with stalled_readers(server, 1, "/shared?n=300000") as client:
        for _ in range(20):
            client.send(window_update(1, 16_000))
            client.read(0.2)
        assert client.answer(1, 1).ended
        assert len(client.answers[1].body) == 300_000


def test_a_connection_window_that_never_grows_resets_its_streams(serve):
    server = serve(write_stall_timeout="1s")
    with Http2(server.address, {INITIAL_WINDOW_SIZE: 0x7FFF_FFFF}, polite=False) as client:
        client.send(raw(4, 1, 0)).ask(1, "/shared?n=8000000")
        answer = client.answer(1, 4)
        assert answer.reset == CANCEL and len(answer.body) == 65_535
    assert_serves(server)


def test_a_peer_that_reads_nothing_at_all_is_cut(serve):
    server = serve(write_stall_timeout="1s")
    with Http2(server.address, {INITIAL_WINDOW_SIZE: 0x7FFF_FFFF}) as client:
        client.send(window_update(0, 0x3FFF_FFFF)).ask(1, "/shared?n=30000000")
        wait_until(lambda: server.settled_connections() == 0, 5, "end of the connection")
    assert server.metrics()["writes_stalled"] >= 1
    assert_serves(server)


def test_a_peer_that_reads_no_answers_to_its_pings_is_cut(serve):
    server = serve(write_stall_timeout="1s", h2_max_control_frames=0)
    before = server.memory()
    with Wire(server.address, receive_buffer=4096) as wire:
        wire.push(PREFACE + EMPTY_SETTINGS + PING * 1_000_000, 4)
        wait_until(lambda: server.settled_connections() == 0, 5, "end of the connection")
    assert server.memory() - before < 8 * MIB
    assert_serves(server)


# Silence


@pytest.mark.parametrize("length", [3, 10, 23])
def test_half_a_preface_then_silence(serve, length):
    server = serve(head_timeout="1s")
    with Wire(server.address) as wire:
        fate = wire.send(PREFACE[:length]).fate(4)
    assert fate.ended and 0.8 < fate.seconds < 2


def test_a_preface_without_settings_then_silence(serve):
    server = serve(head_timeout="1s", keep_alive_timeout="1s", write_stall_timeout="500ms")
    with Wire(server.address) as wire:
        fate = wire.send(PREFACE).fate(4)
    assert fate.ended and 0.8 < fate.seconds < 2.5


@pytest.mark.parametrize("start", ["HEADERS", "CONTINUATION", "half a frame"])
def test_a_header_block_that_never_ends_has_the_head_timeout(serve, start):
    server = serve(head_timeout="1s")
    with Http2(server.address) as client:
        client.read(0.2)
        whole = headers(1, client.block(), end_headers=False)
        begin = time.monotonic()
        match start:
            case "HEADERS":
                client.send(whole)
            case "CONTINUATION":
                client.send(whole + raw(9, 0, 1, b"\x00\x01a\x01b"))
            case "half a frame":
                client.send(whole[:-2])
        ends(client, 4)
        assert 0.8 < time.monotonic() - begin < 2
    assert_serves(server)


def test_a_trickled_header_block_has_the_head_timeout(serve):
    server = serve(head_timeout="1s")
    with Http2(server.address) as client:
        client.read(0.2)
        begin = time.monotonic()
        client.send(headers(1, client.block(), end_headers=False))
        while time.monotonic() - begin < 4 and client.read(0.2).kind == OPEN:
            client.send(raw(9, 0, 1, b"\x00\x01a\x01b"))
        assert 0.8 < time.monotonic() - begin < 2


def test_a_header_block_that_never_ends_is_cut_beside_a_live_stream(serve):
    server = serve(head_timeout="1s")
    with Http2(server.address) as client:
        client.ask(1, "/slow?ms=8000").read(0.2)
        client.send(headers(3, client.block(), end_headers=False))
        begin = time.monotonic()
        ends(client, 4)
        assert 0.8 < time.monotonic() - begin < 2


def test_a_peer_that_answers_no_ping_is_closed(serve):
    server = serve(h2_ping_interval="500ms", h2_ping_timeout="500ms")
    with Http2(server.address, polite=False) as client:
        client.send(raw(4, 1, 0)).ask(1, "/slow?ms=20000")
        begin = time.monotonic()
        ends(client, 4)
        assert 0.8 < time.monotonic() - begin < 2.5


def test_a_peer_that_answers_pings_stays(serve):
    server = serve(h2_ping_interval="300ms", h2_ping_timeout="300ms")
    with Http2(server.address) as client:
        client.ask(1, "/slow?ms=1500")
        assert client.answer(1, 4).body == b"OK"
        assert client.pings >= 2


def test_an_idle_connection_is_closed_with_goaway(serve):
    server = serve(keep_alive_timeout="1s", h2_ping_interval="200ms")
    with Http2(server.address) as client:
        assert client.ask(1).answer(1).status == 200
        begin = time.monotonic()
        assert ends(client, 4)[0] == 0
        assert 0.8 < time.monotonic() - begin < 2
    assert server.metrics()["connections_idle_closed"] >= 1


def test_an_open_stream_keeps_a_connection_from_being_idle(serve):
    server = serve(keep_alive_timeout="500ms")
    with Http2(server.address) as client:
        assert client.ask(1, "/slow?ms=1500").answer(1, 4).body == b"OK"


@pytest.mark.parametrize("start", [b"", b"some"], ids=["no byte", "some bytes"])
def test_a_body_that_stops_is_answered_408(serve, start):
    server = serve(body_idle_timeout="1s")
    with Http2(server.address) as client:
        client.ask(1, "/echo", "POST", end_stream=False)
        client.send(data(1, start) if start else b"")
        begin = time.monotonic()
        assert client.answer(1, 4).status == 408
        assert 0.8 < time.monotonic() - begin < 2
        assert client.ask(3).answer(3, 1).status == 200
    assert server.metrics()["bodies_timed_out"] == 1


@pytest.mark.parametrize(
    "limits",
    [{"body_idle_timeout": "1s", "body_min_rate": 100}, {"body_timeout": "1s", "body_min_rate": "off"}],
    ids=["below the minimum rate", "too long as a whole"],
)
def test_a_body_that_trickles_is_answered_408(serve, limits):
    server = serve(**limits)
    with Http2(server.address) as client:
        client.ask(1, "/echo", "POST", end_stream=False)
        begin = time.monotonic()
        while not client.is_over(1) and time.monotonic() < begin + 5:
            client.send(data(1, b"b")).read(0.1)
        assert client.answers[1].status == 408
        assert 0.8 < time.monotonic() - begin < 3
    assert server.metrics()["bodies_timed_out"] == 1


def test_a_body_over_the_limit_is_answered_413(serve):
    server = serve(h2_stream_window="8MiB", h2_connection_window="8MiB")
    with Http2(server.address) as client:
        client.settle().ask(1, "/echo", "POST", end_stream=False)
        client.flood(data(1, b"b" * 16_000) * 200)
        assert client.answer(1, 4).status == 413
        assert client.ask(3).answer(3, 1).status == 200


# Malformed requests


@pytest.mark.parametrize(
    "given",
    [
        pytest.param(fields("/", "GET", ("host", "other")), id="host against :authority"),
        pytest.param(fields("/", "GET", ("host", "test"), ("host", "test")), id="two hosts"),
        pytest.param([(":method", "CONNECT"), (":path", "/"), (":scheme", "http")], id="CONNECT without :authority"),
        pytest.param(fields("/", "GET", ("x", " leading")), id="leading space"),
        pytest.param(fields("/", "GET", ("x", "trailing ")), id="trailing space"),
        pytest.param(fields("/", "GET", ("x", "trailing\t")), id="trailing tab"),
        pytest.param(fields("/", "GET", ("transfer-encoding", "chunked")), id="transfer-encoding"),
        pytest.param(fields("/", "GET", ("connection", "close")), id="connection"),
        pytest.param(fields("/", "GET", ("Upper", "case")), id="upper case"),
        pytest.param(fields("/", "GET", ("te", "gzip")), id="te"),
        pytest.param(fields("/", "GET", ("x", "a\r\nb: c")), id="CR LF"),
        pytest.param(fields("/", "GET", ("x", "a\0b")), id="NUL"),
        pytest.param(fields("/", "GET", (":path", "/again")), id="two paths"),
        pytest.param(fields("", "GET"), id="empty path"),
        pytest.param(fields("/", "POST", ("content-length", "5"), ("content-length", "6")), id="two lengths"),
        pytest.param(fields("/", "POST", ("content-length", "no")), id="bad length"),
    ],
)
def test_a_malformed_request_is_reset(server, given):
    with Http2(server.address) as client:
        client.send(headers(1, client.encoder.encode(given)))
        answer = client.answer(1, 3)
        code = answer.reset if answer.reset is not None else client.goaway and client.goaway[0]
        assert code == PROTOCOL_ERROR, f"answered {answer.headers}"
    assert_serves(server)


@pytest.mark.parametrize(
    "trailer", [(":path", "/"), (":status", "200"), ("x", " edge")], ids=["request", "response", "edge space"]
)
def test_malformed_trailers_end_the_stream_or_the_connection(server, trailer):
    """A stream error (RFC 9113 §8.1.1), which may be treated as one of the connection (§5.4.2)."""
    with Http2(server.address) as client:
        client.ask(1, "/received-trailers", "POST", end_stream=False)
        client.send(data(1, b"body") + headers(1, client.encoder.encode([trailer])))
        answer = client.answer(1, 3)
        assert not answer.headers, f"answered {answer.headers} {answer.body}"
        assert answer.reset == PROTOCOL_ERROR or client.read(1).ended
    assert_serves(server)


def test_a_body_of_another_length_than_announced_is_reset(server):
    with Http2(server.address) as client:
        client.ask(1, "/echo", "POST", ("content-length", "3"), end_stream=False)
        client.send(data(1, b"four", end_stream=True))
        answer = client.answer(1, 3)
        assert answer.reset == PROTOCOL_ERROR or client.goaway, f"answered {answer.headers}"
    assert_serves(server)


def test_a_long_target_is_answered_414(server):
    with Http2(server.address) as client:
        assert client.ask(1, "/" + "a" * 9000).answer(1, 3).status == 414
        assert client.ask(3).answer(3, 1).status == 200
