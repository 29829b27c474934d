"""Server-sent events by sse-starlette: pings, an end, a client that leaves, a server that stops."""

import asyncio
import os
from pathlib import Path

from sse_starlette import EventSourceResponse, ServerSentEvent
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route

ENDED: list[str] = []


async def few(request):
    async def events():
        for number in range(int(request.query_params.get("count", 3))):
            yield ServerSentEvent(data=f"{number}\nsecond line", event="tick", id=str(number), retry=2000)

    return EventSourceResponse(events())


async def silent(request):
    """Sends nothing but pings."""

    async def events():
        try:
            await asyncio.sleep(3600)
            yield {}
        finally:
            ENDED.append("silent")
            if folder := os.environ.get("APP_FOLDER"):
                Path(folder, "ended").write_text("by its end")

    return EventSourceResponse(events(), ping=0.1, send_timeout=5)


async def resumed(request):
    async def events():
        yield {"data": request.headers.get("last-event-id", "from the start")}

    return EventSourceResponse(events())


async def ended(request):
    return JSONResponse(ENDED)


app = Starlette(routes=[Route("/few", few), Route("/silent", silent), Route("/resumed", resumed), Route("/ended", ended)])
