"""The official MCP client against Overmind's tools: an agent of yours asks Overmind."""

import asyncio
import os

import httpx2
from mcp import Client
from mcp.client.streamable_http import streamable_http_client

url = os.environ["OVERMIND_URL"] + "/mcp"
question = "How do I improve team productivity?"


def ok(what):
    print(f"  ok  {what}")


def show(text):
    print(f"      {text.strip().splitlines()[0][:90]}")


def http(key):
    """Carries the key; a deliberation may be silent for minutes."""
    return httpx2.AsyncClient(headers={"Authorization": f"Bearer {key}"}, timeout=300)


def text_of(result):
    """What a model is shown of it."""
    assert not result.is_error, result
    return "\n".join(block.text for block in result.content if block.type == "text")


def facts(result):
    """What a program reads of it; the client has held it against the tool's schema."""
    assert not result.is_error, result
    return result.structured_content


async def refused(key):
    """The status that the server answers that key with."""
    statuses = []

    async def note(response):
        statuses.append(response.status_code)

    async with http(key) as connection:
        connection.event_hooks["response"].append(note)
        try:
            async with Client(streamable_http_client(url, http_client=connection)) as client:
                await client.list_tools()
        except Exception:
            return set(statuses)
    raise AssertionError("a wrong key is let in")


async def main():
    async with (
        http(os.environ["OVERMIND_API_KEY"]) as connection,
        Client(streamable_http_client(url, http_client=connection)) as client,
    ):
        tools = {tool.name: tool for tool in (await client.list_tools()).tools}
        assert {"ask", "list_workflows", "get_run"} <= set(tools), tools
        schema = tools["ask"].input_schema
        assert schema["required"] == ["question"] and "workflow" in schema["properties"], schema
        assert all(tool.description for tool in tools.values())
        ok(f"tools: {', '.join(sorted(tools))}")

        listed = facts(await client.call_tool("list_workflows"))["workflows"]
        workflows = {workflow["id"] for workflow in listed}
        assert {"overmind", "balanced", "quick"} <= workflows, workflows
        ok(f"list_workflows: {', '.join(sorted(workflows))}")

        told = []

        async def progress(done, total, message):
            told.append(done)
            show(f"{done:g}/{total:g} {message}" if total else f"{done:g} {message}")

        asked = await client.call_tool(
            "ask", {"question": question, "workflow": "balanced"}, progress_callback=progress
        )
        answer = text_of(asked)
        show(answer)
        assert facts(asked)["passed"], asked
        assert len(told) > 1 and told == sorted(set(told)), told
        ok(f"ask answers, after {len(told)} reports of its progress")

        run_id = facts(asked)["run_id"]
        run = facts(await client.call_tool("get_run", {"run_id": run_id}))
        assert (run["run_id"], run["status"], run["answer"]) == (run_id, "completed", answer), run
        ok("get_run knows the run and its answer")

        unknown = await client.call_tool("ask", {"question": question, "workflow": "none"})
        assert unknown.is_error, unknown
        show(unknown.content[0].text)
        ok("an unknown workflow is an error that says so")

    assert await refused("ovm_wrong") == {401}
    ok("a wrong key is refused with 401")


asyncio.run(main())
