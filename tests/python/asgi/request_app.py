"""What the application is given: the scope and the messages of receive(), told back to the client."""

import asyncio
import hashlib

from harness.asgi import DISCONNECT, Routes, answer, number, piece, pieces, read, start

app = Routes()
gates: dict[str, asyncio.Event] = {}


@app.route
async def scope(scope, receive, send):
    """The scope as a Python literal, so that the test compares types too."""
    await answer(send, repr(scope).encode())


async def anywhere(given, receive, send):
    """An app of its own: the scope whatever the path is."""
    if given["type"] == "http":
        await scope(given, receive, send)


@app.route
async def spoil(scope, receive, send):
    """Changes everything in the scope that can be changed; the next request must not see it."""
    scope["asgi"]["version"] = "spoilt"
    scope["headers"].append((b"x-spoilt", b"1"))
    scope["path"] = "/spoilt"
    scope["spoilt"] = True
    for value in (scope.get("extensions"), scope.get("state")):
        if value is not None:
            value["spoilt"] = {}
    await answer(send, b"spoilt")


@app.route
async def messages(scope, receive, send):
    """Every message up to the last of the body, as a literal."""
    seen = [await receive()]
    while seen[-1].get("more_body"):
        seen.append(await receive())
    await answer(send, repr(seen).encode())


@app.route
async def digest(scope, receive, send):
    total, sha = 0, hashlib.sha256()
    async for octets in pieces(receive):
        total += len(octets)
        sha.update(octets)
    await answer(send, f"{total} {sha.hexdigest()}".encode())


@app.route
async def largest(scope, receive, send):
    """The size of the largest piece of the body."""
    await answer(send, str(max([len(octets) async for octets in pieces(receive)])).encode())


@app.route
async def echo(scope, receive, send):
    await answer(send, await read(receive))


@app.route
async def converse(scope, receive, send):
    """Sends each piece of the body back while the client is still sending."""
    await start(send)
    async for octets in pieces(receive):
        if octets:
            await piece(send, octets)
    await piece(send, b"", more=False)


@app.route
async def deaf(scope, receive, send):
    """Answers without a look at the body."""
    await answer(send, b"deaf", status=number(scope, "status", 200))


@app.route
async def gated(scope, receive, send):
    """Reads the body only once GET /open/KEY has come; notes how much there was."""
    key = scope["path"].rsplit("/", 1)[1]
    gate = gates.setdefault(key, asyncio.Event())
    app.note(key, "begun")
    await gate.wait()
    total = sum([len(octets) async for octets in pieces(receive)])
    await answer(send, str(total).encode())


@app.route
async def open(scope, receive, send):
    gates.setdefault(scope["path"].rsplit("/", 1)[1], asyncio.Event()).set()
    await answer(send, b"open")


@app.route
async def partial(scope, receive, send):
    """Notes what receive() gave until the client left."""
    key = scope["path"].rsplit("/", 1)[1]
    while True:
        message = await receive()
        app.note(key, message["type"])
        if message["type"] == DISCONNECT:
            return
