"""WebSocket as clients that are not ours see it, over HTTP/1.1, TLS and HTTP/2, and as those see it that mean harm."""

import contextlib
import json
import os
import shutil
import subprocess
import time

import pytest
import websocket
from websockets.exceptions import ConnectionClosed
from websockets.extensions.permessage_deflate import ClientPerMessageDeflateFactory
from websockets.sync.client import connect

from harness.server import wait_until
from harness.sockets import (
    BINARY,
    CLOSE,
    CONTINUE,
    PING,
    PONG,
    TEXT,
    Message,
    Multiplexed,
    Socket,
    closing,
    frame,
)
from harness.wire import Wire

MIB = 1 << 20


@pytest.fixture
def server(serve, authority):
    """Plain on the first address, TLS on the second."""
    return serve("--listen", "127.0.0.1:0", "--listen", "127.0.0.1:0", *authority.issue().flags)


@pytest.fixture
def ws_urls(server):
    return [url.replace("http", "ws", 1).replace("127.0.0.1", "localhost") for url in server.urls]


def account(server) -> dict:
    """How many sockets are open, and how the others ended."""
    return json.loads(server.get("/ws/account.json")[1])


def ended(server, count: int = 1, seconds: float = 10) -> dict:
    """How sockets ended, once so many have."""
    wait_until(lambda: sum(account(server)["ended"].values()) >= count, seconds, "the end of all sockets")
    return account(server)["ended"]


# Clients that are not ours


@pytest.mark.parametrize("tls", [False, True], ids=["ws", "wss"])
@pytest.mark.parametrize("compression", [None, "deflate"])
def test_websockets(ws_urls, authority, tls, compression):
    context = authority.client() if tls else None
    with connect(ws_urls[tls] + "/ws/echo", compression=compression, ssl=context) as client:
        assert bool(client.protocol.extensions) == bool(compression)
        for message in ["hi", "", "κόσμε " * 10_000, b"", b"\x00\xff", os.urandom(MIB), "x" * MIB]:
            client.send(message)
            assert client.recv(10) == message
        assert client.ping("?").wait(5)
        client.close(4000, "enough")
    assert client.close_code == 4000


@pytest.mark.parametrize("takeover", ["off", "on"])
@pytest.mark.parametrize("window", ["9", "15"])
def test_websockets_with_every_kind_of_compression(serve, takeover, window):
    server = serve(ws_compression_takeover=takeover, ws_compression_window=window, ws_compression_min_size="0")
    url = server.url.replace("http", "ws") + "/ws/echo"
    with connect(url, max_size=None) as client:
        for n in range(200):
            message = json.dumps({"n": n, "words": ["lorem", "ipsum", "dolor"] * (n % 40)})
            client.send(message)
            assert client.recv(10) == message
        client.send(["in ", "three ", "fragments"])
        assert client.recv(10) == "in three fragments"


def test_websockets_agrees_on_a_subprotocol(ws_urls):
    with connect(ws_urls[0] + "/ws/info", subprotocols=["v1.chat", "v2.chat"]) as client:
        assert client.subprotocol == "v2.chat"
        assert json.loads(client.recv(5)) == {"version": "HTTP/1.1", "protocol": "v2.chat", "compressed": True}


@pytest.mark.parametrize("tls", [False, True], ids=["ws", "wss"])
def test_websocket_client(ws_urls, authority, tls):
    options = {"sslopt": {"ca_certs": str(authority.file)}} if tls else {}
    client = websocket.create_connection(
        ws_urls[tls] + "/ws/echo", timeout=10, subprotocols=["v1.chat"], origin=ws_urls[tls].replace("ws", "http", 1), **options
    )
    assert client.getsubprotocol() == "v1.chat"
    for message in ["hi", "ü" * 100_000]:
        client.send(message)
        assert client.recv() == message
    client.send_binary(bytes(range(256)) * 4000)
    assert client.recv() == bytes(range(256)) * 4000
    client.ping("are you there")
    assert client.recv_data(control_frame=True) == (PONG, b"are you there")
    client.close(1000)
    assert client.getstatus() == 101


