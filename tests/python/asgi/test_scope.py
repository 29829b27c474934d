"""The scope: exact keys, values and types, as the specification has them (asgi.readthedocs.io, HTTP version 2.5)."""

import ast
import os
import ssl

import pytest
import trustme

from harness.wire import Wire, get

APP = "request_app:app"


def scope_of(answer) -> dict:
    assert answer.status == 200, answer
    return ast.literal_eval(answer.body.decode())


def ask(server, target="/scope", *lines, method="GET", version="1.1"):
    with Wire(server.address) as wire:
        return scope_of(wire.ask(method, target, *lines, version=version).answer())


def test_a_plain_request_exactly(server):
    with Wire(server.address) as wire:
        scope = scope_of(wire.get("/scope").answer())
        client = wire.name
    expected = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "server": ("127.0.0.1", server.port),
        "client": client,
        "scheme": "http",
        "method": "GET",
        "root_path": "",
        "path": "/scope",
        "raw_path": b"/scope",
        "query_string": b"",
        "headers": [(b"host", b"test")],
        "state": {},
    }
    if server.is_ours:
        # 2.5: send() raises OSError after a disconnect, and what can be done beyond the basics is said
        expected["asgi"]["spec_version"] = "2.5"
        extensions = scope.pop("extensions")
        assert {"http.response.trailers", "http.response.early_hint"} <= extensions.keys()
        assert all(value == {} for value in extensions.values())
    assert scope == expected
    assert [type(scope[pair][1]) for pair in ("client", "server")] == [int, int]
    assert type(scope["headers"][0]) is tuple


@pytest.mark.parametrize(
    ("target", "path", "raw_path", "query"),
    [
        ("/scope/a%20b", "/scope/a b", b"/scope/a%20b", b""),
        ("/scope/%C3%A9", "/scope/é", b"/scope/%C3%A9", b""),
        ("/scope/%2F%25", "/scope//%", b"/scope/%2F%25", b""),
        ("/scope/%FF", "/scope/\ufffd", b"/scope/%FF", b""),
        ("/scope/%zz%4", "/scope/%zz%4", b"/scope/%zz%4", b""),
        ("/scope/a+b", "/scope/a+b", b"/scope/a+b", b""),
        ("/scope//../x", "/scope//../x", b"/scope//../x", b""),
        ("/scope?", "/scope", b"/scope", b""),
        ("/scope?a=%20&b=%C3%A9", "/scope", b"/scope", b"a=%20&b=%C3%A9"),
        ("/scope?a?b", "/scope", b"/scope", b"a?b"),
    ],
)
def test_path_is_decoded_once_and_raw_path_and_query_never(server, target, path, raw_path, query):
    scope = ask(server, target)
    assert (scope["path"], scope["raw_path"], scope["query_string"]) == (path, raw_path, query)


def test_headers_are_lower_case_bytes_and_none_is_lost(server):
    lines = ["X-Two: 1", "Accept: */*", "x-two: 2", "X-Latin: \xe9", "X-Empty:", "Cookie: a=b; c=d"]
    headers = ask(server, "/scope", *lines)["headers"]
    expected = [
        (b"host", b"test"),
        (b"x-two", b"1"),
        (b"accept", b"*/*"),
        (b"x-two", b"2"),
        (b"x-latin", b"\xe9"),
        (b"x-empty", b""),
        (b"cookie", b"a=b; c=d"),
    ]
    if server.is_ours:
        # values of one name keep their order; that of names is "not important" by the specification, and ours gathers
        # the values of a name
        headers, expected = sorted(headers, key=lambda pair: pair[0]), sorted(expected, key=lambda pair: pair[0])
    assert headers == expected


def test_http_1_0_is_called_1_0(server):
    assert ask(server, version="1.0")["http_version"] == "1.0"


@pytest.mark.parametrize("method", ["POST", "PATCH", "DELETE", "OPTIONS", "PROPFIND"])
def test_methods_as_they_are_written(server, method):
    assert ask(server, method=method)["method"] == method


def test_absolute_form_is_a_path_too(server):
    scope = ask(server, f"http://127.0.0.1:{server.port}/scope?x=1", f"Host: 127.0.0.1:{server.port}")
    assert (scope["path"], scope["raw_path"], scope["query_string"]) == ("/scope", b"/scope", b"x=1")


def test_nothing_of_a_scope_reaches_the_next(server):
    with Wire(server.address) as wire:
        before = scope_of(wire.get("/scope").answer())
        assert wire.get("/spoil").answer().status == 200
        assert scope_of(wire.get("/scope").answer()) == before


def test_root_path_comes_before_the_path(serve):
    """The proxy took the prefix away; the application sees it again, as the specification wants it in `path`."""
    scope = ask(serve("request_app:anywhere", "--root-path", "/api"), "/scope%20?x=1")
    assert (scope["root_path"], scope["path"]) == ("/api", "/api/scope ")
    assert (scope["raw_path"], scope["query_string"]) == (b"/api/scope%20", b"x=1")


def test_a_unix_socket_has_no_ports(serve, tmp_path):
    path = str(tmp_path / "socket")
    serve(APP, "--uds", path)
    scope = scope_of(get(path, "/scope"))
    if "extensions" in scope:
        # ours names the socket, as the specification offers for servers on Unix sockets; the control leaves it None
        assert scope["server"] == (path, None)
    assert scope["client"] is None


def test_proxy_headers_of_a_trusted_peer_count(server):
    scope = ask(server, "/scope", "X-Forwarded-For: 192.0.2.7", "X-Forwarded-Proto: https")
    assert (scope["scheme"], scope["client"][0], type(scope["client"][1])) == ("https", "192.0.2.7", int)


@pytest.mark.parametrize("flags", [["--no-proxy-headers"], ["--forwarded-allow-ips", "10.0.0.1"]])
def test_proxy_headers_of_others_do_not(serve, flags):
    scope = ask(serve(APP, *flags), "/scope", "X-Forwarded-For: 192.0.2.7", "X-Forwarded-Proto: https")
    assert (scope["scheme"], scope["client"][0]) == ("http", "127.0.0.1")


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """Flags of the server and a client's context."""
    folder, authority = tmp_path_factory.mktemp("tls"), trustme.CA()
    issued = authority.issue_cert("localhost", "127.0.0.1")
    chain, key = folder / "chain.pem", folder / "key.pem"
    for pem in issued.cert_chain_pems:
        pem.write_to_path(chain, append=True)
    issued.private_key_pem.write_to_path(key)
    os.chmod(key, 0o600)
    context = ssl.create_default_context()
    authority.configure_trust(context)
    return ["--ssl-certfile", chain, "--ssl-keyfile", key], context


def test_tls_is_https(serve, certificate):
    flags, context = certificate
    server = serve(APP, *flags)
    with Wire(server.address, wrap=lambda plain: context.wrap_socket(plain, server_hostname="localhost")) as wire:
        scope = scope_of(wire.get("/scope").answer())
        version = wire.socket.version()
    assert scope["scheme"] == "https"
    if server.is_ours:
        tls = scope["extensions"]["tls"]  # the control does not have the extension
        assert tls["tls_version"] == {"TLSv1.3": 0x0304, "TLSv1.2": 0x0303}[version]
        assert tls["cipher_suite"] in (0x1301, 0x1302, 0x1303)
        assert tls["server_cert"] is None or tls["server_cert"].startswith("-----BEGIN CERTIFICATE-----")
        assert (tls["client_cert_chain"], tls["client_cert_name"], tls["client_cert_error"]) == ([], None, None)
