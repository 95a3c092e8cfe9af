"""The tool `mcp`, over links to real servers on this machine."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest

from abilities.mcp import Mcp
from abilities.mcp.schema import Listed
from abilities.mcp.settings import McpSettings
from pipeline.agent import Agent
from pipeline.config import load
from pipeline.faults import ConfigError
from pipeline.providers.probe import Unserved
from pipeline.testing import run_virtual
from pipeline.tool import ToolRefused, ToolSettings
from pipeline.uses.request import Refusal, offered, read
from tests.kit.alone import alone
from tests.kit.configs import GOOD, Write, faults
from tests.kit.deploys import free_port
from tests.kit.mcps import ALLOW, http, linked, served, stdio, until
from tests.kit.tooling import view

PLAIN = {"type": "object", "properties": {"name": {"type": "string"}}}
YAML = f"""{GOOD}tools:
  - mcp:
      name: crm
      url: http://127.0.0.1:9/mcp
      allow:
        find_contact: {{effect: false}}
        create_lead: {{say: [One moment.], confirm: "{{name}}."}}
"""


@pytest.mark.fault("J35")
@alone
async def test_a_server_is_believed_no_further_than_its_answers(tmp_path: Path, log: list[str]) -> None:
    """Results are texts or data, not pictures; neither its instructions nor tools of another pin are told."""
    port = free_port()
    async with served(tmp_path, port):
        async with linked(http(port)) as tools:
            await tools["show"].known()
            assert (await tools["show"].use({}, view())).data == {"text": "a house", "left_out": "1 that are no text"}
            found = (await tools["find_contact"].use({"name": "Dana", "rooms": 2}, view())).data
            assert (found["name"], found["rooms"]) == ("Dana", 2)
            with pytest.raises(ToolRefused, match="no contact Dana"):
                await tools["fail"].use({"name": "Dana"}, view())
            assert not any("fire" in tool.about for tool in tools.values())
        async with linked(http(port, pin="0" * 16)) as tools:
            await until(lambda: any("other tools than those of its `pin`" in line for line in log))
            assert not tools["show"].arguments.are_known
        await _probes(http(port))


async def _probes(settings: McpSettings) -> None:
    said = await Mcp.probe(settings, "en-US").ask()
    now = said.removeprefix("4 tools, pin ")
    changed: list[dict[str, Any]] = [{"pin": now}, {"pin": "0" * 16}, {"allow": ALLOW | {"no": ToolSettings()}}]
    asked = [Mcp.probe(msgspec.structs.replace(settings, **each), "en-US").ask() for each in changed]
    same, other, missing = await asyncio.gather(*asked, return_exceptions=True)
    assert same == said and other.hint.endswith(f"`pin: {now}`") and "has no tool `no`" in missing.text


@alone
async def test_a_probe_of_a_server_that_is_not_there_fails(tmp_path: Path) -> None:
    """With what there is instead."""
    with pytest.raises(Unserved):
        await Mcp.probe(stdio(tmp_path, command=["false"]), "en-US").ask()


def test_a_tool_is_offered_once_its_server_has_told_of_it(tmp_path: Path, log: list[str]) -> None:
    """Before that a model that asks for it is told that there is none."""
    tool = Mcp(stdio(tmp_path), None, "find_contact")
    tools = {tool.name: tool}
    assert not offered(tools, ())
    with pytest.raises(Refusal, match="there is no tool"):
        read("find_contact", "{}", tools, (), ())
    tool.learn({"find_contact": Listed("find_contact", "Finds.", PLAIN)})
    assert offered(tools, ()) == (tool,) and tool.about == "Finds." and not tool.is_effect
    assert read("find_contact", '{"name": "Dana"}', tools, (), ()).values == {"name": "Dana"}


@pytest.mark.parametrize(
    ("listed", "told"),
    [
        ({}, "has no tool `create_lead`"),
        ({"create_lead": Listed("create_lead", "", {"type": "array"})}, "no plain object"),
        ({"create_lead": Listed("create_lead", "", {"type": "object"})}, "has {name}, which"),
    ],
)
def test_a_fault_of_a_servers_tool_is_logged_with_its_place(
    write: Write, listed: dict[str, Listed], told: str, log: list[str]
) -> None:
    """The tool is not offered; the call has the others."""
    tool: Any = load(write(YAML), env={}).tools[0].tools()[1]
    tool.learn(listed)
    assert not tool.arguments.are_known and told in log[0] and ".yaml:" in log[0]


def test_check_reads_the_names_without_the_server(write: Write) -> None:
    """An allowed tool is an effect unless it is said to be none; a rehearsal asks no server."""
    find, create = load(write(YAML), env={}).tools[0].tools()
    assert (find.name, find.is_effect, create.name, create.is_effect) == ("find_contact", False, "create_lead", True)
    assert create.rehearse({}).data == {"rehearsed": True}
    (fault,) = faults(write(YAML.replace("find_contact", "findContact")))
    assert "`findContact` is no name of a tool" in fault


def test_virtual_time_has_no_servers(write: Write) -> None:
    """A test says what stands for it."""

    async def main() -> None:
        with pytest.raises(ConfigError, match="an MCP server"):
            async with Agent.open(load(write(YAML), env={})):
                pass

    run_virtual(main())


def test_the_package_is_imported_only_when_a_link_is_opened(write: Write) -> None:
    """Not even by a check of a config that names it."""
    load = f"from pipeline.config import load; load({str(write(YAML).resolve())!r}, env={{}})"
    code = f"import sys; {load}; print('mcp' in sys.modules)"
    root = Path(__file__).parents[3]
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=root)
    assert done.stdout.strip() == "False"
