"""Applications with every sort of lifespan. What happens is written to the file that JOURNAL names, a line each."""

import asyncio
import contextvars
import os

from harness.asgi import Routes, answer, number

setting = contextvars.ContextVar("setting", default="unset")


def write(line: str):
    with open(os.environ["JOURNAL"], "a") as journal:
        print(line, file=journal)


async def whole(scope, receive, send):
    """Start, state, end."""
    assert (await receive())["type"] == "lifespan.startup"
    write(repr({name: value for name, value in scope.items() if name != "state"}))
    setting.set("by the lifespan")
    scope["state"].update(number=1, shared=[])
    await asyncio.sleep(0.05)
    await send({"type": "lifespan.startup.complete"})
    assert (await receive())["type"] == "lifespan.shutdown"
    await asyncio.sleep(0.05)
    write("shutdown")
    await send({"type": "lifespan.shutdown.complete"})


app = Routes(whole)


@app.route
async def state(scope, receive, send):
    """The state, changed by each request."""
    shown = f"{scope['state'].get('number')} {len(scope['state']['shared'])} {sorted(scope['state'])}"
    scope["state"]["number"] = 2
    scope["state"]["own"] = True
    scope["state"]["shared"].append(1)
    await answer(send, shown.encode())


@app.route
async def context(scope, receive, send):
    await answer(send, setting.get().encode())


@app.route
async def slow(scope, receive, send):
    write("begun")
    await asyncio.sleep(number(scope, "ms") / 1000)
    await answer(send, b"slow")
    write("answered")


async def _raises(scope, receive, send):
    raise RuntimeError("this application has no lifespan")


async def _raises_after_startup(scope, receive, send):
    await receive()
    await send({"type": "lifespan.startup.complete"})
    raise RuntimeError("lost after the start")


async def _returns(scope, receive, send):
    await receive()


async def _fails(scope, receive, send):
    await receive()
    await send({"type": "lifespan.startup.failed", "message": "no database today"})


async def _fails_to_end(scope, receive, send):
    await receive()
    await send({"type": "lifespan.startup.complete"})
    await receive()
    await send({"type": "lifespan.shutdown.failed", "message": "could not say goodbye"})


async def _raises_at_end(scope, receive, send):
    await receive()
    await send({"type": "lifespan.startup.complete"})
    await receive()
    raise RuntimeError("lost at the end")


async def _slow_start(scope, receive, send):
    await receive()
    write("starting")
    await asyncio.sleep(0.7)
    write("started")
    await send({"type": "lifespan.startup.complete"})
    await receive()
    await send({"type": "lifespan.shutdown.complete"})


raises, raises_after_startup, returns = Routes(_raises), Routes(_raises_after_startup), Routes(_returns)
fails, fails_to_end, raises_at_end = Routes(_fails), Routes(_fails_to_end), Routes(_raises_at_end)
slow_start = Routes(_slow_start)
