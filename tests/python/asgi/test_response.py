"""Responses: framing, connection reuse, headers, backpressure, and the extensions of the response."""

import time
import uuid

import pytest

from harness.notes import notes, wait_for_note
from harness.waiting import wait_until
from harness.wire import CLOSED, OPEN, Wire

APP = "response_app:app"
MEGABYTE = 1 << 20


@pytest.fixture
def wire(server):
    with Wire(server.address) as wire:
        yield wire


# Framing


def test_a_sized_answer_keeps_its_length(wire):
    answer = wire.get("/hello").answer()
    assert (answer.status, answer.reason, answer.body) == (200, "OK", b"hello")
    assert answer.fields["content-length"] == "5"
    assert "transfer-encoding" not in answer.fields
    assert answer.fields["content-type"] == "text/plain"


def test_an_answer_of_one_piece_needs_no_length(server, wire):
    answer = wire.get("/unsized").answer()
    assert answer.body == b"unsized"
    if server.is_ours:
        # all of it is known before the head leaves, so a length is shorter than chunks; the control has sent the head
        assert answer.fields["content-length"] == "7"
    assert wire.get("/hello").answer().body == b"hello"


def test_a_stream_is_chunked(wire):
    answer = wire.get("/many?count=100&size=10&pause=0").answer()
    assert answer.fields["transfer-encoding"] == "chunked"
    assert "content-length" not in answer.fields
    assert len(answer.body) == 1000
    assert answer.body[:20] == b"00000000001111111111"
    assert wire.get("/hello").answer().body == b"hello"


def test_empty_pieces_do_not_end_a_stream(wire):
    assert len(wire.get("/many?count=30&size=1").answer().body) == 30


def test_a_stream_to_http_1_0_ends_with_the_connection(server, wire):
    answer = wire.get("/many?count=100&size=10&pause=0", version="1.0").answer()
    if server.is_ours:  # the control sends chunks, which RFC 9112 §6.1 forbids to a client of HTTP/1.0
        assert "transfer-encoding" not in answer.fields
    assert len(answer.body) == 1000


@pytest.mark.parametrize("count", [1, 3, 1000])
def test_a_sized_stream_is_not_chunked(wire, count):
    answer = wire.get(f"/sized?count={count}&size=100").answer()
    assert answer.fields["content-length"] == str(count * 100)
    assert "transfer-encoding" not in answer.fields
    assert len(answer.body) == count * 100


@pytest.mark.parametrize("path", ["/sized?count=1&size=10485760", "/many?count=10&size=1048576"])
def test_ten_megabytes(wire, path):
    assert len(wire.get(path).answer().body) == 10 * MEGABYTE


def test_a_message_without_body_is_an_empty_one(wire):
    answer = wire.get("/silent").answer()
    assert (answer.status, answer.body, answer.fields["content-length"]) == (200, b"", "0")


def test_headers_and_more_body_may_be_left_out(wire):
    assert wire.get("/bare").answer().body == b"bare"


@pytest.mark.parametrize(
    ("status", "reason"), [(201, "Created"), (299, ""), (404, "Not Found"), (418, "I'm a teapot"), (599, "")]
)
def test_any_status(server, wire, status, reason):
    answer = wire.get(f"/bare?status={status}").answer()
    assert answer.status == status
    if reason or not server.is_ours:
        assert answer.reason.lower() == reason.lower()


@pytest.mark.parametrize("status", [204, 304])
def test_statuses_without_content(server, wire, status):
    """RFC 9110 §6.4.1, RFC 9112 §6.1: neither content nor its framing; the next answer stands right behind."""
    if not server.is_ours:
        pytest.skip("the control frames such an answer as chunked unless the application gives it a length")
    wire.get(f"/bare?status={status}&empty=1")
    answer = wire.answer()
    assert (answer.status, answer.body) == (status, b"")
    assert "transfer-encoding" not in answer.fields
    if status == 204:
        assert "content-length" not in answer.fields
    assert wire.get("/hello").answer().body == b"hello"


def test_the_answer_to_head_has_the_length_and_no_content(wire):
    for target, length in (("/hello", "5"), ("/length-only", "1234")):
        answer = wire.ask("HEAD", target).answer("HEAD")
        assert (answer.status, answer.fields["content-length"]) == (200, length)
    assert wire.get("/hello").answer().body == b"hello"


def test_head_of_a_stream_has_no_content(wire):
    assert wire.ask("HEAD", "/many?count=10&pause=0").answer("HEAD").status == 200
    assert wire.get("/hello").answer().body == b"hello"


# When things leave


def test_a_piece_leaves_before_the_next_is_sent(wire):
    begin = time.monotonic()
    assert wire.get("/many?count=2&size=10&pause=700").head().status == 200
    chunks = wire.chunks()
    assert next(chunks) == b"0" * 10
    first = time.monotonic() - begin
    assert next(chunks) == b"1" * 10
    assert first < 0.5 < time.monotonic() - begin


def test_send_waits_for_a_slow_reader(server):
    """Of 200 MB only what sockets hold leaves the application, until the reader goes on."""
    key, before = uuid.uuid4().hex, server.memory()
    with Wire(server.address, receive_buffer=4096) as wire:
        wire.get(f"/flood/{key}?megabytes=200")
        wait_for_note(server, key)
        wait_until(lambda: _is_stuck(server, key), 15, "a stop of the flood")
        sent, grown = notes(server, key)[-1], server.memory() - before
        assert sent < 24, f"{sent} MiB were sent to nobody"
        assert grown < 8 * MEGABYTE, f"{grown >> 10} KiB are held"
        wire.read(MEGABYTE * 8)
        wait_until(lambda: notes(server, key)[-1] > sent + 3, 15, "the flood to go on")


