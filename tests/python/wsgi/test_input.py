"""`wsgi.input`: whole bodies, bodies on their way, and clients that leave."""

import pytest
from wsgi.calling import call

LENGTH = (b"content-length", b"1000000")
CHUNKED = (b"transfer-encoding", b"chunked")
PIECES = [b"one\ntw", b"", b"o\nthr", b"ee"]


def reading(read):
    """The bytes that `read(environ["wsgi.input"])` returns, as the response."""

    def app(environ, start_response):
        body = read(environ["wsgi.input"])
        start_response("200 OK", [])
        return [body]

    return app


@pytest.mark.parametrize("headers", [[CHUNKED], [LENGTH], [(b"content-length", b"11")], [CHUNKED, (b"expect", b"100-continue")]])
@pytest.mark.parametrize(
    ("read", "wanted"),
    [
        (lambda file: file.read(), b"one\ntwo\nthree"),
        (lambda file: file.read(5), b"one\nt"),
        (lambda file: file.read(1000), b"one\ntwo\nthree"),
        (lambda file: file.read(0), b""),
        (lambda file: file.readline() + b"|" + file.readline(2) + b"|" + file.read(3), b"one\n|tw|o\nt"),
        (lambda file: b"|".join(file.readlines()), b"one\n|two\n|three"),
        (lambda file: b"|".join(file), b"one\n|two\n|three"),
        (lambda file: file.read() + file.read() + file.read(1) + file.readline(), b"one\ntwo\nthree"),
    ],
)
def test_reading(read, wanted, headers):
    assert call(reading(read), pieces=PIECES, headers=headers).body == wanted


def test_no_body():
    assert call(reading(lambda file: b"%r" % file.read())).body == b"b''"


def test_http2_needs_no_length():
    assert call(reading(lambda file: file.read()), pieces=PIECES, http_version="2").body == b"one\ntwo\nthree"


def test_a_body_that_is_not_read():
    def app(environ, start_response):
        start_response("200 OK", [])
        return [b"done"]

    assert call(app, pieces=PIECES, headers=[LENGTH]).body == b"done"


def test_a_client_that_leaves_before_the_call():
    assert call(reading(lambda file: file.read()), pieces=[b"begun", None], headers=[(b"content-length", b"9")]).messages == []


def test_a_client_that_leaves_while_its_body_is_read():
    seen = []

    def read(file):
        try:
            return file.read()
        except ConnectionResetError as error:
            seen.append(error)
            raise

    assert call(reading(read), pieces=[b"begun", None], headers=[LENGTH]).messages == []
    assert len(seen) == 1


def test_an_application_that_catches_it_has_an_answer_anyway():
    def read(file):
        try:
            return file.read()
        except OSError:
            return b"cut"

    assert call(reading(read), pieces=[b"begun", None], headers=[LENGTH]).body == b"cut"
