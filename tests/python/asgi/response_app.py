"""What the application sends: whole answers, streams, odd but allowed messages."""

import asyncio

from harness.asgi import BODY, Routes, answer, number, piece, start

app = Routes()


@app.route
async def hello(scope, receive, send):
    await answer(send, b"hello", headers=[(b"content-type", b"text/plain")])


@app.route
async def unsized(scope, receive, send):
    """One piece without a length."""
    await start(send)
    await piece(send, b"unsized", more=False)


@app.route
async def many(scope, receive, send):
    """`count` pieces of `size` octets, some of them empty, with a suspension after each where `pause` is in ms."""
    await start(send)
    for index in range(number(scope, "count")):
        await piece(send, bytes([48 + index % 10]) * number(scope, "size", 10))
        if index % 7 == 0:
            await piece(send, b"")
        if "pause" in scope["query_string"].decode():
            await asyncio.sleep(number(scope, "pause") / 1000)
    await piece(send, b"", more=False)


@app.route
async def sized(scope, receive, send):
    """As `many`, with the length said before."""
    count, size = number(scope, "count"), number(scope, "size", 10)
    await start(send, headers=[(b"content-length", str(count * size).encode())])
    for index in range(count):
        await piece(send, bytes(size), more=index < count - 1)


@app.route
async def silent(scope, receive, send):
    """A start, and a body message without a body."""
    await start(send, headers=[(b"content-length", b"0")])
    await send({"type": BODY})


@app.route
async def bare(scope, receive, send):
    """Only what the specification demands: no headers key, no more_body."""
    await send({"type": "http.response.start", "status": number(scope, "status", 200)})
    await send({"type": BODY, "body": b"" if number(scope, "empty") else b"bare"})


@app.route
async def length_only(scope, receive, send):
    """The head of a GET to a HEAD: a length and no content, as a framework does that answers HEAD itself."""
    await start(send, headers=[(b"content-length", b"1234")])
    await piece(send, b"", more=False)


@app.route
async def header_forms(scope, receive, send):
    """Headers from a generator, as lists, in mixed case, repeated."""
    fields = [
        [b"X-Mixed", b"1"],
        [b"set-cookie", b"a=1"],
        [b"set-cookie", b"b=2"],
        [b"x-latin", b"\xe9"],
        [b"x-none", b""],
    ]
    await send({"type": "http.response.start", "status": 200, "headers": (field for field in fields)})
    await piece(send, b"forms", more=False)


@app.route
async def own_headers(scope, receive, send):
    """The application's own Server and Date."""
    await answer(send, b"own", headers=[(b"server", b"mine"), (b"date", b"Thu, 01 Jan 1970 00:00:00 GMT")])


@app.route
async def close(scope, receive, send):
    await answer(send, b"closing", headers=[(b"connection", b"close")])


@app.route
async def slow(scope, receive, send):
    await asyncio.sleep(number(scope, "ms") / 1000)
    await answer(send, scope["query_string"])


@app.route
async def flood(scope, receive, send):
    """Pieces of 64 KiB until `megabytes` are sent; notes after each MiB that send() has returned."""
    key = scope["path"].rsplit("/", 1)[1]
    await start(send)
    app.note(key, 0)
    octets = bytes(65536)
    for index in range(number(scope, "megabytes") * 16):
        await piece(send, octets)
        if index % 16 == 15:
            app.note(key, index // 16 + 1)
    await piece(send, b"", more=False)
    app.note(key, "ended")


@app.route
async def trailers(scope, receive, send):
    """Two messages of trailers behind a streamed body."""
    await start(send, headers=[(b"trailer", b"x-sum, x-end")], trailers=True)
    await piece(send, b"body", more=False)
    await send({"type": "http.response.trailers", "headers": [(b"x-sum", b"42")], "more_trailers": True})
    await send({"type": "http.response.trailers", "headers": [(b"x-end", b"1")]})


@app.route
async def early_hint(scope, receive, send):
    links = [b"</style.css>; rel=preload; as=style", b"</a.js>; rel=preload"]
    await send({"type": "http.response.early_hint", "links": links})
    # They leave when the handler waits; of a response that is there already they would tell nothing.
    await asyncio.sleep(0.01)
    await answer(send, b"final")
