"""TLS as clients see it: versions, protocols, key exchange, client certificates, reload, and faulty files."""

import json
import signal
import socket
import ssl
import subprocess

import pytest
from OpenSSL import SSL

from harness.certificates import Authority
from harness.frames import Http2
from harness.server import wait_until
from harness.wire import OPEN, Wire

LISTEN = ("--listen", "127.0.0.1:0")
TLS12 = {"maximum_version": ssl.TLSVersion.TLSv1_2}


@pytest.fixture
def pair(authority):
    return authority.issue()


@pytest.fixture
def server(serve, pair):
    """TLS on the first address, plain HTTP on the second."""
    return serve(*LISTEN, *pair.flags, *LISTEN)


def connection(server, **options) -> dict:
    """What the app is told of a connection."""
    with Wire(server.address, **options) as wire:
        return json.loads(wire.get("/conn").response().body)


def certificate(server, authority) -> bytes:
    """The certificate that a new connection is shown."""
    with Wire(server.address, wrap=authority.wrapper()) as wire:
        return wire.socket.getpeercert(binary_form=True)


def counters(server) -> dict:
    return json.loads(server.get("/metrics.json", index=1)[1])


# What is agreed on


def test_http1_over_tls13(server, authority):
    conn = connection(server, wrap=authority.wrapper())
    assert conn["secure"] and conn["version"] == "HTTP/1.1"
    assert conn["tls"]["version"] == "TLSv1.3"
    assert conn["tls"]["alpn"] == "http/1.1"
    assert conn["tls"]["sni"] == "localhost"
    assert conn["tls"]["cipher"].startswith("TLS_AES_")


def test_http2_is_chosen_where_both_are_offered(server, authority):
    with Http2(server.address, wrap=authority.wrapper(alpn=("h2", "http/1.1"))) as client:
        assert client.socket.selected_alpn_protocol() == "h2"
        conn = json.loads(client.ask(1, "/conn").answer(1).body)
    assert conn["version"] == "HTTP/2.0" and conn["tls"]["alpn"] == "h2"


def test_a_client_without_alpn_gets_http1(server, authority):
    conn = connection(server, wrap=authority.wrapper(alpn=()))
    assert conn["version"] == "HTTP/1.1" and conn["tls"]["alpn"] is None


def test_a_client_of_other_protocols_is_refused(server, authority):
    with pytest.raises(ssl.SSLError, match="(?i)no.application.protocol"):
        connection(server, wrap=authority.wrapper(alpn=("spdy/3",)))


def test_after_alpn_h2_there_is_no_http1(server, authority):
    with Wire(server.address, wrap=authority.wrapper(alpn=("h2",))) as wire:
        fate = wire.get("/").fate(3)
    assert fate.kind != OPEN and b"HTTP/1.1" not in fate.received


def test_tls12_is_served_by_default(server, authority):
    assert connection(server, wrap=authority.wrapper(**TLS12))["tls"]["version"] == "TLSv1.2"


def test_tls12_is_refused_when_13_is_the_minimum(serve, authority, pair):
    server = serve(*LISTEN, *pair.flags, "--only-tls13")
    assert connection(server, wrap=authority.wrapper())["tls"]["version"] == "TLSv1.3"
    with pytest.raises(ssl.SSLError, match="PROTOCOL_VERSION"):
        connection(server, wrap=authority.wrapper(**TLS12))


