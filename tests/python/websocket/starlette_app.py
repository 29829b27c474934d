"""Starlette's own WebSocket class, endpoint and denial."""

from starlette.applications import Starlette
from starlette.endpoints import WebSocketEndpoint
from starlette.responses import PlainTextResponse
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect


async def kinds(websocket: WebSocket):
    await websocket.accept(headers=[(b"x-app", b"starlette")])
    await websocket.send_text(await websocket.receive_text())
    await websocket.send_bytes(await websocket.receive_bytes())
    await websocket.send_json(await websocket.receive_json())
    await websocket.close(code=4001, reason="done")


async def iterates(websocket: WebSocket):
    await websocket.accept()
    async for text in websocket.iter_text():
        await websocket.send_text(text.upper())
    print("iterated", flush=True)


async def disconnects(websocket: WebSocket):
    await websocket.accept()
    try:
        while True:
            await websocket.receive_text()
    except WebSocketDisconnect as gone:
        print("disconnected", gone.code, gone.reason, flush=True)


async def denies(websocket: WebSocket):
    await websocket.send_denial_response(PlainTextResponse("not you", status_code=418))


async def ticks(websocket: WebSocket):
    """Sends until the client has gone, and does not catch what that raises."""
    await websocket.accept()
    while True:
        await websocket.send_text("tick")


class Counts(WebSocketEndpoint):
    encoding = "json"

    async def on_connect(self, websocket):
        await websocket.accept(subprotocol="count" if "count" in websocket.scope["subprotocols"] else None)

    async def on_receive(self, websocket, data):
        await websocket.send_json({"count": data["count"] + 1})

    async def on_disconnect(self, websocket, close_code):
        print("endpoint closed", close_code, flush=True)


app = Starlette(
    routes=[
        WebSocketRoute("/kinds", kinds),
        WebSocketRoute("/iterates", iterates),
        WebSocketRoute("/disconnects", disconnects),
        WebSocketRoute("/denies", denies),
        WebSocketRoute("/ticks", ticks),
        WebSocketRoute("/counts", Counts),
    ]
)
