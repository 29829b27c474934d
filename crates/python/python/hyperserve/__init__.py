"""A web server that is safe by default and fast: any ASGI application, on a core of Rust."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ._core import __version__

if TYPE_CHECKING:
    from ._loop import Loop
    from ._run import run
    from .server import Server

__all__ = ["Loop", "Server", "__version__", "run"]


def __getattr__(name: str) -> Any:
    # Imported when asked for: a worker starts faster, and is smaller, without what it does not use.
    if name == "Loop":
        from ._loop import Loop

        return Loop
    if name == "Server":
        from .server import Server

        return Server
    if name == "run":
        from ._run import run

        return run
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
