"""Sockets of every sort. GET /notes/KEY tells what a socket saw."""

import asyncio
import json

from harness.asgi import Routes

ACCEPT, SEND, CLOSE = "websocket.accept", "websocket.send", "websocket.close"
START, BODY = "websocket.http.response.start", "websocket.http.response.body"

app = Routes()


def key_of(scope) -> str:
    return scope["path"].rsplit("/", 1)[1]


def content(message) -> dict:
    return {name: message[name] for name in ("text", "bytes") if message.get(name) is not None}


async def connect(receive):
    assert (await receive()) == {"type": "websocket.connect"}


async def accept(receive, send, **more):
    await connect(receive)
    await send({"type": ACCEPT, **more})


async def say(send, value):
    await send({"type": SEND, "text": json.dumps(value, default=repr)})


async def messages(receive):
    while (message := await receive())["type"] == "websocket.receive":
        yield message


@app.route
async def echo(scope, receive, send):
    await accept(receive, send)
    async for message in messages(receive):
        await send({"type": SEND, **content(message)})


@app.route
async def events(scope, receive, send):
    """Notes each event after the handshake as it is, and the one after the last."""
    key = key_of(scope)
    await accept(receive, send)
    app.note(key, "accepted")
    while True:
        event = await receive()
        app.note(key, event)
        if event["type"] == "websocket.disconnect":
            break
    app.note(key, await receive())


@app.route
async def scope(scope, receive, send):
    """Sends the scope, with what has no form in JSON as `repr`."""
    await accept(receive, send)
    shown = {name: value for name, value in scope.items() if name != "state"}
    await say(send, {name: repr(value) for name, value in shown.items()})
    await say(send, {name: type(value).__name__ for name, value in shown.items()})


@app.route
async def state(scope, receive, send):
    await accept(receive, send)
    scope["state"]["mine"] = True
    await say(send, sorted(scope["state"]))
    await send({"type": CLOSE})


@app.route
async def chooses(scope, receive, send):
    """/chooses/NAME chooses a subprotocol."""
    await accept(receive, send, subprotocol=key_of(scope), headers=[(b"x-first", b"1"), (b"X-Second", b"\xe9")])
    await say(send, scope["subprotocols"])


@app.route
async def slow_accept(scope, receive, send):
    """Accepts once the client had time to leave; then sends."""
    key = key_of(scope)
    await connect(receive)
    app.note(key, "connected")
    await asyncio.sleep(0.3)
    app.note(key, await receive())


@app.route
async def refuses(scope, receive, send):
    key = key_of(scope)
    await connect(receive)
    await send({"type": CLOSE, "code": 4000, "reason": "no"})
    app.note(key, await receive())


@app.route
async def denies(scope, receive, send):
    """Answers 401 in three pieces."""
    key = key_of(scope)
    await connect(receive)
    await send({"type": START, "status": 401, "headers": [(b"www-authenticate", b"Basic"), (b"content-length", b"9")]})
    for piece in (b"who", b"are", b"you"):
        await asyncio.sleep(0.01)
        await send({"type": BODY, "body": piece, "more_body": piece != b"you"})
    app.note(key, await receive())


@app.route
async def denies_in_part(scope, receive, send):
    await connect(receive)
    await send({"type": START, "status": 401, "headers": []})
    await send({"type": BODY, "body": b"some", "more_body": True})
    await asyncio.sleep(0.1)


@app.route
async def raises(scope, receive, send):
    """/raises/before, /raises/at-once (before anything is received), /raises/after the acceptance."""
    when = key_of(scope)
    if when == "at-once":
        raise ValueError("at once")
    await connect(receive)
    if when == "before":
        raise ValueError("before")
    await send({"type": ACCEPT})
    await send({"type": SEND, "text": "here it comes"})
    raise ValueError("after")


@app.route
async def returns(scope, receive, send):
    """/returns/before or /returns/after the acceptance."""
    await connect(receive)
    if key_of(scope) == "after":
        await send({"type": ACCEPT})
        await send({"type": SEND, "text": "that was it"})


@app.route
async def closes(scope, receive, send):
    """Closes with the code and the reason that the client sends as JSON, and tells what comes of it."""
    key = key_of(scope)
    await accept(receive, send)
    asked = json.loads((await receive())["text"])
    try:
        await send({"type": CLOSE, **asked})
        app.note(key, await receive())
        await send({"type": SEND, "text": "more"})
    except BaseException as error:
        app.note(key, type(error).__name__)


