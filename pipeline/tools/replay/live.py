"""`replay --live`: recorded calls in real time, with the providers of the config, or stand-ins that know the call."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import uvloop

from pipeline.config import Config
from pipeline.faults import Place
from pipeline.phone.script import Action, Answer, Say
from pipeline.records.reader import Recording
from pipeline.tools.replay.player import Replayed, live
from pipeline.tools.replay.provider_recording import ProviderRecording

HERE = Place("a recorded call")


def ask(recording: Recording, config: Config, stand_ins: bool) -> Replayed:
    """Play a call in as much time as it took; stand-ins hear what was heard, and answer what was answered."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(_ask(recording, config, stand_ins))


async def _ask(recording: Recording, config: Config, stand_ins: bool) -> Replayed:
    if not stand_ins:
        return await live(recording, config)
    from pipeline.standins.starting import standing_in

    async with standing_in(config, tuple(script(recording))) as pointed:
        return await live(recording, pointed)


def script(recording: Recording) -> Iterator[Action]:
    """What was heard in a call, and answered to it."""
    providers = ProviderRecording(recording)
    for heard in providers.heard:
        yield Say(heard.text, at=HERE)
        if heard.text and (answer := providers.bits.to(heard.text)) is not None:
            yield Answer("".join(str(got) for _, got in answer.items), at=HERE)
