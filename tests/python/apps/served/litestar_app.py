"""A Litestar app: msgspec models, dependencies, guards, hooks, sessions, streams, events, WebSockets."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Annotated

import msgspec
from litestar import Controller, Litestar, MediaType, Request, WebSocket, delete, get, post, websocket, websocket_listener
from litestar.background_tasks import BackgroundTask
from litestar.config.compression import CompressionConfig
from litestar.connection import ASGIConnection
from litestar.datastructures import State, UploadFile
from litestar.di import Provide
from litestar.enums import RequestEncodingType
from litestar.exceptions import HTTPException, NotAuthorizedException
from litestar.handlers import BaseRouteHandler
from litestar.middleware.session.server_side import ServerSideSessionConfig
from litestar.params import Body, Parameter
from litestar.response import Response, ServerSentEvent, ServerSentEventMessage, Stream

EVENTS: list[str] = []


class Item(msgspec.Struct):
    name: Annotated[str, msgspec.Meta(min_length=1)]
    price: Annotated[float, msgspec.Meta(gt=0)]
    tags: list[str] = []


@dataclass
class Upload:
    file: UploadFile
    note: str


@asynccontextmanager
async def lifespan(app: Litestar) -> AsyncGenerator[None, None]:
    app.state.greeting = "hello"
    yield
    EVENTS.append("down")


async def connection() -> AsyncGenerator[str, None]:
    EVENTS.append("open")
    try:
        yield "connection"
    finally:
        EVENTS.append("closed")


def must_have_a_key(connection: ASGIConnection, _: BaseRouteHandler) -> None:
    if connection.headers.get("x-key") != "let me in":
        raise NotAuthorizedException("no key")


class Items(Controller):
    path = "/items"

    @post()
    async def create(self, data: Item) -> Item:
        return data

    @get("/{number:int}")
    async def read(
        self,
        number: int,
        tags: list[str] | None = None,
        token: Annotated[str, Parameter(header="x-token")] = "",
    ) -> dict:
        return {"number": number, "tags": tags, "token": token}

    @delete("/{number:int}", guards=[must_have_a_key])
    async def remove(self, number: int) -> None:
        EVENTS.append(f"removed {number}")


@get("/state")
async def state(state: State) -> dict[str, str]:
    return {"greeting": state.greeting}


@get("/dependency")
async def dependency(connection: str) -> dict[str, str]:
    return {"connection": connection}


@post("/upload")
async def upload(data: Annotated[Upload, Body(media_type=RequestEncodingType.MULTI_PART)]) -> dict:
    octets = await data.file.read()
    return {"name": data.file.filename, "size": len(octets), "note": data.note}


@post("/raw")
async def raw(request: Request) -> dict[str, int]:
    return {"size": sum([len(piece) async for piece in request.stream()])}


@get("/stream")
async def stream(count: int = 5) -> Stream:
    async def lines() -> AsyncGenerator[str, None]:
        for number in range(count):
            await asyncio.sleep(0.001)
            yield f"line {number}\n"

    return Stream(lines, media_type=MediaType.TEXT)


@get("/events")
async def events() -> ServerSentEvent:
    async def ticks() -> AsyncGenerator[ServerSentEventMessage, None]:
        for number in range(3):
            yield ServerSentEventMessage(event="tick", id=number, data=f"{number}")

    return ServerSentEvent(ticks())


@get("/seen")
async def seen() -> list[str]:
    return EVENTS


@get("/later")
async def later() -> Response[dict[str, bool]]:
    async def note(text: str) -> None:
        EVENTS.append(text)

    return Response({"queued": True}, background=BackgroundTask(note, "background"))


@get("/visits")
async def visits(request: Request) -> dict[str, int]:
    request.session["visits"] = request.session.get("visits", 0) + 1
    return {"visits": request.session["visits"]}


@get("/large")
async def large() -> list[Item]:
    return [Item(name=f"item {number}", price=1) for number in range(2000)]


@get("/sync", sync_to_thread=True)
def synchronous() -> dict[str, bool]:
    return {"ok": True}


@get("/error")
async def error() -> None:
    raise HTTPException("a teapot", status_code=418, extra={"short": True})


@get("/bug")
async def bug() -> None:
    raise RuntimeError("a bug of the handler")


@websocket_listener("/listen")
async def listen(data: dict[str, str]) -> dict[str, str]:
    return {key: value.upper() for key, value in data.items()}


@websocket("/chat")
async def chat(socket: WebSocket) -> None:
    if socket.query_params.get("who") is None:
        await socket.close(4003, "who?")
        return
    await socket.accept()
    await socket.send_text(f"hello {socket.query_params['who']}")
    await socket.close(4000, "bye")


async def mark(response: Response) -> Response:
    response.headers["x-after"] = "hook"
    return response


app = Litestar(
    [Items, state, dependency, upload, raw, stream, events, seen, later, visits, large, synchronous, error, bug]
    + [listen, chat],
    lifespan=[lifespan],
    dependencies={"connection": Provide(connection)},
    after_request=mark,
    middleware=[ServerSideSessionConfig().middleware],
    compression_config=CompressionConfig(backend="gzip", minimum_size=500),
)
