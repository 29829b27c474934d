"""The lifespan of an application: its start-up before the first request, its shutdown after the last."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

logger = logging.getLogger("hyperserve.error")


class LifespanFailed(Exception):
    """The application could not start; its log says why."""


class Lifespan:
    """Runs ``application`` with a lifespan scope, in one task from start to end.

    ``mode`` is ``on`` (the application must support it), ``off`` or ``auto`` (an application that raises before it has
    said that its start-up is complete does without).
    """

    def __init__(self, application: Any, mode: str) -> None:
        self._application = application
        self._mode = mode
        self._scope: dict[str, Any] = {
            "type": "lifespan",
            "asgi": {"version": "3.0", "spec_version": "2.0"},
            "state": {},
        }
        self._events: asyncio.Queue[dict[str, str]] = asyncio.Queue()
        self._started = asyncio.Event()
        self._ended = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._failure: str | None = None
        self._supported = True

    @property
    def state(self) -> dict[str, Any]:
        """What the application left for its requests; each has a copy."""
        return self._scope["state"]  # type: ignore[no-any-return]

    async def startup(self) -> None:
        """Wait for ``lifespan.startup.complete``.

        Raises :class:`LifespanFailed` when the application says or shows that it cannot start.
        """
        if self._mode == "off":
            return
        self._events.put_nowait({"type": "lifespan.startup"})
        self._task = asyncio.get_running_loop().create_task(self._run(), name="lifespan")
        await self._started.wait()
        if self._failure is not None:
            raise LifespanFailed(self._failure)

    async def shutdown(self) -> bool:
        """Wait for ``lifespan.shutdown.complete``; false when the application failed."""
        if self._task is None or not self._supported:
            return True
        self._events.put_nowait({"type": "lifespan.shutdown"})
        await self._ended.wait()
        if self._failure is None:
            await asyncio.gather(self._task, return_exceptions=True)
        return self._failure is None

    async def _run(self) -> None:
        try:
            await self._application(self._scope, self._events.get, self._send)
        except BaseException as error:
            self._judge(error)
            if not isinstance(error, Exception):
                raise
        finally:
            self._started.set()
            self._ended.set()

    def _judge(self, error: BaseException) -> None:
        """What the application raised is a failure, unless it merely does not know of lifespans."""
        if self._failure is not None:
            return
        if self._started.is_set():
            # Requests are served all the same, and the application hears of nothing more.
            logger.error("Exception in the application's lifespan", exc_info=error)
            self._supported = False
        elif self._mode == "auto":
            self._supported = False
            logger.debug("the application does without a lifespan (%s)", type(error).__name__)
        else:
            logger.error("Exception in the application's start-up", exc_info=error)
            self._failure = "the application's start-up failed"

    async def _send(self, message: dict[str, Any]) -> None:
        kind = message["type"]
        if kind == "lifespan.startup.complete":
            self._started.set()
        elif kind == "lifespan.startup.failed":
            self._failure = self._told("start-up", message)
            self._started.set()
        elif kind == "lifespan.shutdown.complete":
            self._ended.set()
        elif kind == "lifespan.shutdown.failed":
            self._failure = self._told("shutdown", message)
            logger.error("%s", self._failure)
            self._ended.set()
        else:
            raise RuntimeError(f"unexpected ASGI message {kind!r} in a lifespan")

    @staticmethod
    def _told(what: str, message: dict[str, Any]) -> str:
        told = message.get("message", "")
        return f"the application's {what} failed" + (f": {told}" if told else "")
