"""A client of HTTP/2 that sends any frames, right or wrong, and tells what came back."""

import select
import socket
import time
from dataclasses import dataclass, field

import hpack
from hyperframe import frame as frames

from harness.wire import CLOSED, OPEN, RESET, Fate

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
INITIAL_WINDOW_SIZE = frames.SettingsFrame.INITIAL_WINDOW_SIZE
NO_ERROR, PROTOCOL_ERROR, CANCEL, ENHANCE_YOUR_CALM = 0, 1, 8, 11
EMPTY_SETTINGS = frames.SettingsFrame(0).serialize()


def raw(kind: int, flags: int, stream: int, payload: bytes = b"") -> bytes:
    """A frame as it is said, even if it makes no sense."""
    return len(payload).to_bytes(3, "big") + bytes([kind, flags]) + stream.to_bytes(4, "big") + payload


def headers(stream: int, block: bytes, end_stream: bool = True, end_headers: bool = True) -> bytes:
    return raw(1, (0x1 if end_stream else 0) | (0x4 if end_headers else 0), stream, block)


def data(stream: int, payload: bytes = b"", end_stream: bool = False) -> bytes:
    return raw(0, 0x1 if end_stream else 0, stream, payload)


def reset(stream: int, code: int = CANCEL) -> bytes:
    return raw(3, 0, stream, code.to_bytes(4, "big"))


def window_update(stream: int, increment: int) -> bytes:
    return raw(8, 0, stream, increment.to_bytes(4, "big"))


def settings(values: dict[int, int]) -> bytes:
    return frames.SettingsFrame(0, settings=values).serialize()


def fields(path: str = "/", method: str = "GET", *more: tuple[str, str]) -> list[tuple[str, str]]:
    start = [(":method", method), (":scheme", "http"), (":authority", "test"), (":path", path)]
    return [*start, *more]


@dataclass
class Answer:
    """What came on one stream."""

    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    ended: bool = False
    reset: int | None = None

    @property
    def status(self) -> int:
        return int(self.headers[":status"])

    @property
    def is_over(self) -> bool:
        return self.ended or self.reset is not None


class Http2:
    """One connection by prior knowledge. It answers SETTINGS and PING like any client unless `polite` is off."""

    def __init__(self, address, values: dict[int, int] | None = None, polite: bool = True, wrap=None):
        self.socket = socket.create_connection(address, 10)
        if wrap:
            self.socket = wrap(self.socket)
        self.encoder, self.decoder = hpack.Encoder(), hpack.Decoder()
        self.polite = polite
        self.buffer = b""
        self.answers: dict[int, Answer] = {}
        self.goaway: tuple[int, bytes] | None = None
        self.last_stream = 0x7FFF_FFFF
        self.pings = 0
        self.is_settled = False
        self.send(PREFACE + settings(values or {}))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self, octets: bytes):
        self.socket.sendall(octets)
        return self

    def settle(self):
        """Waits for the server's SETTINGS: its windows count from the acknowledgement on (RFC 9113 §6.5.3)."""
        self.read(5, lambda: self.is_settled)
        return self

    def block(self, *arguments) -> bytes:
        """A header block of `fields(…)`."""
        return self.encoder.encode(fields(*arguments))

    def ask(self, stream: int, *arguments, end_stream: bool = True):
        return self.send(headers(stream, self.block(*arguments), end_stream))

    def answer(self, stream: int, seconds: float = 10) -> Answer:
        """What came on a stream once it is over; what has come so far when the time or the connection is."""
        self.read(seconds, lambda: self.is_over(stream))
        return self.answers.get(stream, Answer())

    def is_over(self, stream: int) -> bool:
        return stream in self.answers and self.answers[stream].is_over

    def read(self, seconds: float, until=lambda: False) -> Fate:
        """Reads frames until the condition holds, the connection ends, or the time is over."""
        begin = time.monotonic()
        end = begin + seconds
        kind = OPEN
        while not until() and kind == OPEN and (left := end - time.monotonic()) > 0:
            self.socket.settimeout(left)
            try:
                kind = self._take(self.socket.recv(1 << 18))
            except TimeoutError:
                break
            except OSError:
                kind = RESET
        return Fate(kind, time.monotonic() - begin)

    def _take(self, octets: bytes) -> str:
        if not octets:
            return CLOSED
        self.buffer += octets
        at = 0
        while len(self.buffer) - at >= 9:
            length = int.from_bytes(self.buffer[at : at + 3], "big")
            if len(self.buffer) - at < 9 + length:
                break
            frame, _ = frames.Frame.parse_frame_header(memoryview(self.buffer)[at : at + 9])
            frame.parse_body(memoryview(self.buffer)[at + 9 : at + 9 + length])
            self._note(frame)
            at += 9 + length
        self.buffer = self.buffer[at:]
        return OPEN

    def _note(self, frame):
        answer = self.answers.setdefault(frame.stream_id, Answer()) if frame.stream_id else None
        match frame:
            case frames.HeadersFrame():
                answer.headers.update(self.decoder.decode(frame.data))
            case frames.DataFrame():
                answer.body += frame.data
                if self.polite and frame.flow_controlled_length:
                    self._reply(window_update(0, frame.flow_controlled_length))
                    self._reply(window_update(frame.stream_id, frame.flow_controlled_length))
            case frames.RstStreamFrame():
                answer.reset = frame.error_code
            case frames.GoAwayFrame():
                self.goaway = (frame.error_code, frame.additional_data)
                self.last_stream = frame.last_stream_id
            case frames.SettingsFrame() if "ACK" not in frame.flags:
                self.is_settled = True
                self._reply(raw(4, 1, 0))
            case frames.PingFrame() if "ACK" not in frame.flags:
                self.pings += 1
                self._reply(raw(6, 1, 0, frame.opaque_data))
        if answer is not None and "END_STREAM" in frame.flags:
            answer.ended = True

    def _reply(self, octets: bytes):
        if self.polite:
            try:
                self.socket.sendall(octets)
            except OSError:
                pass  # the connection's end is seen by the next read

    def flood(self, octets: bytes, seconds: float = 20) -> int:
        """Sends all of it, reading meanwhile without a reply, until the connection ends; how many bytes left."""
        self.settle()
        polite, self.polite = self.polite, False  # a reply would fall into the middle of a frame
        try:
            return self._flood(octets, seconds)
        finally:
            self.polite = polite

    def _flood(self, octets: bytes, seconds: float) -> int:
        view, sent, end = memoryview(octets), 0, time.monotonic() + seconds
        while sent < len(octets) and time.monotonic() < end:
            readable, writable, _ = select.select([self.socket], [self.socket], [], 1)
            try:
                if readable and self._take(self.socket.recv(1 << 18)) != OPEN:
                    break
                if writable:
                    self.socket.settimeout(0)
                    sent += self.socket.send(view[sent : sent + 65536])
            except BlockingIOError:
                pass
            except OSError:
                break
            finally:
                self.socket.settimeout(10)
        return sent
