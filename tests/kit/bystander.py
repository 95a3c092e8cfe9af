"""A bystander: a call beside a fault, which must notice nothing; and the longest silence that a caller heard."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import pairwise

from aiohttp import ClientSession

from pipeline import audio
from pipeline.phone.result import CallResult
from tests.kit.peer import SOUND, Peer, Served, call, sid

BYSTANDER = sid(999)
FRAME = 0.02  # seconds
PATIENCE = 5.0  # seconds for the last sound to come back
WORST = 1.0  # seconds of gap that a loaded machine may cause by itself
AUDIBLE = 50  # of 16-bit samples, root of the mean square


class Bystander:
    """A caller of the parrot who speaks without a pause, and compares each sound that comes back."""

    def __init__(self, peer: Peer) -> None:
        self.peer = peer
        self.sent = self.heard = 1  # sounds; `call` has exchanged the first
        self.gaps: list[float] = []  # seconds between two sounds, beyond their own length
        self.over = asyncio.Event()

    async def speak(self) -> None:
        """Send a sound each 20 ms, no two in a row alike, until the test is over."""
        loop = asyncio.get_running_loop()
        began = loop.time()
        while not self.over.is_set():
            self.sent += 1
            await self.peer.speak(self.sent, _sound(self.sent))
            await asyncio.sleep(max(0.0, began + (self.sent - 1) * FRAME - loop.time()))

    async def listen(self) -> None:
        """Compare all that comes back, in order. Raises AssertionError at the first difference."""
        loop = asyncio.get_running_loop()
        last = loop.time()
        while not (self.over.is_set() and self.heard == self.sent):
            told = await self.peer.hears()
            self.heard += 1
            assert told["event"] == "media", told
            assert base64.b64decode(told["media"]["payload"]) == _sound(self.heard), f"sound {self.heard}"
            now = loop.time()
            self.gaps.append(max(0.0, now - last - FRAME))
            last = now


@asynccontextmanager
async def bystander(
    server: Served, session: ClientSession, call_sid: str = BYSTANDER, worst: float = WORST
) -> AsyncIterator[Bystander]:
    """A call that talks while the block runs.

    Raises AssertionError if it was cut, if a sound was lost, changed or doubled, or came after a gap of more than
    `worst` seconds.
    """
    async with call(server, session, call_sid) as peer:
        it = Bystander(peer)
        speaking, listening = asyncio.ensure_future(it.speak()), asyncio.ensure_future(it.listen())
        try:
            yield it
            it.over.set()
            await asyncio.wait_for(speaking, PATIENCE)
            await it.peer.speak(it.sent + 1, _sound(it.sent + 1))  # wakes `listen` if all had come back
            it.sent += 1
            await asyncio.wait_for(listening, PATIENCE)
            assert max(it.gaps) <= worst, f"a gap of {max(it.gaps):.3f} s"
        finally:
            speaking.cancel()
            listening.cancel()
            await asyncio.gather(speaking, listening, return_exceptions=True)


def _sound(number: int) -> bytes:
    """A piece of voice that is unlike those before and after it, and comes back to the byte."""
    at = number % (len(SOUND) // 2)
    return SOUND[at:] + SOUND[:at]


def longest_silence(result: CallResult) -> float:
    """Return the seconds of the longest silence in the agent's turns, by the phone's own clock.

    A turn of the agent lasts from the caller's last voiced frame to the end of the answer, or, without one, until the
    caller speaks again or the call ends.
    """
    ends = [*(turn.started for turn in result.turns[1:]), result.ended]
    turns = [(turn.ended, end) for turn, end in zip(result.turns, ends, strict=False)]
    return max((_silence(result, began, end) for began, end in turns), default=0.0)


def _silence(result: CallResult, began: float, end: float) -> float:
    frames = range(_frame(result, began), _frame(result, end))
    heard = [
        at for at in frames if audio.rms(result.agent_track[at * audio.FRAME_BYTES :][: audio.FRAME_BYTES]) > AUDIBLE
    ]
    if not heard:
        return end - began
    places = [frames.start - 1, *heard]
    return max(later - earlier - 1 for earlier, later in pairwise(places)) * FRAME


def _frame(result: CallResult, at: float) -> int:
    return round((at - result.started) / FRAME)
