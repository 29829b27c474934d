"""The server's runtime on a loop that is not ours."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from . import _core

#: Seconds after which a turn is followed by another, for what came in the moment between two looks.
SOON = 0.005
#: Seconds between turns while connections are open: for their deadlines, and for what came within the last turn.
COARSE = 0.025


class Guest:
    """Gives the runtime its turns: when one of its sockets has an event, and for the deadlines of its connections."""

    def __init__(self, loop: asyncio.AbstractEventLoop, is_active: Callable[[], bool]) -> None:
        """``is_active`` tells whether there are deadlines to keep."""
        self._is_active = is_active
        self.runtime = _core.Guest()
        self._loop = loop
        self._timer: asyncio.TimerHandle | None = None
        loop.add_reader(self.runtime.fileno(), self._on_event)
        loop.call_soon(self._on_timer)

    def close(self) -> None:
        """End everything on the runtime."""
        self._loop.remove_reader(self.runtime.fileno())
        if self._timer is not None:
            self._timer.cancel()
        self.runtime.close()

    def _on_event(self) -> None:
        self.runtime.turn()
        if self._timer is None:
            self._timer = self._loop.call_later(SOON, self._on_timer)

    def _on_timer(self) -> None:
        self._timer = None
        if self.runtime.turn():
            self._timer = self._loop.call_later(SOON, self._on_timer)
        elif self._is_active():
            self._timer = self._loop.call_later(COARSE, self._on_timer)
