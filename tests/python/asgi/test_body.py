"""Request bodies: the messages of receive(), their sizes, and that the server pauses when the application does."""

import ast
import hashlib
import os
import time
import uuid

import pytest

from harness.notes import wait_for_note
from harness.wire import Wire, get

APP = "request_app:app"
MEGABYTE = 1 << 20


def messages(answer) -> list[dict]:
    return ast.literal_eval(answer.body.decode())


def joined(answer) -> bytes:
    return b"".join(message["body"] for message in messages(answer))


def test_no_body_is_one_empty_message(server):
    with Wire(server.address) as wire:
        assert messages(wire.get("/messages").answer()) == [{"type": "http.request", "body": b"", "more_body": False}]


def test_a_small_body_is_one_message(server):
    with Wire(server.address) as wire:
        seen = messages(wire.post("/messages", b"hello").answer())
    # the control adds an empty message behind it, which the specification allows
    assert seen[0]["body"] == b"hello"
    if server.is_ours:
        assert seen == [{"type": "http.request", "body": b"hello", "more_body": False}]


def test_a_length_of_zero_is_an_empty_body(server):
    with Wire(server.address) as wire:
        seen = messages(wire.ask("POST", "/messages", "Content-Length: 0").answer())
    assert seen == [{"type": "http.request", "body": b"", "more_body": False}]


def test_a_chunked_body_is_its_content(server):
    with Wire(server.address) as wire:
        wire.ask("POST", "/messages", "Transfer-Encoding: chunked")
        wire.chunk(b"one ").chunk(b"two ").chunk(b"three").chunk(b"")
        answer = wire.answer()
        assert joined(answer) == b"one two three"
        assert [message["more_body"] for message in messages(answer)][-1] is False
        assert wire.get("/ready").answer().body == b"ok"


def test_a_body_in_single_octets(server):
    with Wire(server.address) as wire:
        wire.ask("POST", "/messages", "Content-Length: 20")
        for octet in b"01234567890123456789":
            wire.send(bytes([octet]))
            time.sleep(0.002)
        assert joined(wire.answer()) == b"01234567890123456789"


@pytest.mark.parametrize("chunked", [False, True])
@pytest.mark.parametrize("size", [MEGABYTE, 10 * MEGABYTE])
def test_a_large_body_arrives_whole(server, size, chunked):
    body = os.urandom(size)
    with Wire(server.address, timeout=30) as wire:
        if chunked:
            wire.ask("POST", "/digest", "Transfer-Encoding: chunked")
            for at in range(0, size, 60_000):
                wire.chunk(body[at : at + 60_000])
            wire.chunk(b"")
        else:
            wire.post("/digest", body)
        assert wire.answer().body.decode() == f"{size} {hashlib.sha256(body).hexdigest()}"


def test_a_large_body_comes_in_bounded_pieces(server):
    with Wire(server.address, timeout=30) as wire:
        assert int(wire.post("/largest", bytes(10 * MEGABYTE)).answer().body) <= 2 * MEGABYTE


def test_the_server_pauses_while_the_application_does_not_read(server):
    """What the kernel takes of 64 MB, and what the server holds of it, is bounded until the application reads on."""
    key, size = uuid.uuid4().hex, 64 * MEGABYTE
    body = bytes(size)
    with Wire(server.address, timeout=30) as wire:
        wire.ask("POST", f"/gated/{key}", f"Content-Length: {size}")
        wait_for_note(server, key)
        before = server.memory()
        sent = wire.push(body, seconds=1.5)
        assert sent < 24 * MEGABYTE, f"{sent >> 20} MiB were taken"
        grown = server.memory() - before
        assert grown < 4 * MEGABYTE, f"{grown >> 10} KiB are held"
        assert get(server.address, f"/open/{key}").body == b"open"
        wire.socket.settimeout(30)
        wire.send(memoryview(body)[sent:])
        assert int(wire.answer().body) == size


def test_the_body_comes_as_it_is_sent_and_so_does_the_answer(server):
    with Wire(server.address) as wire:
        wire.ask("POST", "/converse", "Transfer-Encoding: chunked").chunk(b"one")
        assert wire.head().status == 200
        chunks = wire.chunks()
        assert next(chunks) == b"one"
        wire.chunk(b"two")
        assert next(chunks) == b"two"
        wire.chunk(b"")
        assert list(chunks) == []


def test_continue_is_said_when_the_application_asks_for_the_body(server):
    with Wire(server.address) as wire:
        wire.ask("POST", "/echo", "Content-Length: 5", "Expect: 100-continue")
        assert wire.head().status == 100
        answer = wire.send(b"hello").answer()
        assert (answer.status, answer.body, answer.interim) == (200, b"hello", [])


def test_continue_is_not_said_when_it_does_not(server):
    with Wire(server.address) as wire:
        wire.ask("POST", "/deaf?status=403", "Content-Length: 5", "Expect: 100-continue")
        answer = wire.answer()
        assert (answer.status, answer.interim) == (403, [])


def test_an_unread_body_does_not_become_the_next_request(server):
    with Wire(server.address) as wire:
        assert wire.post("/deaf", b"GET /spoil HTTP/1.1\r\n\r\n").answer().body == b"deaf"
        assert wire.get("/ready").answer().body == b"ok"


def test_an_answer_that_comes_before_a_large_body_is_received(server):
    """RFC 9112 §9.6: the answer must not be lost to a reset, even if the connection is closed behind it."""
    with Wire(server.address) as wire:
        wire.ask("POST", "/deaf?status=413", f"Content-Length: {8 * MEGABYTE}").send(bytes(65536))
        answer = wire.answer()
        assert (answer.status, answer.body) == (413, b"deaf")


def test_a_client_that_leaves_within_the_body_is_a_disconnect(server):
    key = uuid.uuid4().hex
    with Wire(server.address) as wire:
        wire.ask("POST", f"/partial/{key}", "Content-Length: 100").send(b"half")
        wait_for_note(server, key)
    seen = wait_for_note(server, key, 2)
    assert set(seen[:-1]) == {"http.request"}
    assert seen[-1] == "http.disconnect"
