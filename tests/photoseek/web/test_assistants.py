"""The Model Context Protocol, with the official client."""

import asyncio
import json
import sys
from collections.abc import Callable, Coroutine
from typing import Any

from mcp import Client, StdioServerParameters
from mcp.client.stdio import stdio_client

from photoseek import Library
from photoseek.web.assistants import make_server

Calls = Callable[[Client], Coroutine[Any, Any, Any]]


def asked(library: Library, calls: Calls) -> Any:
    async def session() -> Any:
        async with Client(make_server(library)) as client:
            return await calls(client)

    return asyncio.run(session())


def test_the_same_few_calls_are_offered_and_only_read(filled: Library) -> None:
    async def tools(client: Client) -> Any:
        return (await client.list_tools()).tools

    found = asked(filled, tools)
    assert {tool.name for tool in found} == {"search", "similar", "photo", "status"}
    assert all(tool.annotations.read_only_hint for tool in found)
    assert all(tool.description for tool in found)


def test_a_search_gives_facts_and_pictures(filled: Library) -> None:
    async def search(client: Client) -> Any:
        return await client.call_tool("search", {"query": "red", "limit": 3, "images": 2})

    answer = asked(filled, search)
    text, *pictures = answer.content
    facts = json.loads(text.text)
    assert facts["query"] == "red"
    assert all(hit["photo"]["name"].startswith("red") for hit in facts["hits"][:1])
    assert [picture.type for picture in pictures] == ["image"] * len(pictures)
    assert pictures[0].mime_type == "image/jpeg"


def test_one_photograph_what_is_like_it_and_the_status(filled: Library) -> None:
    async def calls(client: Client) -> Any:
        photo = await client.call_tool("photo", {"id": 1})
        alike = await client.call_tool("similar", {"id": 1, "limit": 1})
        status = await client.call_tool("status", {})
        first: list[Any] = [answer.content[0] for answer in (photo, alike, status)]
        return [json.loads(content.text) for content in first]

    photo, alike, status = asked(filled, calls)
    assert photo["id"] == 1
    assert alike["hits"][0]["photo"]["id"] != 1
    assert status == {
        "photos": 12,
        "unsearchable": 0,
        "coverage": 100.0,
        "model": "colours",
        "folders": ["photos"],
    }


def test_mistakes_are_one_sentence_without_paths(filled: Library) -> None:
    async def calls(client: Client) -> Any:
        wrong: list[tuple[str, dict[str, Any]]] = [
            ("photo", {"id": 999}),
            ("search", {"query": "after:x"}),
            ("search", {"query": "/etc/passwd"}),
            ("search", {"query": "red", "limit": 0}),
        ]
        return [await client.call_tool(name, arguments) for name, arguments in wrong]

    for answer in asked(filled, calls):
        assert answer.is_error
        assert str(filled.path.parent) not in answer.content[0].text


def test_a_real_process_speaks_it_over_its_streams(filled: Library) -> None:
    command = ["-m", "photoseek", "mcp", "--library", str(filled.path)]
    parameters = StdioServerParameters(command=sys.executable, args=command)

    async def session() -> Any:
        async with Client(stdio_client(parameters)) as client:
            return await client.call_tool("status", {})

    answer = asyncio.run(session())
    assert json.loads(answer.content[0].text)["photos"] == 12
