"""A board that everybody sees change, by server-sent events, with Starlette. Serve it with one worker.

    $ pip install hyperserve starlette
    $ hyperserve board_starlette:app
    $ curl -N localhost:8000/events &
    $ curl -d 'good morning' localhost:8000/

A reader that falls behind loses old lines rather than costing memory. Ctrl+C drains: a stream that is still open then is cut after
`--timeout-graceful-shutdown`, or at once by a second Ctrl+C.
"""

import asyncio
import json

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

WAITING = 16  # lines that a slow reader may be behind
LONGEST = 1000

readers: set[asyncio.Queue[str]] = set()


async def write(request: Request) -> Response:
    line = ""
    async for piece in request.stream():
        line += piece.decode(errors="replace")
        if len(line) > LONGEST:
            return Response("that is too long\n", 413)
    for queue in readers:
        if queue.full():
            queue.get_nowait()
        queue.put_nowait(line)
    return Response(status_code=204)


async def lines():
    """What is written from now on. A silent stream says that it is alive, which also finds readers that have gone."""
    queue: asyncio.Queue[str] = asyncio.Queue(WAITING)
    readers.add(queue)
    try:
        while True:
            try:
                async with asyncio.timeout(15):
                    line = await queue.get()
                yield f"data: {json.dumps(line)}\n\n"
            except TimeoutError:
                yield ": still here\n\n"
    finally:
        readers.discard(queue)


async def events(request: Request) -> Response:
    headers = {"cache-control": "no-store", "x-accel-buffering": "no"}
    return StreamingResponse(lines(), media_type="text/event-stream", headers=headers)


app = Starlette(routes=[Route("/", write, methods=["POST"]), Route("/events", events)])