def test_the_key_exchange_resists_quantum_computers(server, authority):
    """With pyOpenSSL, whose wheel of `cryptography` brings an OpenSSL ≥ 3.5 that offers X25519MLKEM768 by default."""
    context = SSL.Context(SSL.TLS_CLIENT_METHOD)
    context.load_verify_locations(str(authority.file))
    context.set_verify(SSL.VERIFY_PEER)
    with socket.create_connection(server.address, 10) as plain:
        plain.setblocking(True)
        client = SSL.Connection(context, plain)
        client.set_tlsext_host_name(b"localhost")
        client.set_connect_state()
        client.do_handshake()
        assert client.get_group_name() == "X25519MLKEM768"
        client.sendall(b"GET /conn HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        assert b'"key_exchange":"X25519MLKEM768"' in client.recv(65536)


def test_a_client_without_it_gets_x25519(server, authority):
    command = ["openssl", "s_client", "-connect", f"127.0.0.1:{server.port}", "-groups", "X25519"]
    trust = ["-CAfile", authority.file, "-verify_return_error"]
    done = subprocess.run([*command, *trust], input=b"", capture_output=True, timeout=10)
    assert b"TLSv1.3" in done.stdout and b"Server Temp Key: X25519" in done.stdout
    assert b"Verify return code: 0 (ok)" in done.stdout


def test_a_session_is_resumed(server, authority):
    context = authority.client()

    def connect(session):
        with socket.create_connection(server.address, 10) as plain:
            with context.wrap_socket(plain, server_hostname="localhost", session=session) as wrapped:
                wrapped.sendall(b"GET / HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n")
                assert wrapped.recv(4096).endswith(b"OK")
                return wrapped.session, wrapped.session_reused

    session, reused = connect(None)
    assert not reused
    assert connect(session)[1]


def test_the_end_is_announced(server, authority):
    """A truncated answer must be told from a whole one: close_notify (RFC 8446 §6.1)."""
    context = authority.client()
    with socket.create_connection(server.address, 10) as plain:
        with context.wrap_socket(plain, server_hostname="localhost", suppress_ragged_eofs=False) as wrapped:
            wrapped.sendall(b"GET / HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n")
            octets = b""
            while more := wrapped.recv(4096):  # raises SSLEOFError where the announcement is missing
                octets += more
            assert octets.endswith(b"OK")


# What goes wrong in a handshake


def test_plain_http_on_a_tls_address_is_refused(server):
    with Wire(server.address) as wire:
        fate = wire.get("/").fate(3)
    assert fate.ended and b"HTTP/" not in fate.received
    wait_until(lambda: counters(server)["handshakes_failed"] == 1)


def test_a_handshake_that_is_not_finished_times_out(serve, authority, pair):
    server = serve(*LISTEN, *pair.flags, *LISTEN, handshake_timeout="1s")
    into, out = ssl.MemoryBIO(), ssl.MemoryBIO()
    session = authority.client().wrap_bio(into, out, server_hostname="localhost")
    with pytest.raises(ssl.SSLWantReadError):
        session.do_handshake()
    with Wire(server.address) as wire:
        fate = wire.send(out.read()).fate(4)
    assert fate.ended and 0.8 < fate.seconds < 2 and fate.received
    assert counters(server)["handshakes_failed"] == 1


def test_a_stalled_handshake_does_not_delay_others(server, authority):
    stalled = [Wire(server.address) for _ in range(50)]
    assert connection(server, wrap=authority.wrapper())["secure"]
    for wire in stalled:
        wire.socket.close()


# Client certificates


@pytest.fixture(params=["optional", "required"])
def asking(request, serve, authority, pair):
    required = ["--client-auth"] if request.param == "required" else []
    return request.param, serve(*LISTEN, *pair.flags, "--client-ca", str(authority.file), *required)


def test_a_client_certificate_is_seen_by_the_app(asking, authority):
    shown = authority.issue("client.test")
    conn = connection(asking[1], wrap=authority.wrapper(shows=shown))
    assert conn["tls"]["peer_certificates"][0] == shown.der.hex()


def test_a_client_without_a_certificate(asking, authority):
    kind, server = asking
    if kind == "optional":
        assert connection(server, wrap=authority.wrapper())["tls"]["peer_certificates"] == []
    else:
        with pytest.raises(ssl.SSLError, match="CERTIFICATE_REQUIRED"):
            connection(server, wrap=authority.wrapper())


def test_a_client_with_a_certificate_of_another_authority_is_refused(asking, authority, tmp_path):
    stranger = Authority(tmp_path).issue("client.test")
    with pytest.raises((ssl.SSLError, ConnectionResetError)):
        connection(asking[1], wrap=authority.wrapper(shows=stranger))


# Reload


@pytest.fixture(params=["SIGHUP", "file change"])
def reloading(request, serve, pair):
    """A server and what makes it reload."""
    if request.param == "SIGHUP":
        server = serve(*LISTEN, *pair.flags, *LISTEN)
        return server, lambda: server.signal(signal.SIGHUP)
    return serve(*LISTEN, *pair.flags, "--reload-ms", "100", *LISTEN), lambda: None


def test_a_renewed_certificate_is_shown_and_old_connections_live(reloading, authority, pair):
    server, reload = reloading
    renewed = authority.issue()
    with Wire(server.address, wrap=authority.wrapper()) as wire:
        assert wire.get("/").response().status == 200
        wire.get("/slow?ms=1000")
        pair.replace_with(renewed)
        reload()
        wait_until(lambda: certificate(server, authority) == renewed.der, 5, "reload")
        assert wire.response().body == b"OK"
        assert wire.get("/").response().status == 200


@pytest.mark.parametrize("fault", ["no PEM", "another key", "removed"])
def test_a_bad_renewal_keeps_the_old_certificate(reloading, authority, pair, fault):
    server, reload = reloading
    old, renewed = pair.der, authority.issue()
    match fault:
        case "no PEM":
            pair.certificate.write_text("this is no certificate")
        case "another key":
            pair.key.write_bytes(renewed.key.read_bytes())
        case "removed":
            pair.certificate.unlink()
    reload()
    with pytest.raises(AssertionError, match="not reached"):
        wait_until(lambda: certificate(server, authority) != old, 0.8)
    pair.replace_with(renewed)
    reload()
    wait_until(lambda: certificate(server, authority) == renewed.der, 5, "reload of the repaired files")


# Files that cannot be used


def test_a_missing_file_is_named(refused, pair):
    assert refused(*LISTEN, "--tls", "/no/such.pem", str(pair.key)) == "error: /no/such.pem: no such file\n"
    assert refused(*LISTEN, "--tls", str(pair.certificate), "/no/such.key") == "error: /no/such.key: no such file\n"


@pytest.mark.parametrize(
    "text", ["", "not PEM at all\n", "-----BEGIN CERTIFICATE-----\nAAAA\n"], ids=["empty", "text", "cut short"]
)
def test_a_file_without_a_certificate_is_named(refused, pair, text):
    pair.certificate.write_text(text)
    said = refused(*LISTEN, *pair.flags)
    assert said.startswith(f"error: {pair.certificate}: ") and said.count("\n") == 1, said


def test_certificate_and_key_in_each_others_place_are_told(refused, pair):
    said = refused(*LISTEN, "--tls", str(pair.key), str(pair.certificate))
    assert said.startswith(f"error: {pair.key}: no certificate in it"), said


def test_a_key_of_another_certificate_is_told(refused, pair, authority):
    other = authority.issue()
    said = refused(*LISTEN, "--tls", str(pair.certificate), str(other.key))
    assert said == f"error: {other.key}: the private key does not belong to the certificate of {pair.certificate}\n"


def test_a_key_with_a_passphrase_is_told(refused, pair, tmp_path):
    locked = tmp_path / "locked.key"
    command = ["openssl", "pkey", "-in", pair.key, "-aes256", "-passout", "pass:secret", "-out", locked]
    subprocess.run(command, check=True, timeout=10)
    said = refused(*LISTEN, "--tls", str(pair.certificate), str(locked))
    assert said.startswith(f"error: {locked}: the private key is encrypted"), said


def test_a_directory_is_told(refused, pair, tmp_path):
    said = refused(*LISTEN, "--tls", str(pair.certificate), str(tmp_path))
    assert said == f"error: {tmp_path}: a directory, where a PEM file is wanted\n"


# From HTTP to HTTPS


@pytest.mark.parametrize(
    ("port", "request_line", "host", "location"),
    [
        (443, "GET /a/b?c=d HTTP/1.1", "example.com", "https://example.com/a/b?c=d"),
        (8443, "GET / HTTP/1.1", "example.com:8080", "https://example.com:8443/"),
        (443, "POST /form HTTP/1.1", "[::1]:80", "https://[::1]/form"),
        (443, "GET //other.example/ HTTP/1.1", "example.com", "https://example.com//other.example/"),
    ],
)
def test_the_redirect_listener_answers_308(serve, port, request_line, host, location):
    server = serve(*LISTEN, "--redirect", str(port))
    with Wire(server.address) as wire:
        wire.send(f"{request_line}\r\nHost: {host}\r\n\r\n".encode())
        response = wire.response()
    assert (response.status, response.headers["location"]) == (308, location)
