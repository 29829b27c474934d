"""How threads wake the event loop."""

from __future__ import annotations

import asyncio
import threading
from typing import Protocol


class Rings(Protocol):
    """What rings the bell."""

    def wake(self) -> None:
        """Look at what there is to do, on the loop's thread."""


class Bell:
    """Tells the loop's thread, once for all that rang since it last looked."""

    __slots__ = ("_rung", "_scheduled", "active", "lock", "loop")

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        #: Held while an exchange is looked into or changed, from either thread; never while anything waits.
        self.lock = threading.Lock()
        #: Exchanges with a thread, or waiting for one.
        self.active = 0
        self._rung: list[Rings] = []
        self._scheduled = False

    def begun(self) -> int:
        """Count an exchange in; the result is how many there are now."""
        with self.lock:
            self.active += 1
            return self.active

    def ring(self, exchange: Rings) -> bool:
        """With the lock held. When true, :meth:`schedule` is to be called without it."""
        self._rung.append(exchange)
        before, self._scheduled = self._scheduled, True
        return not before

    def schedule(self) -> None:
        try:
            self.loop.call_soon_threadsafe(self._answer)
        except RuntimeError:
            # The loop is closed: nobody is there to be told.
            pass

    def _answer(self) -> None:
        with self.lock:
            rung, self._rung = self._rung, []
            self._scheduled = False
        for exchange in rung:
            exchange.wake()
