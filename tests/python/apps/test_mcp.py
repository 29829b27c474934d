"""A server of the official MCP SDK over Streamable HTTP, asked by the SDK's own client.

`legacy` is the protocol with a session, whose answers and messages come on event streams; `auto` finds the one without.
"""

import asyncio
import json

import anyio
import httpx
import pytest
from apps.program import App
from mcp.client.client import Client
from mcp.client.session import ClientSession
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.subscriptions import ResourceUpdated, ToolsListChanged
from mcp_types import ElicitResult

APP = App("mcp_app:app")
MODES = pytest.mark.parametrize("mode", ["legacy", "auto"])
HEADERS = {"accept": "application/json, text/event-stream", "content-type": "application/json"}
INITIALIZE = {
    "jsonrpc": "2.0", "id": 1, "method": "initialize",
    "params": {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "test", "version": "1"}},
}  # fmt: skip


def ask(server, mode: str, work, **options):
    """Runs `work(client)` with a connected client."""

    async def run():
        with anyio.fail_after(30):
            async with Client(f"{server.url}/mcp", mode=mode, **options) as client:
                return await work(client)

    return asyncio.run(run())


@MODES
def test_lists(server, mode):
    async def work(client: Client):
        tools = {tool.name: tool for tool in (await client.list_tools()).tools}
        templates = (await client.list_resource_templates()).resource_templates
        prompts = (await client.list_prompts()).prompts
        return tools, [one.uri_template for one in templates], [one.name for one in prompts], client.instructions

    tools, templates, prompts, instructions = ask(server, mode, work)
    assert tools["add"].description == "Adds numbers."
    assert tools["add"].input_schema["required"] == ["numbers"]
    assert (templates, prompts, instructions) == (["notes://{name}"], ["greet"], "Add numbers.")


@MODES
def test_call_of_a_tool(server, mode):
    async def work(client):
        return await client.call_tool("add", {"numbers": [1, 2, 39]})

    result = ask(server, mode, work)
    assert not result.is_error
    assert result.structured_content == {"total": 42, "of": [1, 2, 39]}


@MODES
def test_resource_and_prompt(server, mode):
    async def work(client):
        note = await client.read_resource("notes://a")
        prompt = await client.get_prompt("greet", {"name": "Zoë"})
        return note.contents[0].text, prompt.messages[0].content.text

    assert ask(server, mode, work) == ("the note a", "Greet Zoë in one sentence.")


@MODES
def test_progress_comes_while_the_tool_runs(server, mode):
    async def work(client):
        seen = []

        async def progress(done, total, message):
            seen.append((done, total, message, asyncio.get_running_loop().time()))

        result = await client.call_tool("count", {"to": 4, "pause": 0.1}, progress_callback=progress)
        return seen, result.content[0].text

    seen, text = ask(server, mode, work)
    assert [one[:3] for one in seen] == [(at, 4, f"at {at}") for at in (1, 2, 3, 4)]
    assert seen[-1][3] - seen[0][3] > 0.2
    assert text == "counted to 4"


@MODES
def test_errors(server, mode):
    async def work(client):
        return await client.call_tool("fails"), await client.call_tool("add", {"numbers": "no list"})

    for result in ask(server, mode, work):
        assert result.is_error


@MODES
def test_large_answer_and_question(server, mode):
    async def work(client):
        large = await client.call_tool("large", {"size": 500_000})
        many = await client.call_tool("add", {"numbers": list(range(1000))})
        return len(large.content[0].text), many.structured_content["total"]

    assert ask(server, mode, work) == (500_000, sum(range(1000)))


def test_question_to_the_person_while_a_tool_runs(server):
    async def person(context, question):
        return ElicitResult(action="accept", content={"really": True})

    async def work(client):
        return (await client.call_tool("delete_all")).content[0].text

    assert ask(server, "legacy", work, elicitation_callback=person) == "accept True"


def test_events_for_those_who_listen(server):
    async def work(client):
        async with client.listen(tools_list_changed=True, resource_subscriptions=["notes://first"]) as subscription:
            await client.call_tool("change")
            events = aiter(subscription)
            return {await anext(events), await anext(events)}

    assert ask(server, "auto", work) == {ResourceUpdated("notes://first"), ToolsListChanged()}


def test_cancelled_call_ends_the_tool(server):
    """Without a session, a client cancels a call by leaving."""

    async def work(client):
        async with asyncio.TaskGroup() as group:
            call = group.create_task(client.call_tool("wait_for_ever", {"name": "left"}))
            await until(client, "left began")
            call.cancel()
        await until(client, "left ended")

    async def until(client, note):
        while note not in (await client.call_tool("running")).structured_content["result"]:
            await asyncio.sleep(0.05)

    ask(server, "auto", work)


def test_session_begins_and_ends(client):
    answer = client.post("/mcp", json=INITIALIZE, headers=HEADERS)
    assert answer.headers["content-type"].startswith("text/event-stream")
    event = next(line for line in answer.text.splitlines() if line.startswith("data: {"))
    assert json.loads(event.removeprefix("data: "))["result"]["serverInfo"]["name"] == "Tools for the test"
    session = {**HEADERS, "mcp-session-id": answer.headers["mcp-session-id"], "mcp-protocol-version": "2025-06-18"}
    ready = {"jsonrpc": "2.0", "method": "notifications/initialized"}
    assert client.post("/mcp", json=ready, headers=session).status_code == 202
    with client.stream("GET", "/mcp", headers={**session, "accept": "text/event-stream"}) as stream:
        assert stream.status_code == 200
        assert client.delete("/mcp", headers=session).status_code == 200
        assert list(stream.iter_lines()) in ([], [""])
    listing = {"jsonrpc": "2.0", "id": 2, "method": "tools/list"}
    assert client.post("/mcp", json=listing, headers=session).status_code == 404


def test_foreign_page_and_rebound_name_are_refused(client):
    foreign = {**HEADERS, "origin": "https://evil.example"}
    assert client.post("/mcp", json=INITIALIZE, headers=foreign).status_code == 403
    rebound = {**HEADERS, "host": "evil.example"}
    assert client.post("/mcp", json=INITIALIZE, headers=rebound).status_code == 421


@MODES
def test_many_at_once(server, mode):
    async def work(client):
        async def one(number):
            if number % 5 == 0:
                return (await client.call_tool("count", {"to": 3})).content[0].text == "counted to 3"
            if number % 5 == 1:
                return (await client.read_resource(f"notes://{number}")).contents[0].text == f"the note {number}"
            result = await client.call_tool("add", {"numbers": [number, 1]})
            return result.structured_content["total"] == number + 1

        return await asyncio.gather(*(one(number) for number in range(50)))

    assert all(ask(server, mode, work))


def test_many_sessions_at_once(server):
    async def one(number):
        async with streamable_http_client(f"{server.url}/mcp") as (read, write), ClientSession(read, write) as session:
            await session.initialize()
            result = await session.call_tool("add", {"numbers": [number]})
            return result.structured_content["total"]

    async def work():
        async with asyncio.timeout(40):
            return await asyncio.gather(*(one(number) for number in range(20)))

    assert asyncio.run(work()) == list(range(20))
    assert httpx.get(f"{server.url}/nothing").status_code == 404