def _is_stuck(server, key) -> bool:
    before = notes(server, key)[-1]
    time.sleep(0.5)
    return notes(server, key)[-1] == before


def test_others_are_served_while_one_reader_is_slow(server):
    key = uuid.uuid4().hex
    with Wire(server.address, receive_buffer=4096) as stuck, Wire(server.address) as wire:
        stuck.get(f"/flood/{key}?megabytes=100")
        wait_for_note(server, key)
        for _ in range(20):
            assert wire.get("/hello").answer().body == b"hello"


# Connections


def test_a_connection_is_kept_for_the_next_request(wire):
    for _ in range(50):
        answer = wire.get("/hello").answer()
        assert answer.body == b"hello"
        assert not answer.closes


def test_a_connection_is_closed_when_the_client_says_so(wire):
    answer = wire.get("/hello", "Connection: close").answer()
    assert answer.fields["connection"] == "close"
    assert wire.fate(5)[0] == CLOSED


def test_a_connection_is_closed_when_the_application_says_so(wire):
    assert wire.get("/close").answer().closes
    assert wire.fate(5)[0] == CLOSED


def test_http_1_0_closes_unless_asked_to_keep(server):
    with Wire(server.address) as wire:
        assert wire.get("/hello", version="1.0").answer().body == b"hello"
        assert wire.fate(5)[0] == CLOSED
    if not server.is_ours:
        return  # the control closes with every HTTP/1.0 client; keeping is an option of RFC 9112 §9.3
    with Wire(server.address) as wire:
        answer = wire.get("/hello", "Connection: keep-alive", version="1.0").answer()
        assert answer.fields["connection"].lower() == "keep-alive"
        assert wire.get("/hello", "Connection: keep-alive", version="1.0").answer().body == b"hello"


def test_pipelined_requests_are_answered_in_order(wire):
    targets = ["/slow?ms=120", "/hello", "/slow?ms=10", "/many?count=3&size=2&pause=1", "/hello"]
    wire.send(b"".join(f"GET {target} HTTP/1.1\r\nHost: test\r\n\r\n".encode() for target in targets))
    bodies = [wire.answer().body for _ in targets]
    assert bodies == [b"ms=120", b"hello", b"ms=10", b"001122", b"hello"]


def test_an_idle_connection_ends_after_the_time_for_keep_alive(serve):
    server = serve(APP, "--timeout-keep-alive", "1")
    with Wire(server.address) as wire:
        assert wire.get("/hello").answer().body == b"hello"
        begin = time.monotonic()
        assert wire.fate(6) == (CLOSED, b"")
        assert 0.5 < time.monotonic() - begin < 4


def test_a_slow_answer_is_not_idle(serve):
    server = serve(APP, "--timeout-keep-alive", "1")
    with Wire(server.address) as wire:
        assert wire.get("/slow?ms=2500").answer().body == b"ms=2500"
        assert wire.fate(0.1)[0] == OPEN


# Headers


def test_header_forms(wire):
    answer = wire.get("/header-forms").answer()
    own = [(name.lower(), value) for name, value in answer.headers if name.lower().startswith(("x-", "set-"))]
    assert own == [("x-mixed", "1"), ("set-cookie", "a=1"), ("set-cookie", "b=2"), ("x-latin", "\xe9"), ("x-none", "")]


def test_server_and_date_are_there_once(server, wire):
    for target, name in (("/hello", server.kind), ("/own-headers", "mine")):
        answer = wire.get(target).answer()
        names = [name.lower() for name, _ in answer.headers]
        if server.is_ours or target == "/hello":  # the control repeats them if the application sends its own
            assert (names.count("server"), names.count("date")) == (1, 1)
            assert answer.fields["server"].lower().startswith(name)


def test_server_and_date_can_be_left_out_and_others_added(serve):
    server = serve(APP, "--no-server-header", "--no-date-header", "--header", "X-One:1", "--header", "X-Two: b c")
    with Wire(server.address) as wire:
        fields = wire.get("/hello").answer().fields
    assert not {"server", "date"} & fields.keys()
    assert (fields["x-one"], fields["x-two"].strip()) == ("1", "b c")


# Extensions


@pytest.mark.ours
def test_trailers(wire):
    answer = wire.get("/trailers", "TE: trailers").answer()
    assert (answer.body, answer.fields["trailer"]) == (b"body", "x-sum, x-end")
    assert answer.trailers == [("x-sum", "42"), ("x-end", "1")]
    assert wire.get("/hello").answer().body == b"hello"


@pytest.mark.ours
def test_trailers_are_kept_from_who_did_not_ask(wire):
    """RFC 9110 §6.5.1: only a client that says `TE: trailers` is known to take them."""
    answer = wire.get("/trailers").answer()
    assert (answer.body, answer.trailers) == (b"body", [])
    assert wire.get("/hello").answer().body == b"hello"


@pytest.mark.ours
def test_early_hints(wire):
    answer = wire.get("/early-hint").answer()
    assert (answer.status, answer.body) == (200, b"final")
    assert [hint.status for hint in answer.interim] == [103]
    links = [value for name, value in answer.interim[0].headers if name.lower() == "link"]
    assert links == ["</style.css>; rel=preload; as=style", "</a.js>; rel=preload"]


@pytest.mark.ours
def test_early_hints_are_kept_from_http_1_0(wire):
    """RFC 9110 §15.2: no interim response to a client of HTTP/1.0."""
    answer = wire.get("/early-hint", version="1.0").answer()
    assert (answer.status, answer.interim) == (200, [])
