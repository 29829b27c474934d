"""A client of HTTP/1.1 that sends any bytes and says exactly what came back, and how the connection ended."""

import socket
import struct
import time
from dataclasses import dataclass, field

OPEN, CLOSED, RESET = "open", "closed", "reset"


@dataclass
class Answer:
    """One response. Header names are as they came; `fields` has them in lower case."""

    version: str
    status: int
    reason: str
    headers: list[tuple[str, str]]
    body: bytes = b""
    trailers: list[tuple[str, str]] = field(default_factory=list)
    interim: list["Answer"] = field(default_factory=list)
    is_whole: bool = True

    @property
    def fields(self) -> dict[str, str]:
        return {name.lower(): value for name, value in self.headers}

    @property
    def closes(self) -> bool:
        return self.fields.get("connection", "").lower() == "close"


class Cut(EOFError):
    """The connection ended within a response; `received` is what came of it."""

    def __init__(self, received: bytes):
        super().__init__(f"the connection ended within a response, after {received[-200:]!r}")
        self.received = received


class Wire:
    """One connection. `address` is `(host, port)` or the path of a Unix socket; `receive_buffer` makes a reader with a
    small window; `wrap` turns the socket into another one, such as TLS."""

    def __init__(self, address, timeout: float = 10, receive_buffer: int = 0, wrap=None):
        family = socket.AF_UNIX if isinstance(address, str) else socket.AF_INET
        self.socket = socket.socket(family, socket.SOCK_STREAM)
        self.socket.settimeout(timeout)
        if receive_buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.socket.connect(address)
        self.name = self.socket.getsockname()
        if wrap:
            self.socket = wrap(self.socket)
        self.buffer = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    # Asking

    def send(self, octets: bytes):
        self.socket.sendall(octets)
        return self

    def ask(self, method: str, target: str, *lines: str, version: str = "1.1", body: bytes = b""):
        """A request with `Host: test` unless a line names another, and the length of `body` if there is one."""
        head = [f"{method} {target} HTTP/{version}"]
        if not any(line.lower().startswith("host:") for line in lines):
            head.append("Host: test")
        if body:
            head.append(f"Content-Length: {len(body)}")
        return self.send("\r\n".join([*head, *lines, "", ""]).encode("latin-1") + body)

    def get(self, target: str, *lines: str, **options):
        return self.ask("GET", target, *lines, **options)

    def post(self, target: str, body: bytes, *lines: str, **options):
        return self.ask("POST", target, *lines, body=body, **options)

    def chunk(self, octets: bytes):
        return self.send(b"%x\r\n%s\r\n" % (len(octets), octets))

    def half_close(self):
        self.socket.shutdown(socket.SHUT_WR)
        return self

    def reset(self):
        """Closes with RST instead of FIN."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()

    def close(self):
        self.socket.close()

    # Reading

    def answer(self, method: str = "GET") -> Answer:
        """The next final response with its whole content; raises `Cut` when the connection ends within."""
        interim = []
        while (answer := self.head()).status < 200 and answer.status != 101:
            interim.append(answer)
        answer.interim = interim
        if method != "HEAD" and answer.status not in (101, 204, 304):
            self._content(answer)
        return answer

    def head(self) -> Answer:
        """The next head, of an interim or a final response."""
        version, status, *reason = self._line().decode("latin-1").split(" ", 2)
        assert version.startswith("HTTP/1."), version
        return Answer(version, int(status), "".join(reason), self._fields())

    def _fields(self) -> list[tuple[str, str]]:
        fields = []
        while line := self._line().decode("latin-1"):
            name, value = line.split(":", 1)
            fields.append((name, value.strip()))
        return fields

    def _content(self, answer: Answer):
        fields = answer.fields
        if "content-length" in fields:
            answer.body = self.read(int(fields["content-length"]))
        elif fields.get("transfer-encoding") == "chunked":
            answer.body = b"".join(self.chunks(answer))
        else:
            answer.body = self.rest()

    def chunks(self, answer: Answer | None = None):
        """The chunks as the server made them; trailers go to `answer`."""
        while size := int(self._line().split(b";")[0], 16):
            yield self.read(size)
            assert self.read(2) == b"\r\n"
        trailers = self._fields()
        if answer is not None:
            answer.trailers = trailers

    def rest(self) -> bytes:
        """Everything until the connection ends."""
        kind, octets = self.fate(10)
        assert kind == CLOSED, kind
        return octets

    def read(self, count: int) -> bytes:
        pieces, missing = [], count
        while missing > len(self.buffer):
            pieces.append(self.buffer)
            missing -= len(self.buffer)
            self.buffer = b""
            self._more()
        octets, self.buffer = self.buffer[:missing], self.buffer[missing:]
        return b"".join([*pieces, octets])

    def _line(self) -> bytes:
        while b"\r\n" not in self.buffer:
            self._more()
        line, self.buffer = self.buffer.split(b"\r\n", 1)
        return line

    def _more(self):
        try:
            octets = self.socket.recv(65536)
        except ConnectionResetError:
            octets = b""
        if not octets:
            raise Cut(self.buffer)
        self.buffer += octets

    # How the connection stands

    def fate(self, seconds: float) -> tuple[str, bytes]:
        """Reads until the connection ends or the time is over: `open`, `closed` or `reset`, and what came."""
        end, pieces, kind = time.monotonic() + seconds, [self.buffer], OPEN
        self.buffer = b""
        while kind == OPEN and (left := end - time.monotonic()) > 0:
            self.socket.settimeout(left)
            try:
                octets = self.socket.recv(1 << 20)
                kind = OPEN if octets else CLOSED
                pieces.append(octets)
            except TimeoutError:
                break
            except OSError:
                kind = RESET
        return kind, b"".join(pieces)

    def ends(self, seconds: float = 5) -> bool:
        """Whether the connection ends within the time, whatever comes before."""
        return self.fate(seconds)[0] != OPEN

    def push(self, octets: bytes, seconds: float) -> int:
        """Sends until all is sent, the time is over, or the connection ends; how many bytes the kernel took."""
        end, sent, view = time.monotonic() + seconds, 0, memoryview(octets)
        while sent < len(octets) and (left := end - time.monotonic()) > 0:
            self.socket.settimeout(left)
            try:
                sent += self.socket.send(view[sent : sent + 65536])
            except OSError:
                break
        return sent


def ask(address, method: str, target: str, *lines: str, body: bytes = b"", timeout: float = 10) -> Answer:
    """One request on a connection of its own."""
    with Wire(address, timeout) as wire:
        return wire.ask(method, target, "Connection: close", *lines, body=body).answer(method)


def get(address, target: str, *lines: str, timeout: float = 10) -> Answer:
    return ask(address, "GET", target, *lines, timeout=timeout)
