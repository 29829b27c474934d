"""A server of the official MCP SDK over Streamable HTTP."""

import asyncio
from typing import Annotated

from mcp.server.mcpserver import Context, MCPServer
from pydantic import BaseModel, Field

server = MCPServer("Tools for the test", instructions="Add numbers.")
RUNNING: list[str] = []


class Sum(BaseModel):
    total: int
    of: list[int]


class Consent(BaseModel):
    really: bool


@server.tool()
def add(numbers: Annotated[list[int], Field(max_length=1000)]) -> Sum:
    """Adds numbers."""
    return Sum(total=sum(numbers), of=numbers)


@server.tool()
async def count(to: int, context: Context, pause: float = 0.02) -> str:
    """Counts, and tells how far it is."""
    for number in range(1, to + 1):
        await asyncio.sleep(pause)
        await context.report_progress(number, to, f"at {number}")
    return f"counted to {to}"


@server.tool()
async def wait_for_ever(name: str) -> str:
    """Ends only when it is cancelled."""
    RUNNING.append(f"{name} began")
    try:
        await asyncio.sleep(60)
    finally:
        RUNNING.append(f"{name} ended")
    return "never"


@server.tool()
def running() -> list[str]:
    """What `wait_for_ever` has noted."""
    return RUNNING


@server.tool()
async def delete_all(context: Context) -> str:
    """Asks the person first."""
    answer = await context.elicit("Delete all?", Consent)
    return f"{answer.action} {answer.data.really if answer.action == 'accept' else None}"


@server.tool()
def fails() -> str:
    """Raises."""
    raise ValueError("a bug of the tool")


@server.tool()
def large(size: int) -> str:
    """Answers with `size` letters."""
    return "x" * size


@server.tool()
async def change(context: Context) -> str:
    """Tells all who listen that a resource and the list of tools changed."""
    await context.notify_resource_updated("notes://first")
    await context.notify_tools_changed()
    return "told"


@server.resource("notes://{name}")
def note(name: str) -> str:
    """A note."""
    return f"the note {name}"


@server.prompt()
def greet(name: str) -> str:
    """Asks for a greeting."""
    return f"Greet {name} in one sentence."


app = server.streamable_http_app()
