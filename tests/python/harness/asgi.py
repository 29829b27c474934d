"""The kit of the applications: an ASGI app that is a table of functions, and a notebook that tests can read.

    app = Routes()

    @app.route
    async def hello(scope, receive, send):          # GET /hello, /hello/…
        await answer(send, b"hello")

`app.note(key, value)` writes down what the application saw, and GET /notes/KEY gives the list as JSON; values that JSON
has no form for are noted as `repr`. GET /ready answers `ok`.
"""

import json

START, BODY, REQUEST, DISCONNECT = "http.response.start", "http.response.body", "http.request", "http.disconnect"


class Routes:
    """`lifespan(scope, receive, send)` is called for the lifespan; without one, start and end are acknowledged."""

    def __init__(self, lifespan=None):
        self.table, self.notes = {}, {}
        self.lifespan = lifespan or acknowledge
        self.route(self.ready)
        self.table["notes"] = self.notebook

    def route(self, function):
        self.table[function.__name__.replace("_", "-")] = function
        return function

    def note(self, key: str, value):
        self.notes.setdefault(key, []).append(value)

    async def __call__(self, scope, receive, send):
        if scope["type"] == "lifespan":
            return await self.lifespan(scope, receive, send)
        await self.table[scope["path"].split("/")[1]](scope, receive, send)

    async def ready(self, scope, receive, send):
        await answer(send, b"ok")

    async def notebook(self, scope, receive, send):
        key = scope["path"].removeprefix("/notes/")
        await answer(send, json.dumps(self.notes.get(key, []), default=repr).encode())


async def acknowledge(scope, receive, send):
    """The lifespan of an application that has nothing to do in it."""
    while (message := await receive())["type"] != "lifespan.shutdown":
        await send({"type": message["type"] + ".complete"})
    await send({"type": "lifespan.shutdown.complete"})


async def start(send, status: int = 200, headers=(), **more):
    await send({"type": START, "status": status, "headers": list(headers), **more})


async def piece(send, octets: bytes, more: bool = True):
    await send({"type": BODY, "body": octets, "more_body": more})


async def answer(send, octets: bytes, status: int = 200, headers=()):
    """A whole response with its length."""
    await start(send, status, [(b"content-length", str(len(octets)).encode()), *headers])
    await send({"type": BODY, "body": octets})


async def read(receive) -> bytes:
    """The whole body of the request."""
    return b"".join([octets async for octets in pieces(receive)])


async def pieces(receive):
    """The body as it comes; ends early when the client does."""
    more = True
    while more:
        message = await receive()
        if message["type"] == DISCONNECT:
            raise ConnectionError("the client left")
        yield message.get("body", b"")
        more = message.get("more_body", False)


def number(scope, name: str, default: int = 0) -> int:
    """`name=NUMBER` of the query."""
    pairs = dict(pair.split("=", 1) for pair in scope["query_string"].decode().split("&") if "=" in pair)
    return int(pairs.get(name, default))
