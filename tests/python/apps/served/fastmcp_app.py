"""A FastMCP server, mounted in a FastAPI app whose lifespan it shares, as its documentation has it."""

import asyncio

from fastapi import FastAPI
from fastmcp import Context, FastMCP

server = FastMCP("Tools for the test")


@server.tool
def add(a: int, b: int) -> int:
    """Adds two numbers."""
    return a + b


@server.tool
async def count(to: int, context: Context) -> str:
    """Counts, and tells how far it is."""
    for number in range(1, to + 1):
        await asyncio.sleep(0.02)
        await context.report_progress(number, to)
    return f"counted to {to}"


@server.tool
def fails() -> str:
    """Raises."""
    raise ValueError("a bug of the tool")


@server.resource("notes://{name}")
def note(name: str) -> str:
    """A note."""
    return f"the note {name}"


tools = server.http_app(path="/")
app = FastAPI(lifespan=tools.lifespan)
app.mount("/mcp", tools)


@app.get("/health")
async def health() -> dict[str, bool]:
    return {"ok": True}
