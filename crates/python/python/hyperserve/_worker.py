"""One process that serves: the only one, or a worker of the supervisor."""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import signal
import sys
import traceback
from collections.abc import Callable
from typing import Any

from . import _core, _logging
from ._import import ImportFailed, load
from ._lifespan import LifespanFailed
from .server import Server

logger = logging.getLogger("hyperserve.error")

#: The application could not be imported, or could not start.
CANNOT_START = 3


def main(options: _core.Options, control: Any = None) -> int:
    """Serve until the process is told to stop; the result is its exit code."""
    _logging.start(options)
    try:
        application = _application(options)
    except ImportFailed as error:
        _tell(str(error))
        return _exit(control)
    except Exception:
        # The frames of the import machinery and of this package say nothing about the application.
        _tell_traceback()
        return _exit(control)
    if options.is_on("gc_freeze"):
        gc.collect()
        gc.freeze()
    try:
        server = Server._of(application, options, control)
    except (OSError, ValueError) as error:
        _tell(str(error))
        return 1
    with asyncio.Runner(loop_factory=loop_factory(options.get("loop"))) as runner:
        return runner.run(_serve(server, options, control))


def _application(options: _core.Options) -> Any:
    given = options.application
    if given is not None:
        return given() if options.is_on("factory") else given
    return load(options.get("app"), options.get("app_dir"), options.is_on("factory"))


def loop_factory(name: str) -> Callable[[], asyncio.AbstractEventLoop]:
    """What makes the event loop of this name: ``auto``, ``hyperserve``, ``asyncio`` or ``uvloop``."""
    if name == "asyncio":
        return asyncio.SelectorEventLoop
    if name == "uvloop":
        try:
            import uvloop
        except ModuleNotFoundError:
            _tell("--loop uvloop: uvloop is not installed; install hyperserve[uvloop], or leave the flag away")
            raise SystemExit(1) from None
        return uvloop.new_event_loop
    from ._loop import Loop

    return Loop


async def _serve(server: Server, options: _core.Options, control: Any) -> int:
    loop = asyncio.get_running_loop()
    signals = 0

    def on_signal() -> None:
        nonlocal signals
        signals += 1
        if signals == 1:
            server.stop()
        else:
            server.force()

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, on_signal)
        # sse-starlette looks here for the server, to end its streams; the loop hears of the signal all the same.
        signal.signal(number, server._heed)
    # With a supervisor it is the supervisor's: a new worker reads the certificates anew.
    loop.add_signal_handler(signal.SIGHUP, server.reload if control is None else lambda: None)

    def ready() -> None:
        if control is None:
            for url in server.urls:
                print(f"listening on {url}", flush=True)
            for url in server.health_urls:
                print(f"probes on {url}", flush=True)
            for url in server.metrics_urls:
                print(f"metrics on {url}", flush=True)
            server._announce()

    try:
        clean = await server.serve(ready)
    except LifespanFailed as error:
        _tell(str(error))
        return _exit(control)
    if server.cut or server.unfinished:
        logger.warning(
            "cut at the deadline of the drain: %d connections, %d requests", server.cut, server.unfinished
        )
    # From here on there is nothing left to stop: a signal that comes while the loop closes must not change the outcome.
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGINT})
    return 0 if clean else 1


def _exit(control: Any) -> int:
    """The supervisor is told by the code that another start would fail as well."""
    return 1 if control is None else CANNOT_START


def _tell(sentence: str) -> None:
    print(f"hyperserve: {sentence}", file=sys.stderr, flush=True)


def _tell_traceback() -> None:
    """The traceback from the application's first frame on."""
    kind, error, frames = sys.exc_info()
    here = os.path.dirname(__file__)
    while frames is not None and _is_machinery(frames.tb_frame.f_code.co_filename, here):
        frames = frames.tb_next
    _tell("the application cannot be imported:")
    traceback.print_exception(kind, error, frames)


def _is_machinery(filename: str, here: str) -> bool:
    return filename.startswith((here, "<frozen")) or os.path.join("importlib", "__init__") in filename


def raise_(error: BaseException) -> None:
    """Raise in a callback of the loop, which ends the loop when the error ends a program."""
    raise error
