"""Answers in one call: what the endpoints send."""

import json
from http import HTTPStatus

TEXT = b"text/plain; charset=utf-8"


async def answer(send, body: bytes = b"", status: int = 200, headers=()):
    await send({"type": "http.response.start", "status": status, "headers": list(headers)})
    await send({"type": "http.response.body", "body": body})


async def text(send, words: str, status: int = 200, headers=()):
    await answer(send, words.encode(), status, [(b"content-type", TEXT), *headers])


async def value(send, what):
    """200 with JSON."""
    await answer(send, json.dumps(what).encode(), headers=[(b"content-type", b"application/json")])


async def problem(send, status: int, headers=()):
    """Problem details (RFC 9457)."""
    body = json.dumps({"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status})
    await answer(send, body.encode(), status, [(b"content-type", b"application/problem+json"), *headers])


async def pieces(send, words: list[bytes], pause, more=False, headers=(), **start):
    """Text of unknown length, each piece a write of its own."""
    fields = [(b"content-type", TEXT), *headers]
    await send({"type": "http.response.start", "status": 200, "headers": fields, **start})
    for word in words:
        await send({"type": "http.response.body", "body": word, "more_body": True})
        await pause()
    if not more:
        await send({"type": "http.response.body"})


class Gone(Exception):
    """The body came to no end: the server has an answer to that, or nobody is left to hear one."""


async def pieces_of_body(receive):
    """The pieces of the request's body."""
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Gone
        yield message["body"]
        if not message["more_body"]:
            return


async def whole_body(receive) -> bytes:
    return b"".join([piece async for piece in pieces_of_body(receive)])
