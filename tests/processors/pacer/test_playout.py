from __future__ import annotations

import asyncio
from typing import Any

import pytest

from pipeline import audio
from pipeline.call import Call
from pipeline.chain import Chain
from pipeline.frames import AudioOut
from pipeline.testing import NoWire, run_virtual
from pipeline.vocabulary import Refusal
from processors.pacer import Pacer
from processors.pacer.playout import MOST, Playout

SECOND = audio.tone(1.0)


@pytest.mark.fault("G5")
def test_sound_beyond_ten_minutes_is_left_out() -> None:
    """There is room again once some of it has been sent."""
    playout = Playout(0)
    taken = [playout.take(AudioOut(0, SECOND, "la", last=False)) for _ in range(int(MOST) + 5)]
    assert taken == [True] * int(MOST) + [False] * 5 and len(playout.queue) == MOST
    playout.sent = 2.0
    assert playout.take(AudioOut(0, SECOND, "la", last=False))


def test_a_sound_of_eleven_minutes_is_cut_to_ten() -> None:
    """A reply that is one piece of sound is heard, and not left out."""
    playout = Playout(0)
    assert not playout.take(AudioOut(0, SECOND * 660, "la", last=True))
    sound, mark = playout.queue
    assert (len(sound), mark) == (len(SECOND) * MOST, "0.1")


@pytest.mark.fault("G5")
def test_a_flood_of_sound_is_refused_and_the_reply_goes_on() -> None:
    """It is counted, and told of once."""

    async def main() -> Any:
        call = Call("CA1", NoWire(), asyncio.get_running_loop())
        chain = Chain([Pacer()], call, call.loop)
        for _ in range(int(MOST) + 5):
            chain.put(AudioOut(0, SECOND, "la", last=False))
        await asyncio.sleep(10)
        chain.put(AudioOut(0, SECOND, "la"))
        chain.close("stop")
        return call

    call = run_virtual(main())
    assert call.refused == {Refusal.REPLY_TOO_LONG: 5} and call.faults == 0
