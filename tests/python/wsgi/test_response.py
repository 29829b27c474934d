"""From `start_response` and an iterable to the messages of ASGI."""

import asyncio
import contextvars
import threading
import time

import pytest
from wsgi.calling import call

VARIABLE = contextvars.ContextVar("variable", default="unset")


class Body:
    """An iterable that notes how it is used."""

    def __init__(self, *parts, fault=None):
        self.parts, self.fault, self.closed, self.given = parts, fault, 0, 0

    def __iter__(self):
        for part in self.parts:
            self.given += 1
            yield part
        if self.fault:
            raise self.fault

    def close(self):
        self.closed += 1


def app_of(body, status="200 OK", headers=()):
    def app(environ, start_response):
        start_response(status, list(headers))
        return body

    return app


def test_a_list_is_one_message_with_its_length():
    heard = call(app_of([b"one", b"two"], headers=[("X-Thing", "\xe9")]))
    assert heard.headers == [(b"x-thing", b"\xe9"), (b"content-length", b"6")]
    assert heard.messages[1:] == [{"type": "http.response.body", "body": b"onetwo"}]


def test_a_length_that_is_given_stays():
    assert call(app_of([b"x"], headers=[("Content-Length", "1")])).headers == [(b"content-length", b"1")]


def test_a_status_without_content_has_no_length():
    assert call(app_of([], "204 No Content")).headers == []


def test_an_iterable_is_sent_and_closed():
    body = Body(b"one", b"", b"two")
    heard = call(app_of(body))
    assert (heard.body, heard.is_whole, body.closed) == (b"onetwo", True, 1)
    assert (b"content-length", b"6") not in heard.headers


def test_parts_do_not_wait_for_each_other():
    came = threading.Event()

    def parts():
        yield b"one"
        assert came.wait(10)
        yield b"two"

    async def sent(message):
        if message.get("body") == b"one":
            came.set()

    assert call(app_of(parts()), sent=sent).parts == [b"one", b"two"]


def test_the_head_waits_for_the_body():
    def app(environ, start_response):
        def parts():
            start_response("500 Later", [("X-A", "1")])
            yield b""
            start_response("200 OK", [("X-A", "2")], (ValueError, ValueError(), None))
            yield b"body"

        return parts()

    heard = call(app)
    assert (heard.status, heard.headers[0], heard.body) == (200, (b"x-a", b"2"), b"body")


def test_write():
    def app(environ, start_response):
        write = start_response("200 OK", [])
        write(b"one")
        write(b"two")
        return [b"three"]

    assert call(app).body == b"onetwothree"


def test_a_slow_client_holds_the_application_back():
    body = Body(*[b"x" * 30_000] * 100)
    ahead = []

    async def sent(message):
        await asyncio.sleep(0.005)
        if message["type"] == "http.response.body":
            sent.bytes += len(message["body"])
            ahead.append(body.given * 30_000 - sent.bytes)

    sent.bytes = 0
    assert len(call(app_of(body), sent=sent).body) == 3_000_000
    assert max(ahead) <= 64 * 1024 + 2 * 30_000


def test_a_client_that_leaves_stops_the_iteration():
    body = Body(*[b"x" * 100_000] * 100)

    async def sent(message):
        if message["type"] == "http.response.body":
            raise OSError("the client is gone")

    call(app_of(body), sent=sent)
    assert body.given < 5
    assert body.closed == 1


def test_what_is_cancelled_stops_the_iteration():
    body = Body(*[b"x" * 100_000] * 100)

    async def sent(message):
        if message["type"] == "http.response.body":
            raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        call(app_of(body), sent=sent)
    for _ in range(100):
        if body.closed:
            break
        time.sleep(0.02)
    assert body.closed == 1
    assert body.given < 5


@pytest.mark.parametrize("parts", [(), (b"begun",)])
def test_what_is_raised_while_the_body_comes(parts):
    body = Body(*parts, fault=ValueError("no"))
    with pytest.raises(ValueError, match="no") as raised:
        call(app_of(body))
    assert body.closed == 1
    assert len(raised.value.heard.messages) == (2 if parts else 0)
    assert not raised.value.heard.is_whole


def test_what_close_raises_does_not_spoil_the_response():
    class Faulty(Body):
        def close(self):
            raise ValueError("in close")

    with pytest.raises(ValueError, match="in close") as raised:
        call(app_of(Faulty(b"body")))
    assert raised.value.heard.body == b"body"
    assert raised.value.heard.is_whole


def test_an_application_cannot_end_the_server():
    def app(environ, start_response):
        raise SystemExit(1)

    with pytest.raises(RuntimeError, match="SystemExit"):
        call(app)


def test_exc_info_after_the_head_is_raised_again():
    def app(environ, start_response):
        write = start_response("200 OK", [])
        write(b"begun")
        try:
            raise KeyError("first")
        except KeyError as error:
            start_response("500 Error", [], (KeyError, error, error.__traceback__))

    with pytest.raises(KeyError, match="first"):
        call(app)


def refused(status="200 OK", headers=(), body=(b"",)):
    def app(environ, start_response):
        start_response(status, headers)
        return list(body)

    with pytest.raises(Exception) as raised:  # noqa: PT011
        call(app)
    return type(raised.value)


@pytest.mark.parametrize("name", ["Connection", "transfer-encoding", "Keep-Alive", "Upgrade", "TE", "Trailer"])
def test_hop_by_hop_fields_are_refused(name):
    assert refused(headers=[(name, "x")]) is ValueError


@pytest.mark.parametrize("value", ["a\r\nb", "a\nb", "a\rb", "a\0b"])
def test_values_that_end_their_line_are_refused(value):
    assert refused(headers=[("X", value)]) is ValueError


@pytest.mark.parametrize("value", ["", "a\tb", "\xa0"])
def test_other_values_are_not(value):
    assert call(app_of([b""], headers=[("X", value)])).headers[0] == (b"x", value.encode("latin-1"))


def test_what_is_no_response_is_refused():
    assert refused(status=200) is TypeError
    assert refused(status="OK") is ValueError
    assert refused(status="101 Switching Protocols") is ValueError
    assert refused(headers=(("X", "a"),)) is TypeError
    assert refused(headers=[("X", "\u20ac")]) is UnicodeEncodeError
    assert refused(headers=[("X", b"a")]) is TypeError
    assert refused(headers=[], body=["text"]) is TypeError


def test_start_response_is_called_once():
    def twice(environ, start_response):
        start_response("200 OK", [])
        start_response("200 OK", [])

    def never(environ, start_response):
        return [b"x"]

    for app in (twice, never, lambda environ, start_response: iter([b"x"])):
        with pytest.raises(AssertionError):
            call(app)


def test_each_request_has_a_context_of_its_own():
    def app(environ, start_response):
        seen = VARIABLE.get()
        VARIABLE.set("left over")
        start_response("200 OK", [])

        def parts():
            yield f"{seen} {VARIABLE.get()}".encode()

        return parts()

    assert [call(app, threads=1).body for _ in range(2)] == [b"unset left over"] * 2


def test_file_wrapper():
    class File:
        left = 3
        closed = False

        def read(self, size):
            assert size >= 64 * 1024
            self.left -= 1
            return b"x" * size if self.left else b""

        def close(self):
            self.closed = True

    file = File()

    def app(environ, start_response):
        start_response("200 OK", [])
        return environ["wsgi.file_wrapper"](file, 8192)

    assert len(call(app).body) == 2 * 64 * 1024
    assert file.closed
