"""Which protocol an application speaks."""

from __future__ import annotations

import inspect
from typing import Any

from . import _core


def adapt(application: Any, options: _core.Options) -> Any:
    """The application as ASGI 3, by the option ``interface``: ``auto``, ``asgi3`` or ``wsgi``."""
    interface = options.get("interface")
    if interface == "wsgi":
        from ._wsgi import WSGI

        return WSGI(application, options.number("wsgi_threads"))
    if interface == "auto" and _is_asgi2(application):
        return _asgi2(application)
    return application


def _is_asgi2(application: Any) -> bool:
    """ASGI 2 is called with the scope alone, as a class or a function that returns a coroutine function."""
    if inspect.isclass(application):
        return hasattr(application, "__call__") and "scope" in _parameters(application.__init__)
    call = application if inspect.isfunction(application) else getattr(application, "__call__", application)
    if inspect.iscoroutinefunction(call):
        return False
    return len(_parameters(call)) == 1


def _parameters(function: Any) -> list[str]:
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):
        return []
    needed = [
        name
        for name, parameter in signature.parameters.items()
        if name != "self" and parameter.kind in (parameter.POSITIONAL_ONLY, parameter.POSITIONAL_OR_KEYWORD)
    ]
    return needed


def _asgi2(application: Any) -> Any:
    async def call(scope: Any, receive: Any, send: Any) -> None:
        await application(scope)(receive, send)

    return call