#: What must not be sent, by the state it is sent in.
WRONG = {
    "first": {
        "send": {"type": SEND, "text": "early"},
        "body": {"type": BODY, "body": b""},
        "unknown": {"type": "websocket.unknown"},
        "http": {"type": "http.response.start", "status": 200, "headers": []},
        "no-type": {},
        "no-dict": [],
        "number-as-subprotocol": {"type": ACCEPT, "subprotocol": 7},
        "text-as-header": {"type": ACCEPT, "headers": [("x-a", "b")]},
        "line-break-in-header": {"type": ACCEPT, "headers": [(b"x-a", b"b\r\nx-c: d")]},
        "own-subprotocol-header": {"type": ACCEPT, "headers": [(b"sec-websocket-protocol", b"a")]},
        "own-accept-header": {"type": ACCEPT, "headers": [(b"Sec-WebSocket-Accept", b"a")]},
        "no-status": {"type": START, "headers": []},
    },
    "accepted": {
        "accept": {"type": ACCEPT},
        "start": {"type": START, "status": 200, "headers": []},
        "neither": {"type": SEND},
        "none": {"type": SEND, "text": None, "bytes": None},
        "both": {"type": SEND, "text": "a", "bytes": b"a"},
        "bytes-as-text": {"type": SEND, "text": b"a"},
        "text-as-bytes": {"type": SEND, "bytes": "a"},
        "number-as-text": {"type": SEND, "text": 7},
        "surrogate": {"type": SEND, "text": "\ud800"},
        "code-that-is-none": {"type": CLOSE, "code": "1000"},
        "code-of-nobody": {"type": CLOSE, "code": 1006},
        "reason-that-is-none": {"type": CLOSE, "reason": b"x"},
    },
}


@app.route
async def wrong(scope, receive, send):
    """/wrong/STATE/NAME: what `send` raises; the socket goes on behind it."""
    _, _, when, name = scope["path"].split("/")
    await connect(receive)
    if when == "accepted":
        await send({"type": ACCEPT})
    try:
        await send(WRONG[when][name])
        raised = "nothing"
    except Exception as error:
        raised = type(error).__name__
    if when == "first":
        await send({"type": ACCEPT})
    await say(send, raised)
    await send({"type": CLOSE})


@app.route
async def floods(scope, receive, send):
    """Sends 64 KiB at a time until told to stop by the query's count; notes how many were sent."""
    key = key_of(scope)
    await accept(receive, send)
    for index in range(400):
        await send({"type": SEND, "bytes": bytes([index % 256]) * 65536})
        app.note(key, index)
    await send({"type": CLOSE})


@app.route
async def deaf(scope, receive, send):
    """Does not receive until the client has noted that it may: /go/KEY."""
    key = key_of(scope)
    await accept(receive, send)
    app.note(key, "accepted")
    while "go" not in app.notes.get(key, []):
        await asyncio.sleep(0.01)
    total = 0
    async for message in messages(receive):
        total += len(message["bytes"])
        if total >= 50_000_000:
            break
    await say(send, total)


@app.route
async def go(scope, receive, send):
    app.note(key_of(scope), "go")
    await app.ready(scope, receive, send)


@app.route
async def pushes(scope, receive, send):
    """Sends without ever receiving, until `send` raises."""
    key = key_of(scope)
    await accept(receive, send)
    try:
        while True:
            await send({"type": SEND, "text": "tick"})
            await asyncio.sleep(0.005)
    except OSError as error:
        app.note(key, [cls.__name__ for cls in type(error).__mro__])


@app.route
async def works_on(scope, receive, send):
    """Waits for the end of the socket, and goes on for a while."""
    key = key_of(scope)
    await accept(receive, send)
    app.note(key, "accepted")
    async for _ in messages(receive):
        pass
    await asyncio.sleep(0.3)
    print("worked on", flush=True)


@app.route
async def cancelled_receive(scope, receive, send):
    """A wait that is cancelled loses nothing."""
    await accept(receive, send)
    missed = 0
    for _ in range(20):
        try:
            message = await asyncio.wait_for(receive(), 0.02)
            await say(send, [missed, message["text"]])
            return
        except TimeoutError:
            missed += 1


@app.route
async def duplex(scope, receive, send):
    """Receives and sends in two tasks."""
    await accept(receive, send)

    async def ticks():
        for index in range(100):
            await send({"type": SEND, "text": f"tick {index}"})
            await asyncio.sleep(0.001)

    ticking = asyncio.create_task(ticks())
    async for message in messages(receive):
        await send({"type": SEND, "text": f"heard {message['text']}"})
    ticking.cancel()


members: dict[str, list] = {}


@app.route
async def room(scope, receive, send):
    """What one member of /room/NAME says is sent to all."""
    room = members.setdefault(key_of(scope), [])
    await accept(receive, send)
    room.append(send)
    await say(send, "joined")
    try:
        async for message in messages(receive):
            for member in list(room):
                await member({"type": SEND, **content(message)})
    finally:
        room.remove(send)
