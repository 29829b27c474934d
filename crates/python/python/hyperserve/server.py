"""The server, to run in an event loop that is there already."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from . import _core
from ._guest import Guest
from ._interface import adapt
from ._lifespan import Lifespan


class Server:
    """Serves one application on the running loop.

    ``application`` is an ASGI 3 application (or WSGI with ``interface="wsgi"``); ``options`` are those of the command,
    by their names there. Signals are the caller's::

        server = Server(app, port=8080)
        task = asyncio.create_task(server.serve())
        ...
        server.stop()
        await task

    The addresses are open from the start, and connections wait until :meth:`serve` runs.

    Raises ``ValueError`` for options that are wrong, and ``OSError`` when an address cannot be opened.
    """

    def __init__(self, application: Any, **options: Any) -> None:
        self._begin(application, _core.Options.from_dict(options))

    @classmethod
    def _of(cls, application: Any, options: _core.Options, control: _core.Control | None = None) -> Server:
        server = cls.__new__(cls)
        server._begin(application, options, control)
        return server

    def _begin(
        self, application: Any, options: _core.Options, control: _core.Control | None = None
    ) -> None:
        self._options = options
        self._application = adapt(application, options)
        self._control = control
        self._engine = _core.Engine(options, control)
        self._runtime: _core.Guest | None = None
        self._stopping = False
        #: Connections that were cut at the deadline, and requests that were not finished by then.
        self.cut = 0
        self.unfinished = 0

    @property
    def urls(self) -> list[str]:
        """What is listened on; port 0 has become a real port."""
        return self._engine.urls

    @property
    def health_urls(self) -> list[str]:
        """Where probes are answered, with ``health_listen``: not ready before :meth:`serve`, and alive to its end."""
        return self._engine.health_urls

    @property
    def metrics_urls(self) -> list[str]:
        """Where the page of counters is, with ``metrics``, from the start to the end of :meth:`serve`."""
        return self._engine.metrics_urls

    @property
    def connections(self) -> int:
        """How many connections are open."""
        return self._engine.connections

    async def serve(self, ready: Callable[[], object] | None = None) -> bool:
        """Start the application, serve until :meth:`stop`, drain, and let the application shut down.

        ``ready`` is called once connections are served. False when the application's shutdown failed.

        Raises ``LifespanFailed`` when the application cannot start.
        """
        try:
            return await self._serve(ready)
        finally:
            self._engine.close()

    async def _serve(self, ready: Callable[[], object] | None) -> bool:
        loop = asyncio.get_running_loop()
        lifespan = Lifespan(self._application, self._options.get("lifespan"))
        await lifespan.startup()
        ended: asyncio.Future[None] = loop.create_future()

        def on_end(cut: int, unfinished: int) -> None:
            self.cut, self.unfinished = cut, unfinished
            if not ended.done():
                ended.set_result(None)

        guest = None if isinstance(loop, _core.LoopCore) else Guest(loop, self._is_active)
        runtime = None if guest is None else guest.runtime
        self._engine.start(self._application, loop, runtime, lifespan.state, self._on_limit, on_end)
        if self._stopping:
            self._engine.stop()
        self._runtime = runtime
        if self._control is not None:
            self._engine.attend(self._control, runtime)
            self._control.ready()
        if ready is not None:
            ready()
        try:
            await ended
        except asyncio.CancelledError:
            self._engine.force()
            raise
        finally:
            if guest is not None:
                guest.close()
        return await lifespan.shutdown()

    def _announce(self) -> None:
        """Tell the service manager, if there is one."""
        self._engine.announce(self._runtime)

    def _is_active(self) -> bool:
        # A client that came while the runtime looked at its sockets for the last time would wait for the next.
        return self._stopping or self.connections > 0 or self._engine.has_callers()

    def _on_limit(self) -> None:
        """As many requests have come as this process is to take."""
        if self._control is None:
            self.stop()
        else:
            # The supervisor has another ready before it stops this one.
            self._control.bye("max-requests")

    def stop(self) -> None:
        """Begin the drain: no new connections, and :meth:`serve` ends when the requests under way have."""
        self._stopping = True
        self._engine.stop()

    def force(self) -> None:
        """Cut what is open."""
        self._stopping = True
        self._engine.force()

    @property
    def should_exit(self) -> bool:
        """Whether the server has been told to stop, under the name that streams of events look for."""
        return self._stopping

    def _heed(self, number: int, frame: object) -> None:
        """The loop learns of a signal by its descriptor; nothing is to be done in the handler."""

    def reload(self) -> None:
        """Read the certificates again."""
        self._engine.reload()
