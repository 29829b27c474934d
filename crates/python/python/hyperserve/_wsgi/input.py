"""``wsgi.input``: the body of a request, as a file."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

from .exchange import Exchange

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer
    from _typeshed.wsgi import InputStream, WSGIEnvironment

#: A body that says it is no longer than this has come before a thread is taken, so that slow clients take none.
AHEAD = 64 * 1024
#: What the application reads by the line is read from the body in pieces of this size, bytes.
BUFFER = 64 * 1024


async def begin(environment: WSGIEnvironment, exchange: Exchange, receive: Any) -> InputStream | None:
    """The body, as far as it is worth waiting for; None if the client is gone."""
    if not _may_have_body(environment):
        return io.BytesIO()
    if "HTTP_EXPECT" in environment:
        # Such a client sends its body once it is asked for.
        return io.BufferedReader(Body(exchange, b""), BUFFER)
    pieces: list[bytes] = []
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        pieces.append(message.get("body", b""))
        if not message.get("more_body", False):
            return io.BytesIO(pieces[0] if len(pieces) == 1 else b"".join(pieces))
        if not _is_short(environment):
            return io.BufferedReader(Body(exchange, b"".join(pieces)), BUFFER)


def _may_have_body(environment: WSGIEnvironment) -> bool:
    """In HTTP/1 a body has to be announced (RFC 9112 §6.3)."""
    return (
        "CONTENT_LENGTH" in environment
        or "HTTP_TRANSFER_ENCODING" in environment
        or not environment["SERVER_PROTOCOL"].startswith("HTTP/1")
    )


def _is_short(environment: WSGIEnvironment) -> bool:
    length: str = environment.get("CONTENT_LENGTH", "")
    return length.isdecimal() and int(length) <= AHEAD


class Body(io.RawIOBase):
    """The body of a request that is still on its way."""

    def __init__(self, exchange: Exchange, begun: bytes) -> None:
        self._exchange = exchange
        self._rest = memoryview(begun)
        self._ended = False

    def readable(self) -> bool:
        """Yes."""
        return True

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        """Read what has come, or wait for it; 0 at the end."""
        while not self._rest and not self._ended:
            piece = self._exchange.read_piece()
            self._ended = not piece
            self._rest = memoryview(piece)
        room = memoryview(buffer).cast("B")
        count = min(len(room), len(self._rest))
        room[:count] = self._rest[:count]
        self._rest = self._rest[count:]
        return count
