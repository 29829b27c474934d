"""A client of HTTP/2 by prior knowledge, one connection with several requests under way."""

import socket
import time
from dataclasses import dataclass, field

import h2.connection
import h2.errors
import h2.events
import h2.exceptions
import h2.settings

TOO_LONG = 15


@dataclass
class Stream:
    """What came on one stream so far."""

    informational: list[list[tuple[str, str]]] = field(default_factory=list)
    headers: list[tuple[str, str]] = field(default_factory=list)
    content: bytearray = field(default_factory=bytearray)
    trailers: list[tuple[str, str]] = field(default_factory=list)
    ended: bool = False
    reset: int | None = None

    @property
    def body(self) -> bytes:
        return bytes(self.content)

    @property
    def status(self) -> int:
        return int(dict(self.headers)[":status"])

    @property
    def is_over(self) -> bool:
        return self.ended or self.reset is not None


class Http2:
    """`window` is the flow-control window that streams have; with `acknowledges` off it is never opened again."""

    def __init__(self, address, window: int | None = None, acknowledges: bool = True):
        self.socket = socket.create_connection(address, TOO_LONG)
        self.connection = h2.connection.H2Connection()
        self.acknowledges = acknowledges
        self.streams: dict[int, Stream] = {}
        self.closed = False
        self.connection.initiate_connection()
        if window is not None:
            self.connection.update_settings({h2.settings.SettingCodes.INITIAL_WINDOW_SIZE: window})
        self.flush()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.socket.close()

    def flush(self):
        self.socket.sendall(self.connection.data_to_send())

    def ask(self, path: str, *headers: tuple[str, str], method: str = "GET", ends: bool = True) -> int:
        """Begins a request; its stream."""
        stream = self.connection.get_next_available_stream_id()
        pseudo = [(":method", method), (":scheme", "http"), (":authority", "test"), (":path", path)]
        self.connection.send_headers(stream, [*pseudo, *headers], end_stream=ends)
        self.streams[stream] = Stream()
        self.flush()
        return stream

    def push(self, stream: int, octets: bytes, ends: bool = True):
        """Sends content as the windows allow."""
        while octets:
            room = min(self.connection.local_flow_control_window(stream), self.connection.max_outbound_frame_size)
            if room <= 0:
                self.read()
                continue
            self.connection.send_data(stream, octets[:room])
            octets = octets[room:]
            self.flush()
        if ends:
            self.connection.end_stream(stream)
            self.flush()

    def reset(self, stream: int):
        self.connection.reset_stream(stream, h2.errors.ErrorCodes.CANCEL)
        self.flush()

    def answer(self, stream: int, seconds: float = TOO_LONG) -> Stream:
        """What came on a stream once it is over."""
        self.read_until(lambda: self.streams[stream].is_over, seconds)
        return self.streams[stream]

    def read_until(self, condition, seconds: float = TOO_LONG):
        end = time.monotonic() + seconds
        while not condition() and not self.closed:
            assert time.monotonic() < end, f"not within {seconds} s"
            self.read(end - time.monotonic())

    def read(self, seconds: float = TOO_LONG):
        self.socket.settimeout(max(0.01, seconds))
        octets = self.socket.recv(1 << 18)
        if not octets:
            self.closed = True
        for event in self.connection.receive_data(octets) if octets else ():
            self._note(event)
        self.flush()

    def _note(self, event):
        stream = self.streams.get(getattr(event, "stream_id", 0), Stream())
        match event:
            case h2.events.InformationalResponseReceived():
                stream.informational.append(_text(event.headers))
            case h2.events.ResponseReceived():
                stream.headers = _text(event.headers)
            case h2.events.TrailersReceived():
                stream.trailers = _text(event.headers)
            case h2.events.DataReceived():
                stream.content += event.data
                if self.acknowledges and event.flow_controlled_length:
                    self._acknowledge(event)
            case h2.events.StreamEnded():
                stream.ended = True
            case h2.events.StreamReset():
                stream.reset = event.error_code
            case h2.events.ConnectionTerminated():
                self.closed = True

    def _acknowledge(self, event):
        try:
            self.connection.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
        except h2.exceptions.StreamClosedError:
            pass


def _text(headers) -> list[tuple[str, str]]:
    return [tuple(part if isinstance(part, str) else part.decode("latin-1") for part in pair) for pair in headers]
