"""What stays open: streams, server-sent events and WebSockets of the FastAPI app."""

import asyncio
import gc
import hashlib
from collections.abc import AsyncIterable
from typing import Annotated

from fastapi import APIRouter, Cookie, Depends, Query, WebSocket, WebSocketDisconnect, WebSocketException
from fastapi.responses import JSONResponse, StreamingResponse
from fastapi.sse import EventSourceResponse, ServerSentEvent

live = APIRouter()
ENDED: list[str] = []
BLOCK = hashlib.sha256(b"block").digest() * 2048  # 64 KiB


@live.get("/stream/sync")
def stream_sync(count: int = 5):
    return StreamingResponse((f"line {number}\n" for number in range(count)), media_type="text/plain")


@live.get("/stream/async")
async def stream_async(count: int = 5, pause: float = 0):
    async def lines():
        for number in range(count):
            await asyncio.sleep(pause)
            yield f"line {number}\n"

    return StreamingResponse(lines(), media_type="text/plain")


@live.get("/stream/large")
async def stream_large(blocks: int):
    async def pieces():
        for _ in range(blocks):
            yield BLOCK

    return StreamingResponse(pieces(), media_type="application/octet-stream")


@live.get("/stream/endless")
async def endless(name: str):
    async def ticks():
        try:
            while True:
                yield b"tick\n"
                await asyncio.sleep(0.01)
        finally:
            ENDED.append(name)

    return StreamingResponse(ticks(), media_type="text/plain")


@live.get("/ended")
async def ended():
    gc.collect()  # a generator that was left at a `yield` ends when it is collected
    return ENDED


@live.get("/events", response_class=EventSourceResponse)
async def events(count: int = 3) -> AsyncIterable[ServerSentEvent]:
    for number in range(count):
        yield ServerSentEvent(data={"number": number}, event="tick", id=str(number))
        await asyncio.sleep(0.05)


@live.websocket("/ws/echo")
async def echo(socket: WebSocket):
    await socket.accept(headers=[(b"x-accepted", b"yes")])
    try:
        while True:
            message = await socket.receive()
            if message["type"] == "websocket.disconnect":
                raise WebSocketDisconnect(message["code"], message.get("reason"))
            if message.get("text") is not None:
                await socket.send_text(message["text"])
            else:
                await socket.send_bytes(message["bytes"])
    except WebSocketDisconnect as gone:
        ENDED.append(f"{gone.code} {gone.reason}")


@live.websocket("/ws/json")
async def as_json(socket: WebSocket):
    await socket.accept()
    async for message in socket.iter_json():
        await socket.send_json({"got": message, "path": socket.url.path, "scheme": socket.url.scheme})


@live.websocket("/ws/close/{code}")
async def close(socket: WebSocket, code: int):
    await socket.accept()
    await socket.close(code, "as asked")


@live.websocket("/ws/refuse")
async def refuse(socket: WebSocket):
    await socket.close()


@live.websocket("/ws/deny")
async def deny(socket: WebSocket):
    await socket.send_denial_response(JSONResponse({"error": "pay first"}, status_code=402, headers={"x-price": "3"}))


async def token(cookie: Annotated[str | None, Cookie(alias="token")] = None, q: Annotated[str | None, Query()] = None):
    if cookie is None and q is None:
        raise WebSocketException(1008, "no token")
    return cookie or q


@live.websocket("/ws/token")
async def with_token(socket: WebSocket, found: Annotated[str, Depends(token)]):
    await socket.accept(subprotocol=socket.scope["subprotocols"][-1] if socket.scope["subprotocols"] else None)
    await socket.send_text(found)
    await socket.close()


@live.websocket("/ws/bug")
async def bug(socket: WebSocket):
    await socket.accept()
    await socket.receive_text()
    raise RuntimeError("in a socket")


@live.websocket("/ws/many")
async def many(socket: WebSocket, count: int):
    await socket.accept()
    for number in range(count):
        await socket.send_text(str(number))
    await socket.close(1000)
