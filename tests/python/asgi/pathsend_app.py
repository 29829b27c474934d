"""Responses that are files: `http.response.pathsend`."""

import os
from pathlib import Path
from urllib.parse import parse_qs

from harness.asgi import Routes, answer, start

app = Routes()

FOLDER = Path(os.environ.get("FOLDER", "/nonexistent"))


async def send_path(send, path):
    await send({"type": "http.response.pathsend", "path": path})


def named(scope) -> Path:
    return FOLDER / parse_qs(scope["query_string"].decode())["name"][0]


@app.route
async def file(scope, receive, send):
    await start(send)
    await send_path(send, str(named(scope)))


@app.route
async def sized(scope, receive, send):
    path = named(scope)
    await start(send, headers=[(b"content-length", str(path.stat().st_size).encode()), (b"x-own", b"kept")])
    await send_path(send, path)


@app.route
async def checked(scope, receive, send):
    """What `send` raises for the file is the answer."""
    name = parse_qs(scope["query_string"].decode())["name"][0]
    await start(send)
    try:
        await send_path(send, name if name == "relative" else str(FOLDER / name))
    except (OSError, ValueError) as error:
        await send({"type": "http.response.body", "body": f"{type(error).__name__}: {error}".encode()})


@app.route
async def wrong_length(scope, receive, send):
    await start(send, headers=[(b"content-length", b"1")])
    await send_path(send, str(named(scope)))


@app.route
async def extension(scope, receive, send):
    await answer(send, repr("http.response.pathsend" in scope["extensions"]).encode())
