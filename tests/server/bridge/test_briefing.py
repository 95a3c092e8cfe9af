"""The briefing of a person who is rung, in the agent's voice."""

from __future__ import annotations

import asyncio
import io
import wave
from collections.abc import Callable

import pytest

from pipeline.agent import Agent
from pipeline.call import Call
from pipeline.config import Config
from pipeline.loop.virtual import run_virtual
from pipeline.phone.virtual_line import CALL_SID, NoWire
from pipeline.server.bridge.briefing import prepare
from pipeline.transfer import Destination, Handed
from tests.kit.alone import run
from tests.kit.transferring import config


async def sound(agent: Agent, accept: bool = True) -> bytes:
    """The sound of a briefing."""
    call = Call(CALL_SID, NoWire(), asyncio.get_running_loop())
    destination = Destination(name="sales", number="+97231112222", accept=accept)
    call.handed = Handed(destination=destination, tool="transfer", brief="Dana sells a flat.")
    await prepare(agent, call)
    return call.handed.sound


def test_it_is_a_wav_file_in_the_voice_of_the_config(agent: Callable[..., Config]) -> None:
    """Of the summary and the sentence that tells of the key; a person who hears none needs no sound."""

    async def main() -> None:
        async with Agent.open(agent()) as opened:
            assert not await sound(opened, accept=False)
            with wave.open(io.BytesIO(await sound(opened))) as file:
                assert (file.getnchannels(), file.getframerate(), file.getsampwidth()) == (1, 8000, 2)
                assert file.getnframes() > 8000

    run(main())


@pytest.mark.parametrize("late", [False, True])
def test_without_a_voice_there_is_no_sound(agent: Callable[..., Config], late: bool) -> None:
    """Or if it is late: then Twilio says the words."""
    chosen = agent(changes={"tts.delay": "20s"}) if late else config()

    async def main() -> None:
        async with Agent.open(chosen) as opened:
            assert await sound(opened) == b""

    run_virtual(main())
