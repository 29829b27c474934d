"""Applications that do wrong: every message that a server has to refuse, exceptions, silence."""

import asyncio

from harness.asgi import BODY, START, Routes, answer, piece, start

app = Routes()

OK = {"type": START, "status": 200, "headers": []}
END = {"type": BODY, "body": b"end"}


def with_header(name, value) -> list:
    return [{"type": START, "status": 200, "headers": [(name, value)]}, END]


#: Messages of which the last, or the one before, must be refused by send().
WRONG = {
    "unknown-type": [{"type": "http.response.nonsense"}],
    "no-type": [{"status": 200}],
    "type-is-bytes": [{"type": b"http.response.start", "status": 200}],
    "body-first": [END],
    "start-twice": [OK, OK],
    "body-after-end": [OK, END, END],
    "another-protocol": [{"type": "websocket.accept"}],
    "no-status": [{"type": START, "headers": []}],
    "status-is-text": [{"type": START, "status": "200", "headers": []}],
    "status-is-none": [{"type": START, "status": None, "headers": []}],
    "status-too-small": [{"type": START, "status": 99, "headers": []}],
    "status-too-large": [{"type": START, "status": 1000, "headers": []}],
    "status-is-interim": [{"type": START, "status": 103, "headers": []}, END],
    "name-is-text": with_header("x-name", b"value"),
    "value-is-text": with_header(b"x-name", "value"),
    "value-is-number": with_header(b"content-length", 3),
    "header-is-no-pair": [{"type": START, "status": 200, "headers": [(b"x-name",)]}, END],
    "headers-is-text": [{"type": START, "status": 200, "headers": "x-name: value"}, END],
    "value-with-crlf": with_header(b"x-name", b"value\r\nx-injected: 1"),
    "value-with-lf": with_header(b"x-name", b"value\nx-injected: 1"),
    "value-with-cr": with_header(b"x-name", b"value\rx"),
    "value-with-nul": with_header(b"x-name", b"val\0ue"),
    "name-with-crlf": with_header(b"x-name: v\r\nx-injected", b"1"),
    "name-with-space": with_header(b"x name", b"1"),
    "name-with-colon": with_header(b"x-name:", b"1"),
    "name-is-empty": with_header(b"", b"1"),
    "name-is-pseudo": with_header(b":status", b"201"),
    "length-is-no-number": with_header(b"content-length", b"three"),
    "length-is-negative": with_header(b"content-length", b"-3"),
    "lengths-differ": [
        {"type": START, "status": 200, "headers": [(b"content-length", b"3"), (b"content-length", b"4")]},
        END,
    ],
    "body-is-text": [OK, {"type": BODY, "body": "end"}],
    "body-is-list": [OK, {"type": BODY, "body": [1, 2]}],
    "not-a-dict": [None],
    "trailers-unannounced": [OK, END, {"type": "http.response.trailers", "headers": []}],
}


@app.route
async def wrong(scope, receive, send):
    """Sends what `WRONG` has under the name, and notes what send() raised; the exception goes on to the server."""
    name = scope["path"].rsplit("/", 1)[1]
    try:
        for message in WRONG[name]:
            await send(message)
        app.note(name, "taken")
    except BaseException as error:
        app.note(name, type(error).__name__)
        raise


@app.route
async def forgiven(scope, receive, send):
    """A wrong start, caught, and then a right answer."""
    for message in (WRONG["name-is-text"][0], WRONG["value-with-crlf"][0], WRONG["no-status"][0]):
        try:
            await send(message)
        except Exception as error:
            app.note("forgiven", type(error).__name__)
    await answer(send, b"forgiven")


@app.route
async def too_long(scope, receive, send):
    await start(send, headers=[(b"content-length", b"5")])
    await piece(send, b"123456789", more=False)


@app.route
async def too_long_in_pieces(scope, receive, send):
    await start(send, headers=[(b"content-length", b"5")])
    await piece(send, b"123")
    await asyncio.sleep(0.05)
    await piece(send, b"456789", more=False)


@app.route
async def too_short(scope, receive, send):
    await start(send, headers=[(b"content-length", b"5")])
    await piece(send, b"123", more=False)


@app.route
async def raises(scope, receive, send):
    raise ValueError("raised before the start")


@app.route
async def raises_later(scope, receive, send):
    await asyncio.sleep(0.01)
    raise ValueError("raised before the start")


@app.route
async def raises_after_start(scope, receive, send):
    await start(send, headers=[(b"content-length", b"10")])
    raise ValueError("raised after the start")


@app.route
async def raises_within_stream(scope, receive, send):
    await start(send)
    await piece(send, b"some of it")
    await asyncio.sleep(0.05)
    raise ValueError("raised within the stream")


@app.route
async def raises_within_sized(scope, receive, send):
    await start(send, headers=[(b"content-length", b"20")])
    await piece(send, b"some of it")
    await asyncio.sleep(0.05)
    raise ValueError("raised within the answer")


@app.route
async def raises_after_end(scope, receive, send):
    await answer(send, b"whole")
    raise ValueError("raised after the end")


@app.route
async def says_nothing(scope, receive, send):
    pass


@app.route
async def says_nothing_later(scope, receive, send):
    await asyncio.sleep(0.01)


@app.route
async def starts_only(scope, receive, send):
    await start(send, headers=[(b"content-length", b"10")])


@app.route
async def never_ends(scope, receive, send):
    await start(send)
    await piece(send, b"some of it")


@app.route
async def leaves(scope, receive, send):
    """SystemExit, or another exception that is no Exception, from a handler."""
    kind = scope["query_string"].decode()
    raise {"exit": SystemExit, "cancel": asyncio.CancelledError, "generator": GeneratorExit}[kind](7)
