"""WebSockets over HTTP/2: extended CONNECT (RFC 8441), which the control does not have."""

import socket
import struct

import h2.config
import h2.connection
import h2.events
import pytest

from harness.notes import wait_for_note

from .conftest import BINARY, CLOSE, TEXT

APP = "socket_app:app"
pytestmark = pytest.mark.ours


class Stream:
    """One WebSocket on a connection of its own, in clear."""

    def __init__(self, port: int):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=10)
        self.port = port
        self.connection = h2.connection.H2Connection(h2.config.H2Configuration(header_encoding="utf-8"))
        self.connection.initiate_connection()
        self.data, self.fields, self.is_over = b"", None, False

    def handshake(self, path: str, *more) -> dict:
        while not self.connection.remote_settings.enable_connect_protocol:
            self.turn()
        fields = [
            (":method", "CONNECT"),
            (":protocol", "websocket"),
            (":scheme", "http"),
            (":path", path),
            (":authority", f"127.0.0.1:{self.port}"),
            ("sec-websocket-version", "13"),
            *more,
        ]
        self.connection.send_headers(1, fields)
        while self.fields is None:
            self.turn()
        return self.fields

    def turn(self):
        """Sends what there is to send, and takes what comes."""
        self.socket.sendall(self.connection.data_to_send())
        octets = self.socket.recv(65536)
        assert octets, "the connection ended"
        for event in self.connection.receive_data(octets):
            if isinstance(event, h2.events.ResponseReceived):
                self.fields = dict(event.headers)
            elif isinstance(event, h2.events.DataReceived):
                self.data += event.data
                self.connection.acknowledge_received_data(event.flow_controlled_length, 1)
            elif isinstance(event, (h2.events.StreamEnded, h2.events.StreamReset)):
                self.is_over = True
        self.socket.sendall(self.connection.data_to_send())

    def frame(self, opcode: int, payload: bytes):
        size = len(payload)
        length = bytes([128 | size]) if size < 126 else b"\xfe" + struct.pack("!H", size)
        octets = bytes([opcode | 128]) + length + bytes(4) + payload
        while octets:
            size = min(len(octets), self.connection.local_flow_control_window(1), 16384)
            if size:
                self.connection.send_data(1, octets[:size])
                octets = octets[size:]
            if octets and not self.connection.local_flow_control_window(1):
                self.turn()
        self.socket.sendall(self.connection.data_to_send())

    def read(self, count: int) -> bytes:
        while len(self.data) < count:
            self.turn()
        octets, self.data = self.data[:count], self.data[count:]
        return octets

    def next(self) -> tuple[int, bytes]:
        first, length = self.read(2)
        if length == 126:
            (length,) = struct.unpack("!H", self.read(2))
        return first & 15, self.read(length)


@pytest.fixture
def stream(server):
    stream = Stream(server.port)
    yield stream
    stream.socket.close()


def test_messages_and_the_close(server, stream, key):
    assert stream.handshake(f"/events/{key}")[":status"] == "200"
    stream.frame(TEXT, "é".encode())
    stream.frame(CLOSE, struct.pack("!H", 4002) + b"enough")
    assert stream.next() == (CLOSE, struct.pack("!H", 4002))
    assert wait_for_note(server, key, 3)[1:3] == [
        {"type": "websocket.receive", "text": "é"},
        {"type": "websocket.disconnect", "code": 4002, "reason": "enough"},
    ]


def test_an_echo_over_the_windows(stream):
    stream.handshake("/echo")
    for size in (1, 1000, 60_000):
        stream.frame(BINARY, bytes(size))
        assert stream.next() == (BINARY, bytes(size))


def test_the_scope(server, stream):
    fields = stream.handshake("/scope?a=b", ("sec-websocket-protocol", "one, two"))
    assert fields[":status"] == "200"
    opcode, shown = stream.next()
    assert opcode == TEXT
    for part in (b'"http_version": "\'2\'"', b'"scheme": "\'ws\'"', b'"subprotocols": "[\'one\', \'two\']"'):
        assert part in shown
    assert f"(b'host', b'127.0.0.1:{server.port}')".encode() in shown
    assert b'"method"' not in shown


def test_refusals(stream, key):
    assert stream.handshake(f"/refuses/{key}")[":status"] == "403"


def test_denials(stream, key):
    assert stream.handshake(f"/denies/{key}")[":status"] == "401"
    assert stream.read(9) == b"whoareyou"


def test_a_stream_that_is_reset_is_1006(server, stream, key):
    stream.handshake(f"/events/{key}")
    stream.connection.reset_stream(1)
    stream.socket.sendall(stream.connection.data_to_send())
    assert wait_for_note(server, key, 2)[1]["code"] == 1006
