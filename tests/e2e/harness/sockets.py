"""Clients of WebSocket that send any frames, right or wrong: one, many at once, and those that are streams of HTTP/2."""

import selectors
import socket
import time
from dataclasses import dataclass

import h2.config
import h2.connection
import h2.events
import h2.settings

from harness.wire import Wire

CONTINUE, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10
KEY = "dGhlIHNhbXBsZSBub25jZQ=="
ACCEPT = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
HANDSHAKE = (
    "Connection: Upgrade",
    "Upgrade: websocket",
    "Sec-WebSocket-Version: 13",
    f"Sec-WebSocket-Key: {KEY}",
)


def frame(op: int, payload: bytes = b"", fin: bool = True, claims: int | None = None) -> bytes:
    """A frame of a client, masked with zeroes; `claims` is the length it says instead of its own."""
    length = len(payload) if claims is None else claims
    head = bytes([(0x80 if fin else 0) | op])
    if length < 126:
        head += bytes([0x80 | length])
    elif length < 1 << 16:
        head += b"\xfe" + length.to_bytes(2, "big")
    else:
        head += b"\xff" + length.to_bytes(8, "big")
    return head + bytes(4) + payload


def closing(code: int) -> bytes:
    return frame(CLOSE, code.to_bytes(2, "big"))


@dataclass
class Message:
    op: int
    payload: bytes

    @property
    def code(self) -> int | None:
        """The status code of a close."""
        assert self.op == CLOSE, self
        return int.from_bytes(self.payload[:2], "big") if self.payload else None


def parse(buffer: bytes) -> tuple[Message | None, bytes]:
    """The first frame of a server in `buffer`, and what is behind it. Our server never cuts messages into fragments."""
    if len(buffer) < 2:
        return None, buffer
    length, head = buffer[1], 2
    if length > 125:
        head = 4 if length == 126 else 10
        length = int.from_bytes(buffer[2:head], "big")
    if len(buffer) < head + length:
        return None, buffer
    assert buffer[0] & 0x80 and not buffer[1] & 0x80, buffer[:2]
    return Message(buffer[0] & 0x0F, buffer[head : head + length]), buffer[head + length :]


class Socket(Wire):
    """One WebSocket over HTTP/1.1."""

    def __init__(self, address, path: str = "/ws/echo", *fields: str, **options):
        super().__init__(address, **options)
        self.get(path, *HANDSHAKE, *fields)
        self.answer = self.response()
        assert self.answer.status == 101, self.answer
        assert self.answer.headers["sec-websocket-accept"] == ACCEPT

    def say(self, payload: bytes, op: int = TEXT):
        return self.send(frame(op, payload))

    def hear(self, seconds: float = 10) -> Message:
        """The next frame, whatever it is."""
        self.socket.settimeout(seconds)
        while True:
            message, self.buffer = parse(self.buffer)
            if message:
                return message
            self._more()

    def is_echoed(self, payload: bytes = b"hello") -> bool:
        return self.say(payload).hear() == Message(TEXT, payload)


class Crowd:
    """Many WebSockets of one thread."""

    def __init__(self, address, count: int, path: str = "/ws/echo"):
        self.sockets = [Socket(address, path) for _ in range(count)]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for one in self.sockets:
            one.socket.close()

    def hear_each(self, seconds: float, reply=None) -> list[Message | None]:
        """The next frame of each, `None` where none has come in time; `reply` is sent to whoever said something."""
        heard: dict[int, Message] = {}
        selector = selectors.DefaultSelector()
        for index, one in enumerate(self.sockets):
            one.socket.setblocking(False)
            selector.register(one.socket, selectors.EVENT_READ, index)
            self._take(index, heard, reply)  # what came together with the handshake's answer
        end = time.monotonic() + seconds
        while len(heard) < len(self.sockets) and (left := end - time.monotonic()) > 0:
            for key, _ in selector.select(left):
                self._hear(key, selector, heard, reply)
        selector.close()
        return [heard.get(index) for index in range(len(self.sockets))]

    def _hear(self, key, selector, heard, reply):
        one = self.sockets[key.data]
        try:
            octets = one.socket.recv(1 << 16)
        except OSError:
            octets = b""
        one.buffer += octets
        self._take(key.data, heard, reply)
        if key.data in heard or not octets:
            selector.unregister(key.fileobj)

    def _take(self, index, heard, reply):
        one = self.sockets[index]
        if index in heard:
            return
        message, one.buffer = parse(one.buffer)
        if message:
            heard[index] = message
            if reply:
                one.socket.send(reply)


