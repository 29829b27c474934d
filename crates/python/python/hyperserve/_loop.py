"""The event loop of a worker: asyncio's own, with its queue, timers and waiting in Rust."""

from __future__ import annotations

import asyncio
import selectors
import signal
import socket
import threading
from typing import Any

from . import _core


class Loop(_core.LoopCore, asyncio.SelectorEventLoop):  # type: ignore[misc]
    """``asyncio.SelectorEventLoop`` on the runtime that serves the connections.

    Use it as any other loop: ``asyncio.Runner(loop_factory=hyperserve.Loop)``.
    """

    # What the base class has beside its documented attributes.
    _csock: socket.socket
    _scheduled: list[Any]
    _signal_handlers: dict[int, asyncio.Handle]

    def __init__(self) -> None:
        asyncio.SelectorEventLoop.__init__(self, selectors.DefaultSelector())
        # Code of the base class appends its handles here.
        self._ready = self._ready_queue()
        self._scheduled = []

    def run_forever(self) -> None:
        """Run until :meth:`stop` is called."""
        self._check_closed()  # type: ignore[attr-defined]
        self._check_running()  # type: ignore[attr-defined]
        # A signal must wake the runtime: its handler runs in the next round.
        watched = threading.current_thread() is threading.main_thread()
        before = signal.set_wakeup_fd(self._csock.fileno(), warn_on_full_buffer=False) if watched else -1
        try:
            super().run_forever()
        finally:
            if watched and not self._signal_handlers:
                signal.set_wakeup_fd(before)

    def stop(self) -> None:
        """Stop after the callbacks of this round."""
        super().stop()
        self._request_stop()

    def set_debug(self, enabled: bool) -> None:
        """Turn asyncio's debug mode on or off."""
        super().set_debug(enabled)
        self._set_core_debug(enabled)

    def close(self) -> None:
        """Close the loop, which must not be running."""
        if self.is_running():
            raise RuntimeError("Cannot close a running event loop")
        if not self.is_closed():
            # Connections end before the selector they may use.
            self._close_core()
        super().close()

    def _timer_handle_cancelled(self, handle: Any) -> None:
        """Timers count themselves."""

    def _write_to_self(self) -> None:
        """``call_soon_threadsafe`` wakes the runtime itself."""
