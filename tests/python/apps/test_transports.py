"""The FastAPI app over TLS, HTTP/2 and a Unix socket, and behind a proxy that names the client."""

import asyncio
import json
import ssl

import httpx
import pytest
import trustme
from apps.program import App
from websockets.asyncio.client import connect as dial
from websockets.sync.client import connect, unix_connect

TARGET = "fastapi_app:app"
ITEM = {"name": "saw", "price": 9.5}


@pytest.fixture
def start(kind):
    """Starts the app with these flags; the server ends with the test, and without a complaint."""
    started = []

    def start(*flags: str):
        started.append(App(TARGET, flags).on(kind))
        return started[-1].start()

    yield start
    for server in started:
        server.terminate()
        assert not server.logged_traceback, server.output()
        server.kill()


@pytest.fixture
def certificate(tmp_path):
    """Flags for a certificate of an authority of the test's own, and a client's context that trusts it."""
    authority = trustme.CA(key_type=trustme.KeyType.ECDSA)
    issued = authority.issue_cert("localhost", "127.0.0.1", key_type=trustme.KeyType.ECDSA)
    files = {"--ssl-certfile": tmp_path / "cert.pem", "--ssl-keyfile": tmp_path / "key.pem"}
    issued.private_key_pem.write_to_path(files["--ssl-keyfile"])
    files["--ssl-keyfile"].chmod(0o600)
    issued.cert_chain_pems[0].write_to_path(files["--ssl-certfile"])
    context = ssl.create_default_context()
    authority.configure_trust(context)
    return [text for pair in files.items() for text in map(str, pair)], context


def check(client: httpx.Client):
    """A little of each kind."""
    assert client.post("/items", json=ITEM).status_code == 201
    body = b"x" * 3_000_000
    assert client.post("/upload", files={"file": ("a", body)}, data={"note": "n"}).json()["size"] == len(body)
    assert client.get("/stream/async?count=30").text.count("\n") == 30
    assert len(client.get("/stream/large?blocks=40", headers={"accept-encoding": "identity"}).content) == 40 * 65_536
    assert client.get("/events").text.count("event: tick") == 3


def test_over_tls(start, certificate):
    flags, context = certificate
    server = start(*flags)
    assert server.url.startswith("https://")
    with httpx.Client(base_url=server.url, verify=context) as client:
        check(client)

    async def echo():
        # Not the client of threads: it reads and writes at once, and CPython's TLS then loses what is written, now and then.
        async with dial(f"wss://localhost:{server.port}/ws/json", ssl=context) as socket:
            await socket.send("1")
            return json.loads(await asyncio.wait_for(socket.recv(), 5))

    assert asyncio.run(echo()) == {"got": 1, "path": "/ws/json", "scheme": "wss"}


@pytest.mark.ours  # the control has HTTP/2 with another parser only
@pytest.mark.parametrize("secure", [False, True], ids=["plain", "tls"])
def test_over_http2(start, certificate, secure):
    flags, context = certificate
    server = start(*(flags if secure else ()))
    versions = {"http2": True, "http1": secure, "verify": context}
    with httpx.Client(base_url=server.url, **versions) as client:
        assert client.get("/state").http_version == "HTTP/2"
        check(client)

    async def many():
        async with httpx.AsyncClient(base_url=server.url, timeout=30, **versions) as client:
            async def one(number: int):
                stream = await client.get(f"/stream/async?count={number}")
                body = b"x" * number * 10_000
                raw = await client.post("/raw", content=body)
                assert (stream.text.count("\n"), raw.json()["size"]) == (number, len(body))

            await asyncio.gather(*(one(number) for number in range(50)))

    asyncio.run(many())


def test_over_a_unix_socket(start, tmp_path):
    path = str(tmp_path / "app.sock")
    start("--uds", path)
    with httpx.Client(transport=httpx.HTTPTransport(uds=path), base_url="http://shop") as client:
        check(client)
    with unix_connect(path, "ws://shop/ws/echo") as socket:
        socket.send("hello")
        assert socket.recv(5) == "hello"


def test_websocket_behind_a_proxy(start):
    server = start("--root-path", "/shop")
    forwarded = {"x-forwarded-for": "192.0.2.9", "x-forwarded-proto": "https"}
    with connect(f"ws://127.0.0.1:{server.port}/ws/json", additional_headers=forwarded) as socket:
        socket.send("1")
        assert json.loads(socket.recv(5)) == {"got": 1, "path": "/shop/ws/json", "scheme": "wss"}
