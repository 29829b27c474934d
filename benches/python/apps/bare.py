"""An ASGI 3 application and nothing else: what is left of a request's cost is the server's, and Python's own."""

from __future__ import annotations

import asyncio
import json

TEXT = [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", b"13")]
HELLO = b"Hello, World!"


async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        return await lifespan(receive, send)
    await ROUTES.get(scope["path"], missing)(scope, receive, send)


async def plaintext(scope, receive, send):
    await send({"type": "http.response.start", "status": 200, "headers": TEXT})
    await send({"type": "http.response.body", "body": HELLO})


async def as_json(scope, receive, send):
    await answer(send, b"application/json", json.dumps({"message": "Hello, World!"}).encode())


async def echo(scope, receive, send):
    message = await receive()
    body = message["body"]
    while message.get("more_body"):
        message = await receive()
        body += message["body"]
    await answer(send, b"application/octet-stream", body)


async def sleep0(scope, receive, send):
    await asyncio.sleep(0)
    await plaintext(scope, receive, send)


async def sleep1ms(scope, receive, send):
    await asyncio.sleep(0.001)
    await plaintext(scope, receive, send)


async def missing(scope, receive, send):
    await send({"type": "http.response.start", "status": 404, "headers": [(b"content-length", b"0")]})
    await send({"type": "http.response.body", "body": b""})


async def answer(send, content_type, body):
    headers = [(b"content-type", content_type), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def lifespan(receive, send):
    while True:
        message = await receive()
        await send({"type": message["type"] + ".complete"})
        if message["type"] == "lifespan.shutdown":
            return


ROUTES = {"/plaintext": plaintext, "/json": as_json, "/echo": echo, "/sleep0": sleep0, "/sleep1ms": sleep1ms}
