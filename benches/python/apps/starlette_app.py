"""JSON through Starlette's routing and its own response class."""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route


async def as_json(request):
    return JSONResponse({"message": "Hello, World!"})


app = Starlette(routes=[Route("/json", as_json)])
