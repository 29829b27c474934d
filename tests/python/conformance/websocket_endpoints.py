"""The WebSockets of `spec/app.md`, as far as ASGI can say them: what is a route's own there (origins, compression, bounds)
is the server's alone here."""

import asyncio
import json

from messages import answer, problem, text

#: The best first.
PROTOCOLS = ("v2.chat", "v1.chat", "soap")
ECHOES = {"/ws/echo", "/ws/any", "/ws/detached", "/ws/or-page", "/ws/split", "/ws/sender"}


async def websocket(scope, receive, send):
    message = await receive()
    assert message == {"type": "websocket.connect"}, message
    path = scope["path"]
    _, _, name, *rest = [*path.split("/"), "", ""]
    if path in ECHOES:
        await send({"type": "websocket.accept"})
        await echo(receive, send)
    elif name in WAYS:
        await WAYS[name](scope, receive, send, [part for part in rest if part])
    else:
        await answer_instead(send, problem, 404)


async def messages_of(receive):
    """The messages that come, until the connection ends."""
    while True:
        message = await receive()
        if message["type"] == "websocket.disconnect":
            return
        yield message


async def echo(receive, send):
    async for message in messages_of(receive):
        words = message.get("text")
        await send({"type": "websocket.send", **({"bytes": message["bytes"]} if words is None else {"text": words})})


async def greet(receive, send, words: str):
    await send({"type": "websocket.send", "text": words})
    await echo(receive, send)


async def answer_instead(send, how, *what, **more):
    """An HTTP response in the place of the connection (extension `websocket.http.response`)."""

    async def as_websocket(message):
        await send({**message, "type": message["type"].replace("http.response", "websocket.http.response")})

    await how(as_websocket, *what, **more)


async def protocols(scope, receive, send, rest):
    offered = scope["subprotocols"]
    chosen = next((name for name in PROTOCOLS if name in offered), None)
    await send({"type": "websocket.accept", "subprotocol": chosen})
    await greet(receive, send, f"{chosen or 'none'} of {' '.join(offered)}")


async def deny(scope, receive, send, rest):
    if rest == ["401"]:
        await answer_instead(send, problem, 401, [(b"www-authenticate", b"Bearer")])
    elif rest == ["303"]:
        await answer_instead(send, answer, status=303, headers=[(b"location", b"/login")])
    else:
        await answer_instead(send, text, "not today", 403)


async def close(scope, receive, send, rest):
    await send({"type": "websocket.accept"})
    await send({"type": "websocket.close", "code": int(rest[0]), "reason": rest[1]})


async def close_long(scope, receive, send, rest):
    await send({"type": "websocket.accept"})
    await send({"type": "websocket.close", "reason": "ü" * 100})


async def last_words(scope, receive, send, rest):
    await send({"type": "websocket.accept"})
    for words in ("one", "two"):
        await send({"type": "websocket.send", "text": words})
    await send({"type": "websocket.close", "code": 4002, "reason": "that was all"})


async def leave(scope, receive, send, rest):
    await send({"type": "websocket.accept"})


async def fail(scope, receive, send, rest):
    await send({"type": "websocket.accept"})
    await receive()
    raise RuntimeError("the conformance suite asked for an exception")


async def burst(scope, receive, send, rest):
    await send({"type": "websocket.accept"})

    async def much():
        for digit in b"0123456789":
            await send({"type": "websocket.send", "bytes": bytes([digit]) * 100_000})

    sending = asyncio.create_task(much())
    async for _ in messages_of(receive):
        pass
    await asyncio.gather(sending, return_exceptions=True)


async def count(scope, receive, send, rest):
    await send({"type": "websocket.accept"})
    async for message in messages_of(receive):
        try:
            number = json.loads(message.get("text") or message.get("bytes") or "")["n"] + 1
        except (ValueError, TypeError, KeyError):
            await send({"type": "websocket.close", "code": 1007, "reason": "a number is wanted"})
            return
        await send({"type": "websocket.send", "text": json.dumps({"n": number}, separators=(",", ":"))})


async def rooms(scope, receive, send, rest):
    await send({"type": "websocket.accept"})
    await greet(receive, send, rest[0])


WAYS = {
    "protocols": protocols,
    "deny": deny,
    "close": close,
    "close-long": close_long,
    "last-words": last_words,
    "leave": leave,
    "panic": fail,
    "fail": fail,
    "burst": burst,
    "json": count,
    "rooms": rooms,
}
