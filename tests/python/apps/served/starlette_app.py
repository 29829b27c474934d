"""A Starlette app: files and ranges, sessions, mounts, pure ASGI and function middleware, WebSocket endpoints."""

import asyncio
import os
from contextlib import asynccontextmanager
from pathlib import Path

from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.endpoints import HTTPEndpoint, WebSocketEndpoint
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.sessions import SessionMiddleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import (
    FileResponse,
    JSONResponse,
    PlainTextResponse,
    RedirectResponse,
    Response,
    StreamingResponse,
)
from starlette.routing import Host, Mount, Route, WebSocketRoute
from starlette.staticfiles import StaticFiles

FILES = Path(os.environ["APP_FILES"])
EVENTS: list[str] = []


@asynccontextmanager
async def lifespan(app):
    EVENTS.append("up")
    yield
    (FILES / "ended").write_text("by the lifespan")


async def login(request: Request):
    form = await request.form()
    request.session["user"] = form["user"]
    return RedirectResponse(request.url_for("whoami"), 303)


async def whoami(request: Request):
    if "user" not in request.session:
        raise HTTPException(401, "log in", headers={"www-authenticate": "Form"})
    return JSONResponse({"user": request.session["user"]})


async def logout(request: Request):
    request.session.clear()
    return Response(status_code=204)


async def about(request: Request):
    return JSONResponse({
        "url": str(request.url), "base": str(request.base_url), "path": request.scope["path"],
        "root": request.scope.get("root_path"), "reverse": str(request.url_for("admin:page", name="n")),
        "query": request.query_params.multi_items(), "client": request.client.host,
        "raw": request.scope["raw_path"].decode(), "version": request.scope["http_version"], "cookies": request.cookies,
        "repeated": request.headers.getlist("x-many"),
    })  # fmt: skip


async def page(request: Request):
    root, path = request.scope["root_path"], request.scope["path"]
    return JSONResponse({"name": request.path_params["name"], "root": root, "path": path})


async def file(request: Request):
    return FileResponse(FILES / "letters.txt", filename=request.query_params.get("as"))


async def lines(request: Request):
    async def count():
        for number in range(100):
            yield f"{number}\n"

    def after():
        EVENTS.append("after the stream")

    return StreamingResponse(count(), media_type="text/plain", background=BackgroundTask(after))


async def broken(request: Request):
    async def pieces():
        yield b"begin"
        await asyncio.sleep(0)
        raise RuntimeError("in the middle of a stream")

    return StreamingResponse(pieces(), headers={"content-length": "100"} if "length" in request.query_params else None)


async def waits(request: Request):
    """Waits for the client to leave, as a long poll does."""
    while not await request.is_disconnected():
        await asyncio.sleep(0.01)
    EVENTS.append("client left")
    return Response()


async def body(request: Request):
    try:
        return PlainTextResponse(str(len(await request.body())))
    except ClientDisconnect:
        EVENTS.append("left in the body")
        raise


async def events(request: Request):
    return JSONResponse(EVENTS)


async def cookies(request: Request):
    response = PlainTextResponse("two")
    response.set_cookie("a", "1", httponly=True)
    response.set_cookie("b", "2", max_age=60)
    return response


class Thing(HTTPEndpoint):
    async def get(self, request):
        return PlainTextResponse("got")

    async def delete(self, request):
        return Response(status_code=204)


class Chat(WebSocketEndpoint):
    encoding = "json"

    async def on_receive(self, websocket, data):
        await websocket.send_json({"you said": data})

    async def on_disconnect(self, websocket, close_code):
        EVENTS.append(f"chat {close_code}")


async def sub(request: Request):
    return PlainTextResponse("by the host's name")


routes = [
    Route("/login", login, methods=["POST"]),
    Route("/whoami", whoami, name="whoami"),
    Route("/logout", logout, methods=["POST"]),
    Route("/about", about),
    Route("/about/{rest:path}", about),
    Route("/file", file),
    Route("/lines", lines),
    Route("/broken", broken),
    Route("/waits", waits),
    Route("/body", body, methods=["POST"]),
    Route("/events", events),
    Route("/cookies", cookies),
    Route("/thing", Thing),
    WebSocketRoute("/chat", Chat),
    Mount("/admin", routes=[Route("/pages/{name}", page, name="page")], name="admin"),
    Mount("/static", StaticFiles(directory=FILES, html=True)),
    Host("sub.localhost", app=Starlette(routes=[Route("/", sub)])),
]
middleware = [
    Middleware(TrustedHostMiddleware, allowed_hosts=["127.0.0.1", "*.localhost", "shop.example"]),
    Middleware(SessionMiddleware, secret_key="for the test alone"),
]
app = Starlette(routes=routes, middleware=middleware, lifespan=lifespan)
