"""HTTPS with several workers: the sockets are the parent's, the certificates are read by each."""

import signal
import socket
import ssl
import urllib.error
import urllib.request

import pytest
import trustme

from harness.waiting import wait_until


@pytest.fixture
def authority():
    return trustme.CA()


def certificate(authority, folder) -> tuple[str, str]:
    issued = authority.issue_cert("127.0.0.1")
    issued.private_key_pem.write_to_path(folder / "key.pem")
    (folder / "cert.pem").write_bytes(b"".join(blob.bytes() for blob in issued.cert_chain_pems))
    return str(folder / "cert.pem"), str(folder / "key.pem")


def test_https_and_the_redirect_to_it(supervise, authority, tmp_path):
    chain, key = certificate(authority, tmp_path)
    flags = ("--ssl-certfile", chain, "--ssl-keyfile", key, "--listen", "127.0.0.1:0", "--https-redirect")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    server = supervise("--workers", "2", "--host", "127.0.0.1", "--port", port, *flags)
    server.wait_for_workers(2)
    secure = next(url for url in server.urls if url.startswith("https:"))
    plain = next(url for url in server.urls if url.startswith("http:"))
    trust = ssl.create_default_context()
    authority.configure_trust(trust)
    assert urllib.request.urlopen(secure + "/version", context=trust, timeout=10).read() == b"one"

    class Stay(urllib.request.HTTPRedirectHandler):
        def redirect_request(self, *_):
            return None

    with pytest.raises(urllib.error.HTTPError) as redirected:
        urllib.request.build_opener(Stay).open(plain + "/version", timeout=10)
    assert redirected.value.code == 308
    assert redirected.value.headers["location"] == secure + "/version"


def test_new_workers_have_the_new_certificate(supervise, authority, tmp_path):
    chain, key = certificate(authority, tmp_path)
    server = supervise("--workers", "2", "--ssl-certfile", chain, "--ssl-keyfile", key, "--set", "tls_reload_interval=off")
    old = server.wait_for_workers(2)
    before = ssl.get_server_certificate(server.address)
    certificate(authority, tmp_path)
    server.signal(signal.SIGHUP)
    wait_until(lambda: not set(old) & set(server.workers), 30, "new workers")
    server.wait_for_workers(2)
    assert ssl.get_server_certificate(server.address) != before


def test_a_certificate_that_is_not_there_is_one_sentence(supervise):
    server = supervise("--workers", "2", "--ssl-certfile", "/no/cert.pem", "--ssl-keyfile", "/no/key.pem", wait=False)
    assert server.exit_code(20) == 1
    assert "/no/cert.pem" in server.output() and len(server.output().strip().splitlines()) == 1
