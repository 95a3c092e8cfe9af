"""The watchdog of the event loop: who keeps it is named, and the other calls go on."""

from __future__ import annotations

import asyncio
import re
import signal
from pathlib import Path
from time import monotonic

import pytest
from loguru import logger

from pipeline.config import load
from pipeline.server.watchdog import Watchdog
from tests.kit.bystander import bystander
from tests.kit.outside import outside
from tests.kit.peer import call, metric, sid
from tests.kit.serving import Serve

SLEEPY = """
import re
from time import monotonic, sleep
from pipeline import audio
from pipeline.frames import AudioIn, Dtmf, Media
from pipeline.processor import Processor, on


class Sleepy(Processor):
    "Sends each sound back; a key keeps the loop."

    gives = (Media,)
    holds = (AudioIn, Dtmf)

    @on(AudioIn)
    def hear(self, frame: AudioIn) -> None:
        self.push(Media(audio.encode(frame.pcm)))

    @on(Dtmf)
    def press(self, frame: Dtmf) -> None:
        if frame.digit == "1":
            sleep(0.6)
        else:
            look("a" * 16)


def look(text: str) -> None:
    end = monotonic() + 0.6
    while monotonic() < end:
        text += "a"
        re.fullmatch("(a|a)*b", text)  # lets no other thread run
"""
CONFIG = "plugins: [sleepy.py]\npipeline:\n  - twilio_serializer\n  - sleepy\n  - twilio_sink\n"


async def said(lines: list[str], word: str) -> str:
    """Wait for the first line of the log that begins with this."""
    while not (found := [line for line in lines if line.startswith(word)]):  # noqa: ASYNC110
        await asyncio.sleep(0.01)
    return found[0]


@pytest.mark.fault("G3")
@pytest.mark.parametrize(("key", "last"), [("1", "sleep(0.6)"), ("2", "re.fullmatch")])
async def test_who_keeps_the_loop_is_named_and_the_other_call_goes_on(
    serve: Serve, tmp_path: Path, key: str, last: str
) -> None:
    """The step's class, line and stack are in the log of its call, once; the seconds are counted."""
    (tmp_path / "sleepy.py").write_text(SLEEPY)
    (tmp_path / "one.yaml").write_text(CONFIG)
    lines: list[str] = []
    sink = logger.add(lambda line: lines.append(str(line)), format="{message} {extra}", backtrace=False, diagnose=False)
    async with (
        serve(load(tmp_path / "one.yaml")) as (server, session),
        call(server, session, sid(1)) as peer,
        bystander(server, session, worst=5.0) as other,
    ):
        await peer.press(key)
        await said(lines, "UNBLOCKED after")
        await peer.talks(2)
        before = other.heard
        await peer.talks(3)
        assert await metric(server, session, "kav_loop_blocked_seconds_count") == 1
        assert await metric(server, session, "kav_loop_blocked_seconds_sum") > 0.25
    assert other.heard > before >= 1
    logger.remove(sink)
    (told,) = [line for line in lines if line.startswith("BLOCKED")]
    assert re.match(rf"BLOCKED by Sleepy \(\S+one\.yaml:4\): every call waits .*{sid(1)}", told)
    assert last in told
    assert "runners.py" not in told


@pytest.mark.fault("G3")
async def test_what_is_no_step_is_shown_as_well(lines: list[str]) -> None:
    """By its stack."""
    seconds: list[float] = []
    with Watchdog(seconds.append):
        await asyncio.sleep(0)
        end = monotonic() + 0.6
        while monotonic() < end:
            pass
        await said(lines, "BLOCKED by the server")
        await said(lines, "UNBLOCKED after")
    assert len(seconds) == 1 and seconds[0] > 0.25


async def test_nobody_is_blamed_for_what_the_machine_does(tmp_path: Path) -> None:
    """A process that was not let run for a while counts the time, and names none of its own."""
    async with outside(tmp_path) as (server, session):
        server.process.send_signal(signal.SIGSTOP)
        end = monotonic() + 0.5
        while monotonic() < end:  # noqa: ASYNC110 - it cannot say anything
            await asyncio.sleep(0.01)
        server.process.send_signal(signal.SIGCONT)
        while not await metric(server, session, "kav_loop_blocked_seconds_count"):
            pass
    assert not [line for line in server.lines if "BLOCKED" in line]
