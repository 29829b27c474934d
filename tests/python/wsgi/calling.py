"""Calls a WSGI application through `hyperserve._wsgi.WSGI` as a server would, without one."""

import asyncio
from dataclasses import dataclass, field


@dataclass
class Heard:
    """What the server was sent."""

    messages: list[dict] = field(default_factory=list)

    @property
    def status(self) -> int:
        return self.messages[0]["status"]

    @property
    def headers(self) -> list[tuple[bytes, bytes]]:
        return self.messages[0]["headers"]

    @property
    def parts(self) -> list[bytes]:
        return [message["body"] for message in self.messages[1:]]

    @property
    def body(self) -> bytes:
        return b"".join(self.parts)

    @property
    def is_whole(self) -> bool:
        return bool(self.messages) and not self.messages[-1].get("more_body", False) and len(self.messages) > 1


def scope(method="GET", path=b"/", query=b"", headers=(), **more) -> dict:
    from urllib.parse import unquote

    return {
        "type": "http",
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": unquote(path.decode("latin-1")),
        "raw_path": path,
        "query_string": query,
        "root_path": "",
        "headers": list(headers),
        "client": ("192.0.2.7", 4711),
        "server": ("192.0.2.1", 8000),
        **more,
    }


def call(application, request=None, pieces=(b"",), threads=2, sent=None, **more) -> Heard:
    """One request. `pieces` are those of its body, None a client that is gone; `sent` is called with each message."""
    return asyncio.run(_call(application, request or scope(**more), list(pieces), threads, sent))


async def _call(application, request, pieces, threads, sent) -> Heard:
    from hyperserve._wsgi import WSGI

    heard = Heard()

    async def receive():
        if not pieces:
            await asyncio.sleep(30)
        piece = pieces.pop(0)
        if piece is None:
            return {"type": "http.disconnect"}
        return {"type": "http.request", "body": piece, "more_body": bool(pieces)}

    async def send(message):
        if sent is not None:
            await sent(message)
        heard.messages.append(message)

    wsgi = WSGI(application, threads)
    try:
        async with asyncio.timeout(20):
            await wsgi(request, receive, send)
    except Exception as error:
        error.heard = heard
        raise
    finally:
        wsgi.close()
    return heard
