"""The bystanders' phone, in a process of its own: `python -m benchmarks.soak.bystanders http://127.0.0.1:8080`.

So many calls at a time, each with its script, until the input ends; then those under way are ended by their scripts.
Each call that has ended is a line of JSON, a `Bystander`.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import sys
import time
from collections import deque

import msgspec
import uvloop
from loguru import logger

from benchmarks.soak.batches import SAID
from benchmarks.soak.ground import PUBLIC, SOUND, TOKEN
from benchmarks.soak.judging import heard
from pipeline.phone.phone import place_call
from pipeline.phone.script import Action, HangUp, InterruptAfter, Say, Wait, WaitAudio, WaitReply
from pipeline.tools.call.dial import speak

RAMP = 8.0  # seconds in which the first calls begin
TICK = 0.02  # seconds between two looks at the phone's own lateness
LIMIT = 150.0  # seconds of a call


class Phone:
    """Places calls, and notes how late its own loop is."""

    def __init__(self, url: str, sounds: dict[str, bytes]) -> None:
        self.url, self.sounds = url, sounds
        self.over = False
        self._late: deque[tuple[float, float]] = deque(maxlen=20_000)  # of the last minutes: when, by how much
        self._begun = time.monotonic()

    async def call(self, number: int, after: float) -> None:
        """Place one call after the other in one place of the crowd."""
        await asyncio.sleep(after)
        random_ = random.Random(number)
        while not self.over:
            script = [Wait(random_.uniform(0.2, 1.0)), *random_.choice(SCRIPTS)]
            began = time.monotonic()
            result = await place_call(
                self.url, script, token=TOKEN, public_url=PUBLIC, called=SOUND, caller=f"+9725{number:08}",
                limit=LIMIT, voice=self.sounds.__getitem__,
            )  # fmt: skip
            late = max((by for at, by in self._late if at >= began), default=0.0)
            cpu = time.process_time() / (time.monotonic() - self._begun)
            print(msgspec.json.encode(heard(result, late, cpu)).decode(), flush=True)

    async def watch(self) -> None:
        """Note how late the loop is, as long as it runs."""
        due = time.monotonic()
        while True:
            due = max(due + TICK, time.monotonic())
            await asyncio.sleep(due - time.monotonic())
            if (by := time.monotonic() - due) > TICK / 2:
                self._late.append((time.monotonic(), by))


FIRST, SECOND = Say(SAID[0]), Say(SAID[1])
SCRIPTS: list[list[Action]] = [
    [FIRST, WaitReply(), SECOND, WaitReply()],
    [FIRST, InterruptAfter(1.0, SECOND), WaitReply()],
    [FIRST, WaitAudio(), Wait(2.0), HangUp()],
    [FIRST, WaitReply(), SECOND, InterruptAfter(3.0, FIRST), WaitReply(), SECOND, WaitReply()],
]


async def _phone(url: str, calls: int) -> None:
    phone = Phone(url, await speak(SAID, "he-IL"))
    watching = asyncio.create_task(phone.watch())
    placing = [asyncio.create_task(phone.call(number, RAMP * number / calls)) for number in range(calls)]
    await asyncio.to_thread(sys.stdin.read)
    phone.over = True
    await asyncio.gather(*placing)
    watching.cancel()


def main() -> None:
    """Call until the input ends."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.soak.bystanders", description=__doc__.splitlines()[0])
    parser.add_argument("url")
    parser.add_argument("--calls", type=int, default=40, help="at a time (default: %(default)s)")
    options = parser.parse_args()
    logger.remove()
    uvloop.run(_phone(options.url, options.calls))


if __name__ == "__main__":
    main()
