"""A plug-in that does wrong as soon as its caller presses a key: `FAULTS` has the faults by their key."""

from __future__ import annotations

import asyncio
import time
from typing import Any

from kav import Processor, on
from kav.frames import Dtmf, ReplyText

STALL = 0.3  # seconds for which `block` stops the loop
STUBBORN = 15.0  # seconds for which a task refuses to be cancelled
HOSTILE = ("\ud800 alone", "\x1b[2J\x00\x85\x9b", "\u202e\u2066", "<speak><break time='9h'/>", "a" * 100_000)
FAULTS = {
    "1": "block",
    "2": "fail",
    "3": "leave",
    "4": "cancel",
    "5": "cling",
    "6": "speak_badly",
    "7": "push_nothing",
    "8": "push_storm",
    "9": "fail_storm",
}


class Hostile(Processor):
    """Passes all frames on, and does wrong when a key is pressed."""

    gives = (ReplyText,)

    @on(Dtmf)
    def press(self, frame: Dtmf) -> None:
        self.push(frame)
        getattr(self, FAULTS[frame.digit])()

    def block(self) -> None:
        """Stop the loop, and all calls with it."""
        time.sleep(STALL)

    def fail(self) -> None:
        raise ValueError("the caller has pressed the key for this")

    def leave(self) -> None:
        raise SystemExit(3)

    def cancel(self) -> None:
        raise asyncio.CancelledError

    def cling(self) -> None:
        """Begin a task that refuses to be cancelled for a while."""
        self.chain.tasks.add(self.chain.loop.create_task(_cling()))

    def speak_badly(self) -> None:
        for text in HOSTILE:
            self.push(ReplyText(self.chain.turn, text))

    def push_nothing(self) -> None:
        nothing: Any = None
        self.push(nothing)

    def push_storm(self) -> None:
        for number in range(5000):
            self.push(ReplyText(self.chain.turn, f"Sentence {number} of too many."))

    def fail_storm(self) -> None:
        for number in range(1000):
            self.later(number / 1000, self.fail)


async def _cling() -> None:
    until = time.monotonic() + STUBBORN
    while (left := until - time.monotonic()) > 0:
        try:
            await asyncio.sleep(left)
        except asyncio.CancelledError:
            continue
