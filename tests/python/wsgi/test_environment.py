"""The environment of PEP 3333."""

import sys

import pytest
from wsgi.calling import call


def environment(**request) -> dict:
    seen = {}

    def app(environ, start_response):
        seen.update(environ)
        start_response("204 No Content", [])
        return []

    call(app, **request)
    return seen


def test_what_every_request_has():
    seen = environment(method="PATCH", path=b"/a/b", query=b"x=%20y")
    assert {
        "REQUEST_METHOD": "PATCH",
        "SCRIPT_NAME": "",
        "PATH_INFO": "/a/b",
        "QUERY_STRING": "x=%20y",
        "REQUEST_URI": "/a/b?x=%20y",
        "SERVER_NAME": "192.0.2.1",
        "SERVER_PORT": "8000",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "192.0.2.7",
        "REMOTE_PORT": "4711",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.run_once": False,
        "wsgi.input_terminated": True,
    }.items() <= seen.items()
    assert type(seen) is dict


@pytest.mark.parametrize(
    ("path", "wanted"),
    [
        (b"/caf%C3%A9", "/caf\xc3\xa9"),
        (b"/%FF", "/\xff"),
        (b"/a%2Fb%20c", "/a/b c"),
        (b"/a+b", "/a+b"),
        (b"//double", "//double"),
    ],
)
def test_path_is_bytes_as_characters(path, wanted):
    assert environment(path=path)["PATH_INFO"] == wanted


@pytest.mark.parametrize(
    ("root", "path", "script", "info"),
    [
        ("/api", b"/api/x", "/api", "/x"),
        ("/api", b"/api", "/api", ""),
        ("/api/", b"/api/x", "/api", "/x"),
        ("/api", b"/apix", "/api", "/apix"),
        ("/é", b"/%C3%A9/x", "/\xc3\xa9", "/x"),
    ],
)
def test_the_root_path_is_the_script(root, path, script, info):
    seen = environment(path=path, root_path=root)
    assert (seen["SCRIPT_NAME"], seen["PATH_INFO"]) == (script, info)


def test_fields():
    seen = environment(
        headers=[
            (b"host", b"a.example"),
            (b"content-type", b"text/plain"),
            (b"content-length", b"0"),
            (b"x-thing", b"\xe9"),
            (b"accept", b"a"),
            (b"accept", b"b"),
            (b"cookie", b"a=1"),
            (b"cookie", b"b=2"),
        ]
    )
    assert seen["HTTP_HOST"] == "a.example"
    assert (seen["CONTENT_TYPE"], seen["CONTENT_LENGTH"]) == ("text/plain", "0")
    assert "HTTP_CONTENT_TYPE" not in seen
    assert seen["HTTP_X_THING"] == "\xe9"
    assert seen["HTTP_ACCEPT"] == "a, b"
    assert seen["HTTP_COOKIE"] == "a=1; b=2"


def test_a_name_with_an_underscore_cannot_pass_for_another():
    seen = environment(headers=[(b"x_forwarded_for", b"203.0.113.1"), (b"content_length", b"9")])
    assert not {"HTTP_X_FORWARDED_FOR", "CONTENT_LENGTH", "HTTP_CONTENT_LENGTH"} & seen.keys()


def test_a_unix_socket_and_http2():
    seen = environment(server=("/run/app.sock", None), client=None, http_version="2", scheme="https")
    assert (seen["SERVER_NAME"], seen["SERVER_PORT"], seen["REMOTE_ADDR"]) == ("localhost", "443", "")
    assert (seen["SERVER_PROTOCOL"], seen["wsgi.url_scheme"]) == ("HTTP/2.0", "https")
