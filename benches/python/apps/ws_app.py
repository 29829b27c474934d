"""WebSocket messages go back as they came, at any path; everything else is the bare application."""

from __future__ import annotations

import bare


async def app(scope, receive, send):
    if scope["type"] != "websocket":
        return await bare.app(scope, receive, send)
    await receive()
    await send({"type": "websocket.accept"})
    while (message := await receive())["type"] == "websocket.receive":
        if (data := message.get("bytes")) is not None:
            await send({"type": "websocket.send", "bytes": data})
        else:
            await send({"type": "websocket.send", "text": message["text"]})
