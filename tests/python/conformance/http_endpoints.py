"""The endpoints of HTTP itself, the first table of `spec/app.md`, as far as ASGI can say them; and some others that the
cases about configuration, draining and WebSockets use."""

import asyncio
from urllib.parse import parse_qs, unquote_to_bytes

from messages import TEXT, Gone, answer, pieces, pieces_of_body, problem, text, value, whole_body

TAKEN = (b"POST", b"PUT", b"PATCH", b"DELETE", b"QUERY")
ALLOWED = b"GET, HEAD, POST, PUT, DELETE, PATCH, OPTIONS, QUERY"


async def http(scope, receive, send):
    endpoint = ENDPOINTS.get(scope["path"])
    if scope["path"] == "*":
        await answer(send, status=204, headers=[(b"allow", ALLOWED)])
    elif endpoint is None and scope["path"].startswith("/ws/"):
        # where a WebSocket is, and was not asked for
        await problem(send, 426, [(b"upgrade", b"websocket"), (b"connection", b"upgrade")])
    elif endpoint is None:
        await problem(send, 404)
    else:
        try:
            await endpoint(scope, receive, send)
        except Gone:
            pass


def number(scope, name: str, default: int) -> int:
    """A number of the query."""
    return int(parse_qs(scope["query_string"].decode()).get(name, [default])[0])


def gap():
    return asyncio.sleep(0.01)


async def root(scope, receive, send):
    await text(send, "OK")


async def echo(scope, receive, send):
    if scope["method"].encode() not in TAKEN:
        return await problem(send, 405, [(b"allow", b", ".join(TAKEN))])
    body = await whole_body(receive)
    kind = [(name, content) for name, content in scope["headers"] if name == b"content-type"]
    await answer(send, body, headers=kind)


async def read_some(scope, receive, send):
    async for piece in pieces_of_body(receive):
        return await text(send, str(len(piece)))


async def headers(scope, receive, send):
    fields: dict[str, list[str]] = {}
    for name, content in scope["headers"]:
        fields.setdefault(name.decode("ascii"), []).append(content.decode(errors="replace"))
    await value(send, fields)


async def fields(scope, receive, send):
    """As the query says: `n` letters, the status `code`, and every other pair as a field."""
    pairs = [pair.partition(b"=") for pair in scope["query_string"].split(b"&") if b"=" in pair]
    asked = {name.lower(): unquote_to_bytes(content) for name, _, content in pairs}
    letters, code = int(asked.pop(b"n", b"2")), int(asked.pop(b"code", b"200"))
    await answer(send, b"x" * letters, code, {b"content-type": TEXT, **asked}.items())


async def method(scope, receive, send):
    await text(send, scope["method"])


async def target(scope, receive, send):
    query = scope["query_string"].decode()
    await text(send, scope["raw_path"].decode() + (f"?{query}" if query else ""))


async def ignore(scope, receive, send):
    await text(send, "ignored")


async def slow(scope, receive, send):
    await asyncio.sleep(number(scope, "ms", 100) / 1000)
    await text(send, "OK")


async def panic(scope, receive, send):
    raise RuntimeError("the conformance suite asked for an exception")


async def octets(send, count: int):
    length = (b"content-length", str(count).encode())
    await answer(send, b"x" * count, headers=[(b"content-type", b"application/octet-stream"), length])


async def some_bytes(scope, receive, send):
    await octets(send, number(scope, "n", 0))


async def head_length(scope, receive, send):
    await octets(send, 1000)


async def status(scope, receive, send):
    code = number(scope, "code", 200)
    await text(send, f"status {code}", code)


async def empty(scope, receive, send):
    await answer(send, status=204)


async def not_modified(scope, receive, send):
    await answer(send, status=304, headers=[(b"etag", b'"conformance"')])


async def cookies(scope, receive, send):
    await text(send, "OK", headers=[(b"set-cookie", b"a=1"), (b"set-cookie", b"b=2")])


async def close(scope, receive, send):
    await text(send, "bye", headers=[(b"connection", b"close")])


async def stream(scope, receive, send):
    await pieces(send, [b"one\n", b"two\n", b"three\n"], gap)


async def trailers(scope, receive, send):
    await pieces(send, [b"content"], gap, headers=[(b"trailer", b"x-checksum")], trailers=True)
    await send({"type": "http.response.trailers", "headers": [(b"x-checksum", b"2a")]})


async def fail_midway(scope, receive, send):
    await pieces(send, [b"first half"], gap, more=True)
    raise RuntimeError("the conformance suite asked for a failure")


async def upgrade(scope, receive, send):
    """ASGI has no way to say 101: the answer is always that of a request without `Upgrade`."""
    await problem(send, 426, [(b"upgrade", b"echo"), (b"connection", b"upgrade")])


async def length(scope, receive, send):
    await text(send, str(len(await whole_body(receive))))


async def found(scope, receive, send):
    """A method that the server lets through because it was told to."""
    if scope["method"] != "PROPFIND":
        return await problem(send, 405, [(b"allow", b"PROPFIND")])
    await text(send, "found")


async def page(scope, receive, send):
    """A path for WebSockets that somebody asks for a page."""
    await text(send, "page")


async def open_events(scope, receive, send):
    """Events that do not end before the client, or the server, does."""
    start = {"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/event-stream")]}
    await send(start)
    await send({"type": "http.response.body", "body": b"data: open\n\n", "more_body": True})
    while (await receive())["type"] != "http.disconnect":
        pass


ENDPOINTS = {
    "/": root,
    "/echo": echo,
    "/read-some": read_some,
    "/headers": headers,
    "/fields": fields,
    "/method": method,
    "/target": target,
    "/ignore": ignore,
    "/slow": slow,
    "/panic": panic,
    "/bytes": some_bytes,
    "/head-length": head_length,
    "/status": status,
    "/empty": empty,
    "/not-modified": not_modified,
    "/cookies": cookies,
    "/close": close,
    "/stream": stream,
    "/trailers": trailers,
    "/fail-midway": fail_midway,
    "/upgrade": upgrade,
    "/extract/bytes": length,
    "/routing/any": method,
    "/routing/extra": found,
    "/sse/open": open_events,
    "/ws/or-page": page,
}
