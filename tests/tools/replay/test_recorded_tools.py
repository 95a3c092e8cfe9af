"""The tools of a replayed call."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from pipeline.call import Call
from pipeline.config import Config, load
from pipeline.testing import Line, play, run_virtual, voice
from pipeline.tool import Tool, ToolFailed, View
from pipeline.tools.replay.player import Replayed, replay
from pipeline.tools.replay.provider_recording import ProviderRecording
from pipeline.tools.replay.recorded_tools import with_recorded_tools
from pipeline.vocabulary import Cause
from tests.kit.replays import only

CHAIN = """
pipeline:
  - twilio_serializer
  - vad.energy
  - end_of_utterance
  - asr.script: {say: [three rooms, book it, never mind]}
  - llm.script:
      say: [{use: find, with: {rooms: 3}}, There are two., {use: book, with: {rooms: 3}}, It is done., Good.]
  - tts.tone
  - pacer
  - twilio_sink
"""
TOOLS = """
tools:
  - crm.py
"""
CRM = '''
"""The functions of a test; each use leaves a line in a file."""
import asyncio
from pathlib import Path

from pipeline.tool import Result, tool

USED = Path(__file__).with_name("used.txt")


@tool(say=["One moment."], timeout=2.0)
async def find(rooms: int) -> dict[str, int]:
    """Finds flats."""
    with USED.open("a") as file:
        file.write("find\\n")
    await asyncio.sleep(WAIT)
    return ANSWER


@tool(say=["Booking it."], grants=["booked"], hide=["rooms"])
async def book(rooms: int) -> str:
    """Books one."""
    with USED.open("a") as file:
        file.write("book\\n")
    await asyncio.sleep(0.3)
    raise RuntimeError("the CRM is down")


async def sell(rooms: int) -> str:
    """Sells one."""
    raise RuntimeError("it is never used")
'''


def recorded(folder: Path, wait: float = 0.6, answer: str = '{"count": 2}') -> tuple[Config, list[str]]:
    """A call to these tools that is kept in `folder`, and the tools that were used in it."""
    (folder / "agent.yaml").write_text(CHAIN + TOOLS)
    (folder / "crm.py").write_text(f"WAIT, ANSWER = {wait}, {answer}\n{CRM}")
    config = load(folder / "agent.yaml")
    play(config, [(0.5, voice(0.6)), (7.0, voice(0.6)), (13.0, voice(0.6))], 20, keep=folder / "calls")
    return config, used(folder)


def used(folder: Path) -> list[str]:
    return (folder / "used.txt").read_text().split()


def again(folder: Path, config: Config) -> Replayed:
    return replay(only(folder / "calls"), config)


def test_a_call_with_tools_is_the_same_call_and_nothing_is_done(tmp_path: Path) -> None:
    """Its results come from the record, when they came, and its failures, too."""
    config, done = recorded(tmp_path)
    assert done == ["find", "book"]
    replayed = again(tmp_path, config)
    assert replayed.same and not replayed.guesses
    assert used(tmp_path) == done


def test_a_tool_that_had_not_answered_in_its_time_does_so_again(tmp_path: Path) -> None:
    """Its timeout is the config's own: with a longer one, the replay waits as long."""
    config, done = recorded(tmp_path, wait=5.0)
    assert again(tmp_path, config).same
    assert used(tmp_path) == done


def test_other_arguments_get_the_likeliest_answer_as_a_guess(tmp_path: Path) -> None:
    """A tool that was not used in the call has none."""
    config, done = recorded(tmp_path)
    providers = ProviderRecording(only(tmp_path / "calls"))
    find, _, sell = (tool for item in with_recorded_tools(config, providers).tools for tool in item.tools())

    async def ask(rooms: int, tool: Tool = find) -> Any:
        call = Call("CA0", Line(asyncio.get_running_loop()), asyncio.get_running_loop())
        return (await tool.use({"rooms": rooms}, View(call, "", 0.0))).data

    assert run_virtual(ask(3)) == {"count": 2} and not providers.guesses
    assert run_virtual(ask(4)) == {"count": 2}
    (guess,) = providers.guesses
    assert guess.why == 'another use of a tool: find {"rooms":4}, answered as find {"rooms":3}'
    with pytest.raises(ToolFailed, match="not recorded"):
        run_virtual(ask(3, sell))
    assert used(tmp_path) == done


def test_a_transfer_is_the_same_transfer(tmp_path: Path) -> None:
    """Its result is that of the record, within its hours or not; what it does to the call is done again."""
    told = "{use: transfer, with: {to: sales, summary: Dana.}}"
    chain = CHAIN.replace("say: [{use: find, with: {rooms: 3}}, There are two.,", f"say: [{told},")
    people = '{to: {sales: {number: "+97231112222"}}, say: [I am connecting you.]}'
    (tmp_path / "agent.yaml").write_text(f"{chain}tools:\n  - transfer: {people}\n")
    config = load(tmp_path / "agent.yaml")
    played = play(config, [(0.5, voice(0.6))], 10, keep=tmp_path / "calls")
    assert played.call.cause == Cause.TRANSFER
    replayed = again(tmp_path, config)
    assert sum(event.what == "Handover" for event in replayed.events) == 1
    # A call of virtual time ends for the agent's own reason, where a socket is closed: all else is the same.
    assert replayed.astray is not None and replayed.astray.what == "CallEnded"
