"""`microfluence mcp` by the protocol's own Python client, as an assistant's program starts it.

The program comes from MICROFLUENCE_MCP, since the wheel has no commands: one that is built with the feature `mcp`.
"""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest

SAMPLE = Path(__file__).parents[2] / "datasets" / "sample"


@pytest.fixture(scope="module")
def mcp():
    package = pytest.importorskip("mcp", reason="the package mcp is not installed: pip install 'mcp>=2'")
    if not hasattr(package, "Client"):
        pytest.skip("the package mcp is older than 2: pip install 'mcp>=2'")
    return package


@pytest.fixture(scope="module")
def start(mcp):
    program = os.environ.get("MICROFLUENCE_MCP")
    if not program:
        pytest.skip("there is no program to talk to: set MICROFLUENCE_MCP to one that is built with --features mcp")
    tables = [f"--{table}={SAMPLE / table}.csv" for table in ["creators", "posts"]]
    return mcp.StdioServerParameters(command=program, args=["mcp", *tables], env=dict(os.environ))


@pytest.mark.parametrize("mode", ["auto", "legacy"])
def test_a_real_client_lists_asks_and_is_refused(mcp, start, mode):
    async def talk():
        async with mcp.Client(start, mode=mode) as client:
            tools = (await client.list_tools()).tools
            assert [tool.name for tool in tools] == [
                "look_at_files",
                "rank",
                "explain",
                "compare",
                "sentiment",
                "plan",
                "campaign",
                "lift",
            ]
            ranking = await client.call_tool("rank", {"niche": "skincare", "top": 3})
            assert not ranking.is_error
            first, second, _ = ranking.structured_content["creators"]
            assert first["score_lower"] <= first["score"] <= first["score_upper"]
            assert "creators ranked" in ranking.content[0].text
            ids = [first["creator_id"], second["creator_id"]]
            compared = await client.call_tool("compare", {"niche": "skincare", "creator_ids": ids})
            assert compared.structured_content["compared"][0]["above"] == ids[0]
            refused = await client.call_tool("rank", {"niche": "@/etc/passwd"})
            assert refused.is_error and "no files are read" in refused.content[0].text

    asyncio.run(talk())
