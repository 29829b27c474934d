"""The application as ASGI sees it, and its threads."""

from __future__ import annotations

import asyncio
import threading
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any

from .bell import Bell
from .call import Call
from .environment import Environments
from .exchange import Exchange
from .input import begin

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication


class WSGI:
    """An ASGI 3 application that calls a WSGI application on up to ``threads`` threads of its own.

    Requests beyond that wait for a thread. The threads are started when they are needed.
    """

    def __init__(self, application: WSGIApplication, threads: int = 40) -> None:
        if threads < 1:
            raise ValueError(f"a WSGI application needs a thread at least, got {threads}")
        self._application = application
        self._limit = threads
        self._calls: SimpleQueue[Call | None] = SimpleQueue()
        self._threads = 0
        self._bell: Bell | None = None
        self._environments = Environments()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        kind = scope["type"]
        if kind == "http":
            await self._answer(scope, receive, send)
        elif kind == "lifespan":
            await self._live(receive, send)
        elif kind == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": 1000})
        else:
            raise ValueError(f"a WSGI application has no answer to an ASGI scope of the type {kind!r}")

    def close(self) -> None:
        """End the threads, each after the request that it is at."""
        for _ in range(self._threads):
            self._calls.put(None)
        self._threads = 0

    async def _live(self, receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        self.close()
        await send({"type": "lifespan.shutdown.complete"})

    async def _answer(self, scope: Any, receive: Any, send: Any) -> None:
        loop = asyncio.get_running_loop()
        bell = self._bell
        if bell is None or bell.loop is not loop:
            bell = self._bell = Bell(loop)
        environment = self._environments.of(scope)
        exchange = Exchange(bell)
        environment["wsgi.input"] = body = await begin(environment, exchange, receive)
        if body is None:
            return
        if bell.begun() > self._threads and self._threads < self._limit:
            self._start_thread()
        self._calls.put(Call(self._application, environment, exchange))
        try:
            await exchange.converse(receive, send)
        finally:
            exchange.abandon()

    def _start_thread(self) -> None:
        # A thread that hangs in the application must not hold up the end of the process.
        name = f"hyperserve-wsgi-{self._threads}"
        threading.Thread(target=_work, args=(self._calls,), name=name, daemon=True).start()
        self._threads += 1


def _work(calls: SimpleQueue[Call | None]) -> None:
    while True:
        call = calls.get()
        if call is None:
            return
        call.context.run(call.run)
        # Nothing of a request stays while the thread waits for the next.
        del call