class Multiplexed:
    """A connection of HTTP/2 whose streams are WebSockets (RFC 8441), on the h2 library."""

    def __init__(self, address, wrap=None):
        self.socket = socket.create_connection(address, 10)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if wrap:
            self.socket = wrap(self.socket)
            assert self.socket.selected_alpn_protocol() == "h2"
        self.connection = h2.connection.H2Connection(h2.config.H2Configuration(header_encoding="utf-8"))
        self.headers: dict[int, dict[str, str]] = {}
        self.buffers: dict[int, bytes] = {}
        self.ended: dict[int, str] = {}
        self.deaf: set[int] = set()  # streams whose window is never opened again
        self.goaway = False
        self.incoming = b""
        self.connection.initiate_connection()
        self.connection.increment_flow_control_window(1 << 24)  # no stream's unread bytes are in the way of another's
        self._flush()
        self._read_until(lambda: self.allows_connect, 5)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    @property
    def allows_connect(self) -> bool:
        return self.connection.remote_settings.enable_connect_protocol == 1

    def open(self, path: str = "/ws/echo", *more: tuple[str, str], end_stream: bool = False, **pseudo: str) -> int:
        """Asks for a WebSocket. Keyword arguments take the place of pseudo-fields; `None` leaves one out."""
        start = {"method": "CONNECT", "protocol": "websocket", "scheme": "https", "authority": "localhost", "path": path}
        fields = [(f":{name}", value) for name, value in {**start, **pseudo}.items() if value is not None]
        more = more or (("sec-websocket-version", "13"),)
        stream = self.connection.get_next_available_stream_id()
        self.connection.send_headers(stream, fields + list(more), end_stream=end_stream)
        self._flush()
        return stream

    def status(self, stream: int) -> int:
        self._read_until(lambda: stream in self.headers or stream in self.ended)
        return int(self.headers[stream][":status"])

    def send(self, stream: int, octets: bytes):
        """All of it, waiting for the stream's window where it is too small."""
        while octets:
            self._read_until(lambda: self.connection.local_flow_control_window(stream) > 0)
            room = min(
                self.connection.local_flow_control_window(stream), self.connection.max_outbound_frame_size
            )
            self.connection.send_data(stream, octets[:room])
            octets = octets[room:]
            self._flush()

    def end(self, stream: int):
        self.connection.end_stream(stream)
        self._flush()

    def reset(self, stream: int, code: int = 8):
        self.connection.reset_stream(stream, code)
        self._flush()

    def hear(self, stream: int, seconds: float = 10) -> Message:
        self._read_until(lambda: self._has_frame(stream) or stream in self.ended, seconds)
        message, self.buffers[stream] = parse(self.buffers.get(stream, b""))
        assert message, f"stream {stream} ended with {self.ended.get(stream)} instead of a frame"
        return message

    def end_of(self, stream: int, seconds: float = 10) -> str:
        self._read_until(lambda: stream in self.ended, seconds)
        return self.ended[stream]

    def _has_frame(self, stream: int) -> bool:
        return parse(self.buffers.get(stream, b""))[0] is not None

    def _read_until(self, condition, seconds: float = 10):
        end = time.monotonic() + seconds
        while not condition():
            left = end - time.monotonic()
            assert left > 0, "nothing came in time"
            self.socket.settimeout(left)
            octets = self.socket.recv(1 << 16)
            assert octets, "the connection ended"
            for event in self.connection.receive_data(self._without_goaway(octets)):
                self._note(event)
            self._flush()

    def _without_goaway(self, octets: bytes) -> bytes:
        """The whole frames that have come, but for GOAWAY: the library would take nothing behind it, and streams that the
        server still serves go on (RFC 9113 §6.8)."""
        self.incoming += octets
        whole = b""
        while len(self.incoming) >= 9:
            end = 9 + int.from_bytes(self.incoming[:3], "big")
            if len(self.incoming) < end:
                break
            if self.incoming[3] == 7:
                self.goaway = True
            else:
                whole += self.incoming[:end]
            self.incoming = self.incoming[end:]
        return whole

    def _note(self, event):
        match event:
            case h2.events.ResponseReceived():
                self.headers[event.stream_id] = dict(event.headers)
            case h2.events.DataReceived():
                self.buffers[event.stream_id] = self.buffers.get(event.stream_id, b"") + event.data
                if event.flow_controlled_length and event.stream_id not in self.deaf:
                    self.connection.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
            case h2.events.StreamEnded():
                self.ended.setdefault(event.stream_id, "end of stream")
            case h2.events.StreamReset():
                self.ended.setdefault(event.stream_id, f"reset {int(event.error_code)}")

    def _flush(self):
        self.socket.sendall(self.connection.data_to_send())


def vanish(wire: Wire):
    """Ends a connection without a word to the other end, as when a cable is cut: neither FIN nor RST is sent for it.
    Needs the right to repair connections (Linux, CAP_NET_ADMIN); without it, `PermissionError`."""
    repair = 19  # TCP_REPAIR
    wire.socket.setsockopt(socket.IPPROTO_TCP, repair, 1)
    wire.socket.close()
