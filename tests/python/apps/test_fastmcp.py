"""FastMCP within a FastAPI app, asked by FastMCP's own client."""

import asyncio

import pytest
from apps.program import App
from fastmcp import Client
from fastmcp.exceptions import ToolError

APP = App("fastmcp_app:app")


def ask(server, work):
    async def run():
        async with asyncio.timeout(30), Client(f"{server.url}/mcp/") as client:
            return await work(client)

    return asyncio.run(run())


def test_tools_and_resources(server):
    async def work(client):
        names = {tool.name for tool in await client.list_tools()}
        result = await client.call_tool("add", {"a": 40, "b": 2})
        note = await client.read_resource("notes://a")
        return names, result.data, note[0].text

    assert ask(server, work) == ({"add", "count", "fails"}, 42, "the note a")


def test_progress(server):
    async def work(client):
        seen = []

        async def progress(done, total, message):
            seen.append((done, total))

        result = await client.call_tool("count", {"to": 3}, progress_handler=progress)
        return seen, result.data

    assert ask(server, work) == ([(1, 3), (2, 3), (3, 3)], "counted to 3")


@pytest.mark.logs_traceback  # FastMCP logs what a tool raises
def test_error_of_a_tool(server):
    async def work(client):
        with pytest.raises(ToolError, match="a bug of the tool"):
            await client.call_tool("fails")
        return await client.list_tools()

    assert ask(server, work)


def test_app_around_it(client):
    assert client.get("/health").json() == {"ok": True}


def test_many_at_once(server):
    async def work(client):
        async def one(number):
            if number % 5 == 0:
                return (await client.call_tool("count", {"to": 3})).data == "counted to 3"
            return (await client.call_tool("add", {"a": number, "b": 1})).data == number + 1

        return await asyncio.gather(*(one(number) for number in range(50)))

    assert all(ask(server, work))
