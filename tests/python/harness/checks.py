"""Checks that run inside a request of the server under test, and how they see themselves.

A module of checks holds

    check = Table()

    @check
    async def what_holds(scope): assert …

and `Table.names` is what a test is parametrised with. A check whose name begins with `_` is a helper that others ask
for over the server's own socket with `ask_self`.
"""

import asyncio
import importlib
import json
import traceback

from harness.asgi import Routes, answer, read


class Skip(Exception):
    """The check does not apply to this loop or this Python."""


class Table(dict):
    """Checks by name."""

    def __call__(self, function):
        self[function.__name__] = function
        return function

    @property
    def names(self) -> list[str]:
        return [name for name in self if not name.startswith("_")]


def table_of(module: str) -> Table:
    return importlib.import_module(f"semantics.checks.{module}").check


def application(modules) -> Routes:
    """GET /first/MODULE/NAME runs a check at once, so that all of it may happen within the request's first step; /later/…
    has suspended before; POST /body/… has read the body before."""
    app = Routes()

    @app.route
    async def first(scope, receive, send):
        await run(scope, send)

    @app.route
    async def later(scope, receive, send):
        await asyncio.sleep(0)
        await asyncio.sleep(0.001)
        await run(scope, send)

    @app.route
    async def body(scope, receive, send):
        assert await read(receive) == b"body"
        await run(scope, send)

    async def run(scope, send):
        _, _, module, name = scope["path"].split("/")
        verdict = await judge(tables[module][name], scope)
        await answer(send, json.dumps(verdict).encode())

    tables = {module: table_of(module) for module in modules}
    return app


async def judge(check, scope) -> list[str]:
    """`["ok"]`, `["skip", why]`, or `["failed", traceback]`. No timeout stands around it: that would touch the task."""
    try:
        await check(scope)
    except Skip as skip:
        return ["skip", str(skip)]
    except Exception:
        return ["failed", traceback.format_exc()]
    return ["ok"]


async def ask_self(scope, target: str) -> bytes:
    """The body of a GET to this very server, through the loop's own streams."""
    reader, writer = await asyncio.open_connection(*scope["server"])
    writer.write(f"GET {target} HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n".encode())
    whole = await reader.read()
    writer.close()
    head, _, body = whole.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200"), head
    return body


async def ask_helper(scope, module: str, name: str, when: str = "first"):
    """Runs the helper `_name` of a module of checks in a request of its own."""
    verdict = json.loads(await ask_self(scope, f"/{when}/{module}/{name}"))
    assert verdict == ["ok"], verdict


def is_uvloop() -> bool:
    return type(asyncio.get_running_loop()).__module__.startswith("uvloop")


async def until(condition, seconds: float = 5):
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.005)
