"""One request and its response, between the event loop and a thread."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

from .bell import Bell

#: Bytes that may wait for the client before the thread waits too.
HIGH = 64 * 1024


class ClientGone(ConnectionResetError):
    """The client is gone: its request has no more to read, and its response nobody to read it."""


class Exchange:
    """What the thread has for the client, and what it wants of it.

    A field is written by one side alone, or with the bell's lock held.
    """

    __slots__ = (
        "_awake",
        "_bell",
        "_chunks",
        "_done",
        "_ended",
        "_error",
        "_gate",
        "_gone",
        "_held",
        "_piece",
        "_size",
        "_waiter",
        "_wants",
        "start",
    )

    def __init__(self, bell: Bell) -> None:
        self._bell = bell
        #: ``http.response.start``; it may be replaced until something of the body is put in.
        self.start: dict[str, Any] | None = None
        self._chunks: list[bytes] = []
        self._size = 0
        self._ended = False
        self._done = False
        self._error: BaseException | None = None
        # The thread waits at the gate, for a piece of the request's body or for room.
        self._gate: threading.Lock | None = None
        self._held = False
        self._wants = False
        self._piece: dict[str, Any] | None = None
        # The client, or whoever ran the coroutine, is gone.
        self._gone = False
        self._waiter: asyncio.Future[None] | None = None
        self._awake = False

    # On the loop's thread

    def wake(self) -> None:
        """The thread has something to say."""
        self._awake = True
        waiter = self._waiter
        if waiter is not None and not waiter.done():
            waiter.set_result(None)

    async def converse(self, receive: Any, send: Any) -> None:
        """Pass on what the thread says until it is done. The error that it ends with is raised here."""
        started = ended = False
        while True:
            if not self._awake:
                self._waiter = self._bell.loop.create_future()
                await self._waiter
                self._waiter = None
            self._awake = False
            with self._bell.lock:
                chunks, self._chunks, self._size = self._chunks, [], 0
                done, wants = self._done, self._wants
                is_last = self._ended and not ended
                if not wants:
                    self._let_go()
            if (chunks or is_last) and not self._gone:
                body = chunks[0] if len(chunks) == 1 else b"".join(chunks)
                try:
                    if not started:
                        started = True
                        await send(self.start)
                    if is_last:
                        ended = True
                        await send({"type": "http.response.body", "body": body})
                    else:
                        await send({"type": "http.response.body", "body": body, "more_body": True})
                except OSError:
                    self.abandon()
            if wants and not self._gone:
                self._hand_over(await receive())
            if done:
                self._raise_error()
                return

    def _hand_over(self, message: dict[str, Any]) -> None:
        with self._bell.lock:
            self._wants = False
            self._piece = message
            self._let_go()

    def _let_go(self) -> None:
        """With the lock held."""
        if self._held and self._gate is not None:
            self._held = False
            self._gate.release()

    def _raise_error(self) -> None:
        error, self._error = self._error, None
        try:
            if error is not None:
                raise error
        finally:
            del error  # its traceback holds this frame

    def abandon(self) -> None:
        """Nobody hears the thread any more; it ends at the next thing that it has to say."""
        with self._bell.lock:
            self._gone = True
            self._wants = False
            self._let_go()

    # On the other thread

    def put(self, chunk: bytes, ended: bool = False) -> None:
        """Send a part of the body, the last one if it has ``ended``. Waits while too much waits for the client.

        Raises :class:`ClientGone`.
        """
        bell = self._bell
        with bell.lock:
            if self._gone:
                raise ClientGone("the client is gone")
            self._chunks.append(chunk)
            self._size += len(chunk)
            self._ended = ended
            gate = self._hold() if self._size > HIGH else None
            alarm = bell.ring(self)
        if alarm:
            bell.schedule()
        if gate is not None:
            gate.acquire()

    def finish(self, last: bytes | None, error: BaseException | None) -> None:
        """The thread is done. ``last`` is the rest of the body, if that has not ended before."""
        bell = self._bell
        with bell.lock:
            if last is not None:
                self._chunks.append(last)
                self._ended = True
            self._done, self._error = True, error
            bell.active -= 1
            alarm = bell.ring(self)
        if alarm:
            bell.schedule()

    def read_piece(self) -> bytes:
        """The next piece of the request's body, waited for; empty at its end.

        Raises :class:`ClientGone`.
        """
        while self._piece is None or self._piece.get("more_body", False):
            self._ask()
            message = self._piece
            if message is None or message["type"] == "http.disconnect":
                raise ClientGone("the client is gone, and the rest of its request's body with it")
            piece: bytes = message.get("body", b"")
            if piece:
                return piece
        return b""

    def _ask(self) -> None:
        bell = self._bell
        with bell.lock:
            if self._gone:
                raise ClientGone("the client is gone")
            self._piece, self._wants = None, True
            gate = self._hold()
            alarm = bell.ring(self)
        if alarm:
            bell.schedule()
        gate.acquire()

    def _hold(self) -> threading.Lock:
        """Close the gate, with the lock held: the next to acquire it waits."""
        gate = self._gate
        if gate is None:
            gate = self._gate = threading.Lock()
            gate.acquire()
        self._held = True
        return gate
