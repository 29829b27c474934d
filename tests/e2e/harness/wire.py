"""A client of HTTP/1.1 that sends any bytes and says exactly what came back, and how the connection ended."""

import select
import socket
import struct
import time
from dataclasses import dataclass, field

OPEN, CLOSED, RESET = "open", "closed", "reset"


@dataclass
class Response:
    status: int
    headers: dict[str, str]
    body: bytes = b""
    interim: list[int] = field(default_factory=list)

    @property
    def closes(self) -> bool:
        return self.headers.get("connection", "").lower() == "close"


@dataclass
class Fate:
    """How a connection stood after a wait: `open`, `closed` by an end of stream, or `reset`."""

    kind: str
    seconds: float
    received: bytes = b""

    @property
    def ended(self) -> bool:
        return self.kind != OPEN


class Wire:
    """One connection. `receive_buffer` makes a reader with a small window, `source` a client of another address."""

    def __init__(self, address, timeout: float = 10, receive_buffer: int = 0, wrap=None, source: str = ""):
        family = socket.AF_UNIX if isinstance(address, str) else socket.AF_INET
        self.socket = socket.socket(family, socket.SOCK_STREAM)
        self.socket.settimeout(timeout)
        if receive_buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        if source:
            self.socket.bind((source, 0))
        self.socket.connect(address)
        if wrap:
            self.socket = wrap(self.socket)
        self.started = time.monotonic()
        self.buffer = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self, data: bytes):
        self.socket.sendall(data)
        return self

    def get(self, path: str, *fields: str):
        lines = [f"GET {path} HTTP/1.1", "Host: test", *fields, "", ""]
        return self.send("\r\n".join(lines).encode())

    def post(self, path: str, body: bytes, *fields: str):
        return self.post_head(path, f"Content-Length: {len(body)}", *fields).send(body)

    def post_head(self, path: str, *fields: str):
        lines = [f"POST {path} HTTP/1.1", "Host: test", *fields, "", ""]
        return self.send("\r\n".join(lines).encode())

    def half_close(self):
        self.socket.shutdown(socket.SHUT_WR)
        return self

    def reset(self):
        """Closes with RST instead of FIN."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()

    def _more(self):
        data = self.socket.recv(65536)
        if not data:
            raise EOFError(f"the connection ended within a response, after {self.buffer[-200:]!r}")
        self.buffer += data

    def _line(self) -> bytes:
        while b"\r\n" not in self.buffer:
            self._more()
        line, self.buffer = self.buffer.split(b"\r\n", 1)
        return line

    def read(self, count: int) -> bytes:
        pieces, missing = [], count
        while missing > len(self.buffer):
            pieces.append(self.buffer)
            missing -= len(self.buffer)
            self.buffer = b""
            self._more()
        data, self.buffer = self.buffer[:missing], self.buffer[missing:]
        return b"".join([*pieces, data])

    def response(self, head: bool = False) -> Response:
        """The next final response, with its whole content."""
        interim = []
        while True:
            response = self._head()
            if response.status >= 200 or response.status == 101:
                break
            interim.append(response.status)
        response.interim = interim
        if not head and response.status not in (101, 204, 304):
            response.body = self._content(response.headers)
        return response

    def _head(self) -> Response:
        version, status = self._line().decode("latin-1").split(" ")[:2]
        assert version.startswith("HTTP/1."), version
        headers = {}
        while line := self._line().decode("latin-1"):
            name, value = line.split(":", 1)
            headers[name.lower()] = value.strip()
        return Response(int(status), headers)

    def _content(self, headers) -> bytes:
        if "content-length" in headers:
            return self.read(int(headers["content-length"]))
        if headers.get("transfer-encoding") == "chunked":
            return self._chunks()
        return self.buffer + self.fate(10).received

    def _chunks(self) -> bytes:
        content = b""
        while size := int(self._line().split(b";")[0], 16):
            content += self.read(size)
            assert self.read(2) == b"\r\n"
        while self._line():
            pass
        return content

    def fate(self, seconds: float) -> Fate:
        """Reads until the connection ends or the time is over."""
        begin, received = time.monotonic(), []

        def fate(kind):
            return Fate(kind, time.monotonic() - begin, b"".join(received))

        while (left := begin + seconds - time.monotonic()) > 0:
            self.socket.settimeout(left)
            try:
                data = self.socket.recv(1 << 20)
            except TimeoutError:
                break
            except OSError:
                return fate(RESET)
            if not data:
                return fate(CLOSED)
            received.append(data)
        return fate(OPEN)

    def push(self, data: bytes, seconds: float = 10) -> int:
        """Sends until all is sent, the server stops taking it, or the connection ends; how many bytes left."""
        self.socket.setblocking(False)
        sent, end = 0, time.monotonic() + seconds
        view = memoryview(data)
        while sent < len(data) and time.monotonic() < end:
            if not select.select([], [self.socket], [], max(0, end - time.monotonic()))[1]:
                break
            try:
                sent += self.socket.send(view[sent : sent + 262144])
            except BlockingIOError:
                continue
            except OSError:
                break
        self.socket.setblocking(True)
        self.socket.settimeout(10)
        return sent

    def is_open(self) -> bool:
        """Whether the connection stands now; unread bytes do not count as its end."""
        poll = select.poll()
        poll.register(self.socket, select.POLLRDHUP | select.POLLHUP | select.POLLERR)
        return not poll.poll(0)
