"""How long a caller waits, with providers that take as long as real ones are said to: `make gap`.

    python -m benchmarks.gap --turns 50

Every provider is a stand-in behind a real socket on this machine, at its default delays (docs/providers.md). Calls to
`configs/maximus_he.yaml` take turns with calls to the same agent made the serial way: the sound is recognised once the
turn is over (`asr.openai`), the reply is spoken once the model has ended it, and sound is sent once all of it is made.
The gap is what a caller hears: from their last voiced frame to the answer's first sound. Nothing here passes or fails.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import AsyncGenerator
from contextlib import aclosing
from pathlib import Path
from typing import Any

import msgspec
from loguru import logger

from pipeline.config import Config, load
from pipeline.frames import Frame, ReplyEnded, ReplyText
from pipeline.llm import DialogueSettings
from pipeline.llm.preemptive import PreemptiveReply
from pipeline.phone.phone import place_call
from pipeline.phone.script import Action, Answer, InterruptAfter, Say, Wait, WaitAudio, words
from pipeline.server.app import running
from pipeline.standins.starting import standing_in
from pipeline.tools.call.dial import speak
from processors.llm.openai.dialogue import OpenAiDialogue

CONFIG = Path(__file__).parents[1] / "configs/maximus_he.yaml"
ASKED = ("שלום, אני מחפש דירה לקנייה", "בתל אביב", "ארבעה חדרים", "עד ארבעה מיליון שקל", "מחר בחמש, תודה רבה")
OPENINGS = ("בשמחה", "ברצון רב", "בהחלט", "נהדר", "מצוין")  # or it would be the same reply again
REPLY = (  # as long as the guide wants replies to be
    "{}, אעזור לך למצוא את הדירה המתאימה. יש לנו דירות במרכז העיר, בצפון הישן וגם קרוב לים, "
    "בבניינים חדשים ובבניינים שעברו שיפוץ. אספר לך על כל אחת מהן לפי הסדר. מה הכי חשוב לך בדירה?"
)
SERIAL: dict[str, Any] = {"asr": {"asr.openai": {"model": "any"}}}


class WholeReply(OpenAiDialogue):
    """Speaks nothing before the model has ended."""

    async def _reply(self, begun: PreemptiveReply | None) -> AsyncGenerator[Frame, None]:
        said = []
        async with aclosing(super()._reply(begun)) as frames:
            async for frame in frames:
                if isinstance(frame, ReplyText):
                    said.append(frame.text)
        yield ReplyText(self.work_turn, " ".join(said))
        yield ReplyEnded(self.work_turn)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.gap", description=__doc__.splitlines()[0])
    parser.add_argument("--turns", type=int, default=20, help="turns of each way (default: %(default)s)")
    turns = parser.parse_args().turns
    logger.remove()
    asyncio.run(_measure(turns))  # not uvloop: its clock has steps of a millisecond


async def _measure(turns: int) -> None:
    script = _script()
    sounds = await speak(words(script), "he-IL")
    ways = _ways()
    gaps: dict[str, list[float]] = {name: [] for name in ways}
    for begun in range(0, turns, len(ASKED)):
        for name, config in ways.items():  # a call each, so that whatever else this machine does hits all of them
            async with standing_in(config, script) as ready, running([ready]) as server:  # anew: no voice knows a reply
                result = await place_call(server.url, script, voice=sounds.__getitem__)
            found = [turn.gap for turn in result.turns if turn.gap is not None]
            gaps[name] += found[: turns - begun]
            print(f"{name}: {result.error or f'{len(found)} turns'}", file=sys.stderr, flush=True)
    _show(gaps)


def _ways() -> dict[str, Config]:
    """Each way of answering, by the name that the table gives it."""
    keep = {"record.folder": ""}
    serial = load(CONFIG, swap=SERIAL, set=keep)
    whole = [
        msgspec.structs.replace(step, kind=WholeReply) if step.kind is OpenAiDialogue else step for step in serial.steps
    ]
    ways = {"serial": msgspec.structs.replace(serial, steps=tuple(whole)), "maximus_he.yaml": load(CONFIG, set=keep)}
    if "preemptive" in DialogueSettings.__struct_fields__:
        for on in (False, True):
            ways[f"preemptive: {str(on).lower()}"] = load(CONFIG, set={**keep, "llm.preemptive": on})
    return ways


def _script() -> list[Action]:
    """Five questions, each of which interrupts the answer before; the first is asked into silence."""
    script: list[Action] = [Wait(seconds=1.0)]
    for number, (text, opening) in enumerate(zip(ASKED, OPENINGS, strict=True)):
        script += [InterruptAfter(1.0, Say(text)) if number else Say(text), Answer(REPLY.format(opening))]
    return [*script, WaitAudio()]


def _show(gaps: dict[str, list[float]]) -> None:
    first = _quantile(next(iter(gaps.values())), 0.5)
    print(f"{'':<20}{'turns':>6}{'median':>10}{'p95':>10}{'of serial':>11}")
    for name, values in gaps.items():
        median, late = _quantile(values, 0.5), _quantile(values, 0.95)
        print(
            f"{name:<20}{len(values):>6}{median * 1000:>7.0f} ms{late * 1000:>7.0f} ms{median / first:>11.2f}",
            flush=True,
        )


def _quantile(values: list[float], part: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * part))] if ordered else float("nan")


if __name__ == "__main__":
    main()
