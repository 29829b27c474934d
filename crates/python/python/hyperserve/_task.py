"""The task of a request, which is initialised when somebody needs it (see the crate's ``task`` module)."""

from __future__ import annotations

import asyncio
import collections.abc
import functools
from typing import Any

from . import _core

# What asyncio takes for a coroutine.
collections.abc.Coroutine.register(_core.Resume)
collections.abc.Coroutine.register(_core.Waiting)
collections.abc.Coroutine.register(_core.Done)

_realize = _core.realize


def _initialised(name: str) -> Any:
    """The method of ``asyncio.Task``, after the task has been initialised."""
    method = getattr(asyncio.Task, name)

    @functools.wraps(method)
    def call(self: LateTask, *args: Any, **options: Any) -> Any:
        _realize(self)
        return method(self, *args, **options)

    return call


class LateTask(asyncio.Task):  # type: ignore[type-arg]
    """An ``asyncio.Task`` that may not have been initialised: every method sees to that first."""

    # As asyncio's own, it takes no attributes: one that was not used is used for the next request.
    __slots__ = ()


_METHODS = (
    "add_done_callback",
    "remove_done_callback",
    "cancel",
    "cancelled",
    "cancelling",
    "uncancel",
    "done",
    "exception",
    "get_context",
    "get_coro",
    "get_loop",
    "get_name",
    "get_stack",
    "print_stack",
    "result",
    "set_name",
    "__repr__",
    "__await__",
    "__iter__",
)

for _name in _METHODS:
    if hasattr(asyncio.Task, _name):
        setattr(LateTask, _name, _initialised(_name))

LateTask.__name__ = "Task"
LateTask.__qualname__ = "Task"
LateTask.__module__ = "asyncio"


class Captured:
    """Stands in for ``call_soon`` of a loop that is not ours, while a task is initialised."""

    __slots__ = ("step",)

    def __init__(self) -> None:
        self.step: Any = None

    def __call__(self, callback: Any, *args: Any, context: Any = None) -> None:
        self.step = callback
