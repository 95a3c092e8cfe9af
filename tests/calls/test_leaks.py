"""What a call leaves behind: nothing."""

from __future__ import annotations

import asyncio
import gc
from pathlib import Path
from typing import Any

import pytest

from pipeline.call import Call
from pipeline.chain import Chain
from pipeline.config import load
from pipeline.phone.phone import place_call
from pipeline.phone.script import Action, HangUp, Pcm, Wait, WaitAudio
from pipeline.processor import Processor
from pipeline.server.app import running
from pipeline.standins.starting import standing_in
from pipeline.testing import voice
from tests.kit.alone import SLOW, run

CONFIG = Path(__file__).parents[2] / "configs/maximus_he.yaml"
VAD: dict[str, Any] = {"vad": {"vad.energy": {}}}  # which takes a tone for a voice
ASKED: tuple[Action, ...] = (Wait(0.3), Pcm(voice(0.8)))


def held() -> set[int]:
    """The calls, chains and processors that something still holds."""
    gc.collect()
    return {id(it) for it in gc.get_objects() if isinstance(it, Call | Chain | Processor)}


@pytest.mark.fault("G6")
def test_nothing_holds_a_call_that_has_ended() -> None:
    """Whether it was heard to its end, cut off in the middle of the answer or while the agent thought: it is free."""

    async def left() -> tuple[list[str | None], set[int]]:
        config = load(CONFIG, swap=VAD, set={"record.folder": ""})
        async with standing_in(config, ()) as ready, running([ready]) as server:
            before = held()
            endings = ((WaitAudio(), Wait(1.0)), (WaitAudio(), HangUp()), (Wait(0.7), HangUp()))
            calls = [place_call(server.url, (*ASKED, *ending)) for ending in endings]
            errors = [result.error for result in await asyncio.gather(*calls)]
            del calls
        return errors, held() - before

    errors, after = run(left(), limit=SLOW)
    assert errors == [None, None, None]
    assert not after
