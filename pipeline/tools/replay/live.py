"""`replay --live`: recorded calls in real time, with the config's providers, or stand-ins scripted from the call."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

from pipeline.config import Config
from pipeline.faults import Place
from pipeline.loop.fastest import new_event_loop
from pipeline.phone.script import Action, Answer, Say
from pipeline.records.reader import Recording
from pipeline.tools.replay.player import Replayed, live
from pipeline.tools.replay.provider_recording import ProviderRecording

HERE = Place("a recorded call")


def ask(recording: Recording, config: Config, stand_ins: bool) -> Replayed:
    """Replay a call in real time; stand-ins give the recorded words and answers."""
    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        return runner.run(_ask(recording, config, stand_ins))


async def _ask(recording: Recording, config: Config, stand_ins: bool) -> Replayed:
    if not stand_ins:
        return await live(recording, config)
    from pipeline.standins.starting import standing_in

    async with standing_in(config, tuple(script(recording))) as pointed:
        return await live(recording, pointed)


def script(recording: Recording) -> Iterator[Action]:
    """Yield the stand-ins' script: the words of each utterance of the call, and the answer to them."""
    providers = ProviderRecording(recording)
    for heard in providers.heard:
        yield Say(heard.text, at=HERE)
        if heard.text and (answer := providers.bits.to(heard.text)) is not None:
            yield Answer("".join(str(item.got) for item in answer.items), at=HERE)