NODE = """
const [url, size] = [process.argv[1], 300000];
const socket = new WebSocket(url, ['v1.chat', 'v2.chat']);
const heard = [];
socket.binaryType = 'arraybuffer';
socket.onopen = () => { socket.send('hi'); socket.send('ü'.repeat(size)); socket.send(new Uint8Array(size).fill(7)); };
socket.onmessage = ({ data }) => {
  heard.push(typeof data === 'string' ? `text ${data.length}` : `bytes ${data.byteLength} ${new Uint8Array(data)[size - 1]}`);
  if (heard.length === 3) socket.close(4001, 'enough');
};
socket.onclose = ({ code, wasClean }) => console.log(JSON.stringify({ heard, code, wasClean, protocol: socket.protocol }));
"""


@pytest.mark.skipif(not shutil.which("node"), reason="node is not installed")
def test_node(ws_urls):
    command = ["node", "--experimental-websocket", "-e", NODE, ws_urls[0] + "/ws/echo"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {
        "heard": ["text 2", "text 300000", "bytes 300000 7"],
        "code": 4001,
        "wasClean": True,
        "protocol": "v2.chat",
    }


def test_curl_is_told_what_is_spoken(server):
    done = subprocess.run(
        ["curl", "-sS", "-i", "--max-time", "10", server.url + "/ws/echo"], capture_output=True, text=True
    )
    assert "HTTP/1.1 426" in done.stdout and "upgrade: websocket" in done.stdout.lower()


def test_curl_opens_one(server):
    fields = ["Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: " + "A" * 21 + "A=="]
    command = ["curl", "-sS", "-i", "-N", "--http1.1", "--max-time", "2", server.url + "/ws/info"]
    done = subprocess.run(command + [word for field in fields for word in ("-H", field)], capture_output=True)
    assert b"HTTP/1.1 101" in done.stdout and b'"version":"HTTP/1.1"' in done.stdout


def test_pages_of_another_scheme_are_foreign_over_tls(server, authority):
    """What TLS protects is not for pages that anybody on the way may have written."""
    for origin, status in [("https://test", 101), ("http://test", 403), ("https://evil.example", 403)]:
        with Wire(server.address_of(1), wrap=authority.wrapper()) as wire:
            fields = ["Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13"]
            wire.get("/ws/echo", *fields, "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", f"Origin: {origin}")
            assert wire.response().status == status, origin


@pytest.mark.parametrize("size", [100_000, 200_000, 300_003])
def test_echoes_come_to_their_end_without_a_further_word(serve, size):
    """What the system did not take at once is sent when it does: a last piece was kept back once in ten times."""
    server, payload = serve(ws_ping_interval="off"), os.urandom(size)
    for _ in range(100):
        with Socket(server.address) as client:
            assert client.is_echoed()
            assert client.say(payload, BINARY).hear(5) == Message(BINARY, payload)


def test_tunnels_give_back_all_of_it_without_a_further_word(serve):
    server, payload = serve(), os.urandom(200_000)
    for _ in range(100):
        with Wire(server.address) as wire:
            assert wire.get("/upgrade", "Connection: upgrade", "Upgrade: echo").response().status == 101
            assert wire.send(payload).read(len(payload)) == payload


def test_over_a_unix_socket(serve, tmp_path):
    path = str(tmp_path / "socket")
    serve("--listen", f"unix:{path}", addresses=1)
    with Socket(path) as client:
        assert client.is_echoed()


@pytest.mark.parametrize("takeover", ["off", "on"])
def test_a_room_of_clients_with_and_without_compression(serve, takeover):
    """A message is compressed once for those who agreed alike, and each reads it by what it agreed to."""
    server = serve(ws_compression_takeover=takeover, ws_compression_min_size="0")
    with contextlib.ExitStack() as stack:
        clients = [stack.enter_context(member(server, window)) for window in [None, 15, 9] * 2]
        for client in clients:
            assert client.recv(10) == "joined"
        for n in range(100):
            said = json.dumps({"n": n, "words": ["lorem", "ipsum"] * (n % 30)})
            clients[n % len(clients)].send(said)
            assert [client.recv(10) for client in clients] == [said] * len(clients)


def member(server, window: int | None):
    """A client in a room that has the server compress with this window, or not at all."""
    extensions = [ClientPerMessageDeflateFactory(server_max_window_bits=window)] if window else None
    url = server.url.replace("http", "ws") + "/ws/drop-oldest"
    return connect(url, compression=None, extensions=extensions)


# HTTP/2


@pytest.fixture
def multiplexed(server, authority):
    with Multiplexed(server.address_of(1), authority.wrapper(alpn=("h2",))) as client:
        yield client


def test_http2_echoes(multiplexed):
    stream = multiplexed.open()
    assert multiplexed.status(stream) == 200
    assert "sec-websocket-accept" not in multiplexed.headers[stream]
    for op, payload in [(TEXT, b"hi"), (BINARY, b""), (BINARY, bytes(MIB)), (TEXT, "ü".encode() * 300_000)]:
        multiplexed.send(stream, frame(op, payload))
        assert multiplexed.hear(stream) == Message(op, payload)
    multiplexed.send(stream, closing(1000))
    assert multiplexed.hear(stream).code == 1000
    assert multiplexed.end_of(stream) == "end of stream"


def test_http2_agrees_on_what_is_offered(multiplexed):
    stream = multiplexed.open(
        "/ws/info",
        ("sec-websocket-version", "13"),
        ("sec-websocket-protocol", "v1.chat"),
        ("sec-websocket-extensions", "permessage-deflate"),
        ("origin", "https://localhost"),
    )
    assert multiplexed.status(stream) == 200
    headers = multiplexed.headers[stream]
    assert headers["sec-websocket-protocol"] == "v1.chat"
    assert headers["sec-websocket-extensions"].startswith("permessage-deflate")
    told = json.loads(multiplexed.hear(stream).payload)
    assert told == {"version": "HTTP/2.0", "protocol": "v1.chat", "compressed": True}


def test_http2_handshakes_that_are_none(multiplexed):
    version = ("sec-websocket-version", "13")
    stream = multiplexed.open("/ws/echo", ("sec-websocket-version", "8"))
    assert multiplexed.status(stream) == 400
    assert multiplexed.headers[stream]["sec-websocket-version"] == "13"
    assert multiplexed.status(multiplexed.open("/ws/echo", version, ("origin", "https://evil.example"))) == 403
    assert multiplexed.status(multiplexed.open("/ws/nothing")) == 404
    assert multiplexed.status(multiplexed.open("/ws/echo", method="GET", protocol=None, end_stream=True)) == 426
    assert multiplexed.status(multiplexed.open("/ws/echo", protocol="connect-udp")) == 426
    stream = multiplexed.open("/ws/echo")
    assert multiplexed.status(stream) == 200  # nothing of this disturbs the connection


def test_http2_streams_end_one_by_one(server, multiplexed):
    killed, ended_by_client, lives = (multiplexed.open() for _ in range(3))
    for stream in (killed, ended_by_client, lives):
        assert multiplexed.status(stream) == 200
        multiplexed.send(stream, frame(TEXT, b"hi"))
        assert multiplexed.hear(stream).payload == b"hi"
    multiplexed.reset(killed)
    assert sum(ended(server).values()) == 1
    multiplexed.end(ended_by_client)
    assert sum(ended(server, 2).values()) == 2
    multiplexed.end_of(ended_by_client)
    multiplexed.send(lives, frame(TEXT, b"still here"))
    assert multiplexed.hear(lives).payload == b"still here"
    assert account(server)["open"] == 1


def test_http2_connection_that_is_lost_ends_all_its_streams(server, authority):
    with Multiplexed(server.address_of(1), authority.wrapper(alpn=("h2",))) as client:
        for stream in [client.open() for _ in range(20)]:
            assert client.status(stream) == 200
        assert account(server)["open"] == 20
    ended(server, 20)
    assert account(server)["open"] == 0


def test_http2_finds_routes_as_http1_does(serve):
    server = serve(app="conformance-app", ws_origins="*")
    with Multiplexed(server.address) as client:
        for path, first in [("/ws/rooms/lobby", b"lobby"), ("/ws/nested/rooms/a/seats/7", b"a/7"), ("/ws/host", b"any")]:
            stream = client.open(path, scheme="http")
            assert client.status(stream) == 200, path
            assert client.hear(stream).payload == first
        stream = client.open("/ws/layered/echo", scheme="http")
        assert client.status(stream) == 200 and client.headers[stream]["x-layer"] in ("outer", "inner")
        stream = client.open("/ws/host", scheme="http", authority="ws.example")
        assert client.status(stream) == 200 and client.hear(stream).payload == b"ws.example"
        for path, status in [("/ws/deny/401", 401), ("/ws/nothing", 404), ("/method", 501), ("/ws/any", 200)]:
            stream = client.open(path, scheme="http")
            assert client.status(stream) == status, path


def test_http2_sockets_outlive_the_deadlines_of_http(serve):
    server = serve(keep_alive_timeout="300ms", body_idle_timeout="300ms", write_stall_timeout="300ms", head_timeout="300ms")
    with Multiplexed(server.address) as client:
        stream = client.open(scheme="http")
        assert client.status(stream) == 200
        for _ in range(2):
            time.sleep(1)
            client.send(stream, frame(TEXT, b"still here"))
            assert client.hear(stream).payload == b"still here"


def test_http2_stream_that_never_reads_ends_and_holds_no_other(measured):
    server, before = measured(ws_write_timeout="1s")
    with Multiplexed(server.address) as client:
        flooded, lives = client.open("/ws/flood", scheme="http"), client.open(scheme="http")
        assert client.status(flooded) == client.status(lives) == 200
        client.deaf.add(flooded)
        assert "the peer does not read what it is sent" in ended(server, 2)
        client.send(lives, frame(TEXT, b"still here"))
        assert client.hear(lives).payload == b"still here"
    assert grown(server, before) < 8


def test_http2_stream_whose_request_has_ended_is_lost(server, multiplexed):
    stream = multiplexed.open(end_stream=True)
    assert multiplexed.status(stream) == 200
    multiplexed.end_of(stream)
    assert sum(ended(server).values()) == 1


def test_http2_silent_peer_is_pinged_and_let_go(serve):
    server = serve(ws_ping_interval="500ms", ws_pong_timeout="500ms")
    with Multiplexed(server.address) as client:
        stream = client.open(scheme="http")
        assert client.status(stream) == 200
        assert client.hear(stream).op == PING
        client.end_of(stream)
        assert ended(server) == {"the peer did not answer a ping": 1}
        assert client.status(client.open(scheme="http")) == 200


def test_http2_breaks_rules_and_is_told(multiplexed):
    stream = multiplexed.open()
    assert multiplexed.status(stream) == 200
    multiplexed.send(stream, b"\x81\x02hi")  # not masked
    assert multiplexed.hear(stream).code == 1002
    multiplexed.end_of(stream)


# Harm


def grown(server, before: int) -> float:
    """By how many MiB the most memory of the server has grown."""
    return (server.memory("VmHWM") - before) / MIB


@pytest.fixture
def measured(serve):
    """A server that has warmed up, and what it held then."""

    def start(**limits):
        server = serve(**limits)
        with Socket(server.address) as client:
            assert client.say(b"x" * 100_000).hear().payload == b"x" * 100_000
        server.forget_peak()
        return server, server.memory()

    return start


def test_claimed_lengths_take_no_memory(measured):
    server, before = measured(ws_max_message="off", ws_max_frame="off")
    clients = [Socket(server.address) for _ in range(20)]
    for claims in (1 << 40, (1 << 63) - 1, 60 * MIB, 1 << 32):
        for client in clients[:5]:
            client.send(frame(BINARY, b"only this", claims=claims))
        clients = clients[5:]
    time.sleep(1)
    assert grown(server, before) < 6
    server.assert_serves()


def test_a_message_without_end_is_ended(measured):
    server, before = measured()
    with Socket(server.address) as client:
        client.push(frame(BINARY, b"x" * 1000, fin=False))
        client.push(frame(CONTINUE, b"x" * 1000, fin=False) * 64_000, 20)
        assert client.hear().code == 1009
    assert grown(server, before) < 8


def test_fragments_of_nothing_hold_nothing(measured):
    server, before = measured()
    with Socket(server.address) as client:
        client.send(frame(TEXT, fin=False))
        octets = frame(CONTINUE, fin=False) * 3_000_000
        assert client.push(octets, 40) == len(octets)
        assert client.send(frame(CONTINUE, b"end")).hear(20) == Message(TEXT, b"end")
    assert grown(server, before) < 4


def test_messages_under_way_are_bounded_each(measured):
    """Fifty that each hold the most that a message may have, and do not end it."""
    server, before = measured(ws_max_message="256KiB")
    clients = [Socket(server.address) for _ in range(50)]
    for client in clients:
        client.send(frame(BINARY, b"z" * 255 * 1024, fin=False))
    time.sleep(2)
    assert grown(server, before) < 30
    for client in clients:
        client.reset()
    wait_until(lambda: account(server)["open"] == 0, 10, "the end of all sockets")


def test_pings_that_are_never_read_hold_nothing(measured):
    server, before = measured(ws_write_timeout="2s", ws_ping_interval="off")
    with Socket(server.address, receive_buffer=4096) as client:
        client.push(frame(PING, b"p" * 125) * (64 * MIB // 131), 20)
        assert grown(server, before) < 6
        ended(server, 2)
    server.assert_serves()


def test_echoes_that_are_never_read_stop_being_taken(measured):
    server, before = measured(ws_write_timeout="2s")
    with Socket(server.address, receive_buffer=4096) as client:
        octets = frame(BINARY, b"x" * 60_000) * 1000
        assert client.push(octets, 5) < len(octets)
        assert grown(server, before) < 8
        assert "the peer does not read what it is sent" in ended(server, 2)
    server.assert_serves()


def test_a_flood_that_is_never_read_ends(measured):
    server, before = measured(ws_write_timeout="1s")
    with Socket(server.address, "/ws/flood", receive_buffer=4096):
        assert "the peer does not read what it is sent" in ended(server, 2)
        assert grown(server, before) < 8


def test_bombs_are_bounded(measured):
    """A hundred times what may be; the most that is held meanwhile is what a message may have, and some room to grow."""
    server, before = measured()
    for _ in range(2):
        with connect(server.url.replace("http", "ws") + "/ws/echo", max_size=None) as client:
            with pytest.raises(ConnectionClosed):
                client.send(bytes(100 * MIB))
                client.recv(20)
            assert client.close_code == 1009
    assert grown(server, before) < 12


def test_a_silent_peer_is_pinged_and_let_go(serve):
    server = serve(ws_ping_interval="500ms", ws_pong_timeout="500ms")
    with Socket(server.address) as client:
        assert client.hear().op == PING
        assert client.fate(10).ended
    assert ended(server) == {"the peer did not answer a ping": 1}


def test_an_idle_socket_costs_no_processor_time(serve):
    server = serve(ws_ping_interval="1s")
    clients = [Socket(server.address) for _ in range(100)]
    before = server.processor_seconds()
    end = time.monotonic() + 3
    while time.monotonic() < end:
        for client in clients:
            client.socket.setblocking(False)
            try:
                client.buffer += client.socket.recv(100)
                client.buffer = b""
                client.socket.send(frame(PONG))
            except BlockingIOError:
                pass
        time.sleep(0.1)
    assert server.processor_seconds() - before < 1
    assert account(server)["open"] == 100


@pytest.mark.parametrize("octets", [b"GET / HTTP/1.1\r\n\r\n", b"\x00" * 1000, os.urandom(1000), b"\xff" * 1000])
def test_garbage_is_told_and_ended(serve, octets):
    server = serve(ws_close_timeout="1s")
    with Socket(server.address) as client:
        client.send(octets)
        message = client.hear()
        assert message.op == CLOSE and message.code in (1002, 1007, 1009)
        assert client.fate(10).ended
    server.assert_serves()
