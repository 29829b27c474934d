"""An application that starts when it is let, and can hold its thread."""

import asyncio
import os
import time

from harness.asgi import Routes, answer, number


async def started_by_file(scope, receive, send):
    """Starts once there is the file that GO names, if it does."""
    while (message := await receive())["type"] != "lifespan.shutdown":
        while (file := os.environ.get("GO")) and not os.path.exists(file):
            await asyncio.sleep(0.02)
        await send({"type": message["type"] + ".complete"})
    await asyncio.sleep(float(os.environ.get("FAREWELL", "0")))
    await send({"type": "lifespan.shutdown.complete"})


async def fails(scope, receive, send):
    await receive()
    await send({"type": "lifespan.startup.failed", "message": "no database today"})


app, failing = Routes(started_by_file), Routes(fails)


@app.route
async def block(scope, receive, send):
    """Nothing else runs meanwhile."""
    time.sleep(number(scope, "ms") / 1000)
    await answer(send, b"blocked")


@app.route
async def sleep(scope, receive, send):
    await asyncio.sleep(number(scope, "ms") / 1000)
    await answer(send, b"slept")


@app.route
async def socket(scope, receive, send):
    """A WebSocket, until its client has gone."""
    await receive()
    await send({"type": "websocket.accept"})
    await receive()


@app.route
async def path(scope, receive, send):
    """What the path is, as the application sees it."""
    await answer(send, scope["path"].encode())
