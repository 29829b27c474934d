"""Clients: the `websockets` package, and one that sends any frames."""

import base64
import os
import struct
import uuid

import pytest
import websockets

from harness.wire import Wire

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10


@pytest.fixture
def key() -> str:
    return uuid.uuid4().hex


@pytest.fixture
def open_socket(server):
    """`async with open_socket("/path") as socket`: a client of `websockets`. Messages of any size; no pings of its own."""

    def connect(path: str, **options):
        options = {"max_size": None, "ping_interval": None, "proxy": None, **options}
        return websockets.connect(f"ws://127.0.0.1:{server.port}{path}", **options)

    return connect


class Frames(Wire):
    """A WebSocket by hand."""

    def handshake(self, path: str, *lines: str):
        """Asks; the answer's head, whatever it is."""
        key = base64.b64encode(os.urandom(16)).decode()
        fields = ["Upgrade: websocket", "Connection: Upgrade", f"Sec-WebSocket-Key: {key}", "Sec-WebSocket-Version: 13"]
        return self.get(path, *fields, *lines).answer()

    def frame(self, opcode: int, payload: bytes = b"", fin: bool = True, masked: bool = True):
        head = bytes([opcode | (fin << 7)])
        mark = 128 if masked else 0
        if len(payload) < 126:
            head += bytes([mark | len(payload)])
        elif len(payload) < 65536:
            head += bytes([mark | 126]) + struct.pack("!H", len(payload))
        else:
            head += bytes([mark | 127]) + struct.pack("!Q", len(payload))
        mask = bytes(4) if masked else b""  # a mask of zeros leaves the payload as it is
        return self.send(head + mask + payload)

    def next(self) -> tuple[int, bytes]:
        """The next frame of the server's: opcode and payload. It never masks and these are never fragmented."""
        first, length = self.read(2)
        if length == 126:
            (length,) = struct.unpack("!H", self.read(2))
        elif length == 127:
            (length,) = struct.unpack("!Q", self.read(8))
        assert first & 0x80
        return first & 15, self.read(length)

    def close_code(self) -> int:
        opcode, payload = self.next()
        assert opcode == CLOSE, (opcode, payload)
        return struct.unpack("!H", payload[:2])[0] if payload else 1005


@pytest.fixture
def frames(server):
    """`frames("/path")`: a raw client behind its handshake; it is closed with the test."""
    opened = []

    def connect(path: str, *lines: str, **options) -> Frames:
        wire = Frames(server.address, **options)
        opened.append(wire)
        answer = wire.handshake(path, *lines)
        assert answer.status == 101, answer
        return wire

    yield connect
    for wire in opened:
        wire.close()
