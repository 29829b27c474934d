"""Clients that are not ours: curl, nghttp, h2load, wrk, Python's own. Each is served without an error."""

import http.client
import re
import shutil
import subprocess
import urllib.request

import pytest


def run(*command, seconds: float = 20, **options) -> str:
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, timeout=seconds, **options)
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.fixture
def server(serve, authority):
    """Plain on the first address, TLS on the second."""
    return serve("--listen", "127.0.0.1:0", "--listen", "127.0.0.1:0", *authority.issue().flags)


@pytest.fixture
def secure_url(server):
    return server.urls[1].replace("127.0.0.1", "localhost")


# curl

WRITE = ("-sS", "--max-time", "10", "-w", "\n%{http_version} %{response_code}")


@pytest.mark.parametrize(
    ("flag", "version"),
    [("--http1.0", "1"), ("--http1.1", "1.1"), ("--http2-prior-knowledge", "2"), ("--http2", "1.1")],
)
def test_curl_without_tls(server, flag, version):
    """`--http2` asks for an upgrade to h2c, which RFC 9113 §3.1 has dropped: the request is served as HTTP/1.1."""
    assert run("curl", *WRITE, flag, server.url + "/").split("\n") == ["OK", f"{version} 200"]


@pytest.mark.parametrize(("flag", "version"), [("--http1.1", "1.1"), ("--http2", "2"), ("--no-alpn", "1.1")])
def test_curl_with_tls(secure_url, authority, flag, version):
    given = run("curl", *WRITE, flag, "--cacert", authority.file, secure_url + "/")
    assert given.split("\n") == ["OK", f"{version} 200"]


@pytest.mark.parametrize("flag", ["--http1.1", "--http2-prior-knowledge"])
def test_curl_uploads_with_an_expectation(server, flag, tmp_path):
    file = tmp_path / "upload"
    file.write_bytes(bytes(range(256)) * 6000)
    given = tmp_path / "given"
    shown = run("curl", *WRITE, flag, "-H", "Expect: 100-continue", "-T", file, "-o", given, server.url + "/echo")
    assert shown.strip().endswith("200") and given.read_bytes() == file.read_bytes()


@pytest.mark.parametrize("flag", ["--http1.1", "--http2-prior-knowledge"])
def test_curl_asks_for_the_head_alone(server, flag):
    shown = run("curl", *WRITE, flag, "-I", server.url + "/bytes?n=1000")
    assert "content-length: 1000" in shown.lower()


def test_curl_reuses_its_connection(server):
    many = [server.url + "/conn"] * 5
    numbers = re.findall(r'"id":(\d+)', run("curl", "-sS", *many))
    assert len(numbers) == 5 and len(set(numbers)) == 1


def test_curl_downloads_at_a_slow_pace(server, tmp_path):
    given = tmp_path / "given"
    run("curl", "-sS", "--limit-rate", "2M", "-o", given, server.url + "/shared?n=4000000")
    assert given.stat().st_size == 4_000_000


# Load


@pytest.mark.parametrize("kind", ["h1", "h2c", "h2 over TLS", "h1 over TLS"])
def test_h2load_is_answered_every_time(server, kind):
    url = server.urls[1] if kind.endswith("TLS") else server.url
    flags = ["--h1"] if kind.startswith("h1") else ["-m", "10"]
    shown = run("h2load", "-n", "5000", "-c", "20", *flags, url + "/")
    assert "5000 succeeded, 0 failed, 0 errored, 0 timeout" in shown
    assert "5000 2xx, 0 3xx, 0 4xx, 0 5xx" in shown


def test_nghttp_is_answered(server):
    shown = run("nghttp", "-ns", server.url + "/", server.url + "/bytes?n=100000")
    assert len(re.findall(r"\b200\b", shown)) == 2


@pytest.mark.skipif(not shutil.which("wrk"), reason="wrk is not installed")
def test_wrk_is_answered_every_time(server):
    shown = run("wrk", "-t1", "-c32", "-d1s", server.url + "/")
    assert "Socket errors" not in shown and "Non-2xx" not in shown
    assert int(re.search(r"(\d+) requests in", shown)[1]) > 100


# Python


def test_http_client_keeps_its_connection(server):
    connection = http.client.HTTPConnection(*server.address, timeout=10)
    for method, path, body in [("GET", "/", None), ("POST", "/echo", b"x" * 100_000), ("GET", "/stream", None)] * 3:
        connection.request(method, path, body)
        response = connection.getresponse()
        assert response.status == 200 and response.read()


def test_urllib_over_tls(secure_url, authority):
    with urllib.request.urlopen(secure_url + "/", timeout=10, context=authority.client()) as response:
        assert response.read() == b"OK"
