"""The link to a server: kept for all calls, lost and found again. The servers are real ones, on this machine."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from pipeline.tool import ToolFailed, ToolRefused, ToolUnknown
from tests.kit.alone import alone
from tests.kit.deploys import free_port
from tests.kit.mcps import http, kill, linked, served, stdio, until, users
from tests.kit.tooling import view


@pytest.mark.fault("J35")
@alone
async def test_a_server_that_dies_in_a_use_is_back_within_five_seconds(tmp_path: Path, log: list[str]) -> None:
    """A read is tried once more then, an effect's outcome is unknown; new uses are refused, changed tools ignored."""
    loop = asyncio.get_running_loop()
    async with linked(stdio(tmp_path)) as tools:
        find, create = tools["find_contact"], tools["create_lead"]
        await until(lambda: find.arguments.are_known)
        reading = asyncio.create_task(find.use({"name": "Dana", "wait": 0.3}, view()))
        writing = asyncio.create_task(create.use({"name": "Dana", "wait": 9}, view()))
        await until(lambda: len(users(tmp_path)) == 2)
        (tmp_path / "other").touch()
        kill(tmp_path)
        with pytest.raises(ToolUnknown, match="gone"):
            await writing
        begun = loop.time()
        with pytest.raises(ToolRefused, match="not there"):
            await create.use({"name": "Dana"}, view())
        assert loop.time() - begun < 0.1
        assert (await reading).data["name"] == "Dana"
        assert loop.time() - begun < 5
        assert (await create.use({"name": "Dana"}, view())).data == {"result": "Dana is there"}
    assert sorted(users(tmp_path)[:2]) == ["create", "find"] and users(tmp_path)[2:] == ["find", "create"]
    assert find.about == "Finds a contact."
    assert any("crm is gone" in line for line in log) and any("has changed its tools" in line for line in log)


@pytest.mark.fault("J35")
@alone
async def test_a_server_that_is_down_at_the_start_is_said_and_found_later(tmp_path: Path, log: list[str]) -> None:
    """Its tools are offered from then on."""
    port, loop = free_port(), asyncio.get_running_loop()
    begun = loop.time()
    async with linked(http(port)) as tools:
        assert loop.time() - begun < 1.5
        find = tools["find_contact"]
        assert any("not there" in line for line in log) and not find.arguments.are_known
        with pytest.raises(ToolRefused):
            await find.use({"name": "Dana"}, view())
        async with served(tmp_path, port) as server:
            assert await until(lambda: find.arguments.are_known) < 5
            assert find.about == "Finds a contact." and find.arguments.names == ("name", "rooms", "wait")
            assert (await find.use({"name": "Dana"}, view())).data["rooms"] == 3
            server.kill()
            with pytest.raises(ToolFailed):
                await find.use({"name": "Dana"}, view(0.3))


@alone
async def test_a_program_that_cannot_be_a_server_is_tried_again(tmp_path: Path, log: list[str]) -> None:
    """None there is, and one that ends at once."""
    for command in (["/no/such/program"], ["false"]):
        log.clear()
        async with linked(stdio(tmp_path, command=command)) as tools:
            assert any("is not there: " in line for line in log) and not tools["show"].arguments.are_known
