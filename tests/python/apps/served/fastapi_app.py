"""A FastAPI app as people write them: models, dependencies, uploads, middleware."""

import hashlib
import threading
from contextlib import asynccontextmanager
from enum import Enum
from typing import Annotated

from fastapi import BackgroundTasks, Depends, FastAPI, File, Form, Header, HTTPException, Query, Request, UploadFile
from fastapi.middleware.cors import CORSMiddleware
from fastapi.middleware.gzip import GZipMiddleware
from fastapi.responses import JSONResponse
from pydantic import BaseModel, EmailStr, Field
from starlette.middleware.base import BaseHTTPMiddleware

from fastapi_live import live

SEEN: list[str] = []


@asynccontextmanager
async def lifespan(app: FastAPI):
    SEEN.append("started")
    yield {"greeting": "hello", "visits": []}


class Kind(str, Enum):
    tool = "tool"
    toy = "toy"


class Item(BaseModel):
    name: str = Field(min_length=1, max_length=20)
    price: float = Field(gt=0)
    kind: Kind = Kind.tool
    tags: set[str] = set()
    owner: EmailStr | None = None


class Stored(Item):
    id: int
    secret: str = "not shown"


class Public(Item):
    id: int


class Elapsed(BaseHTTPMiddleware):
    """A middleware of the kind that wraps `receive` and copies the response as a stream."""

    async def dispatch(self, request, call_next):
        response = await call_next(request)
        response.headers["x-passed"] = request.url.path
        return response


class Teapot(Exception):
    pass


app = FastAPI(lifespan=lifespan, title="Shop")
app.add_middleware(GZipMiddleware, minimum_size=500)
app.add_middleware(Elapsed)
app.add_middleware(
    CORSMiddleware, allow_origins=["https://page.example"], allow_methods=["PUT"], expose_headers=["x-passed"]
)
app.include_router(live)


@app.exception_handler(Teapot)
async def teapot(request: Request, error: Teapot):
    return JSONResponse({"short": "and stout"}, status_code=418)


@app.get("/state")
async def state(request: Request):
    request.state.visits.append(1)
    return {"greeting": request.state.greeting, "visits": len(request.state.visits), "seen": SEEN[0]}


@app.post("/items", response_model=Public, status_code=201)
async def create(item: Item):
    return Stored(id=7, **item.model_dump())


@app.get("/items/{number}")
async def read(
    number: int,
    tags: Annotated[list[str], Query()] = [],
    deep: bool = False,
    x_token: Annotated[str | None, Header()] = None,
):
    return {"number": number, "tags": tags, "deep": deep, "token": x_token}


@app.post("/upload")
async def upload(file: UploadFile, note: Annotated[str, Form()], more: Annotated[list[UploadFile], File()] = []):
    digest = hashlib.sha256()
    while piece := await file.read(1 << 16):
        digest.update(piece)
    names = [one.filename for one in more]
    return {"name": file.filename, "size": file.size, "sha256": digest.hexdigest(), "note": note, "more": names}


@app.post("/raw")
async def raw(request: Request):
    digest, size, pieces = hashlib.sha256(), 0, 0
    async for piece in request.stream():
        digest.update(piece)
        size += len(piece)
        pieces += 1
    return {"size": size, "sha256": digest.hexdigest(), "pieces": pieces}


@app.get("/thread")
def in_thread():
    return {"main": threading.current_thread() is threading.main_thread()}


@app.get("/blocking")
def blocking(seconds: float):
    threading.Event().wait(seconds)
    return {"slept": seconds}


async def session():
    SEEN.append("open")
    try:
        yield "connection"
    except HTTPException as error:
        SEEN.append(f"rolled back {error.status_code}")
        raise
    else:
        SEEN.append("committed")
    finally:
        SEEN.append("closed")


@app.get("/session")
async def with_session(connection: Annotated[str, Depends(session)], fail: bool = False):
    SEEN.append("used")
    if fail:
        raise HTTPException(409, "taken", headers={"x-why": "taken"})
    return {"connection": connection}


@app.get("/seen")
async def seen(clear: bool = False):
    copy = SEEN[1:]
    if clear:
        del SEEN[1:]
    return copy


@app.post("/later", status_code=202)
async def later(tasks: BackgroundTasks):
    async def note(text: str):
        SEEN.append(text)

    tasks.add_task(note, "async")
    tasks.add_task(SEEN.append, "sync")
    return {"queued": 2}


@app.get("/teapot")
async def raises():
    raise Teapot


@app.get("/bug")
async def bug():
    return {"wrong": 1 / 0}


@app.get("/large")
async def large():
    return {"rows": [{"number": number, "text": "x" * 20} for number in range(2000)]}


@app.put("/cross")
async def cross():
    return {"ok": True}
