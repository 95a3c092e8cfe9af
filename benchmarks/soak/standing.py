"""Stand-ins whose fault is switched: `python -m benchmarks.soak.standing`, as `benchmarks.standing` otherwise.

A line that comes in names the fault that all three have from then on, of `FAULTS`; an empty one leaves them as they
are. Each is answered by a line with the streams and requests open at each stand-in.
"""

from __future__ import annotations

import asyncio
from typing import TypeAlias

import msgspec

from benchmarks.standing import sound, stand
from pipeline.standins import google_speech, google_tts, openai
from pipeline.standins.openai import script as mind_script

Hears: TypeAlias = google_speech.Fault
Thinks: TypeAlias = openai.Fault
Speaks: TypeAlias = google_tts.Trouble

HEARS: dict[str, Hears] = {
    "asr mute": Hears(do="mute"),
    "asr mute after a word": Hears(do="mute", after=0.5),
    "asr never final": Hears(do="no_final"),
    "asr UNAVAILABLE": Hears(do="status"),
    "asr UNAVAILABLE in speech": Hears(do="status", after=0.5),
    "asr RESOURCE_EXHAUSTED": Hears(do="status", code="RESOURCE_EXHAUSTED"),
    "asr UNAUTHENTICATED": Hears(do="status", code="UNAUTHENTICATED"),
    "asr empty": Hears(do="empty"),
    "asr blank": Hears(do="blank"),
    "asr out of order": Hears(do="unordered"),
    "asr twice": Hears(do="duplicated"),
}
THINKS: dict[str, Thinks] = {
    "llm 500": Thinks(status=500),
    "llm 429": Thinks(status=429, retry_after="2"),
    "llm 401": Thinks(status=401),
    "llm hangs": Thinks(hang="request"),
    "llm hangs before a token": Thinks(hang="first"),
    "llm hangs in a sentence": Thinks(hang="between", after=8),
    "llm hangs after a sentence": Thinks(hang="between", after=40),
    "llm cut": Thinks(cut=600),
    "llm endless": mind_script.ENDLESS,
    "llm repeats itself": mind_script.REPEATED,
    "llm empty": mind_script.EMPTY,
    "llm garbage": mind_script.GARBAGE,
    "llm broken JSON": mind_script.BROKEN_JSON,
    "llm no choices": mind_script.NO_CHOICES,
    "llm error inside": mind_script.ERROR_INSIDE,
    "llm lone surrogate": Thinks(inject=('data: {"choices": [{"delta": {"content": "\\ud800 \\u0085 "}}]}',)),
    "llm 100 kB": Thinks(text="word " * 20_000),
}
SPEAKS: dict[str, Speaks] = {
    "tts hangs": Speaks("hang"),
    "tts slow": Speaks("slow"),
    "tts UNAVAILABLE": Speaks("status"),
    "tts RESOURCE_EXHAUSTED": Speaks("status", "RESOURCE_EXHAUSTED"),
    "tts empty": Speaks("empty"),
    "tts click": Speaks("click"),
    "tts wrong rate": Speaks("rate"),
    "tts cut": Speaks("cut"),
}
TRICKLE = "llm trickles"  # a token a second
SLOW = "asr slow"  # its last result comes after three seconds
FAULTS = (*HEARS, SLOW, *THINKS, TRICKLE, *SPEAKS)


class Switched:
    """Three stand-ins of which one has a fault, and the others have none."""

    def __init__(self) -> None:
        self.ear, self.mind, self.voice = sound()

    def switch(self, name: str) -> None:
        """Give them this fault; an empty name changes nothing."""
        if not name:
            return
        heard = {"faults": [HEARS[name]] if name in HEARS else [], "final_delay": 3.0 if name == SLOW else 0.25}
        self.ear.script = msgspec.structs.replace(self.ear.script, **heard)
        self.mind.script.always = THINKS.get(name)
        self.mind.script.tokens_per_second = 1.0 if name == TRICKLE else 80.0
        self.voice.script = msgspec.structs.replace(self.voice.script, then=SPEAKS.get(name))


async def _stand() -> None:
    standing = Switched()
    async with standing.ear, standing.mind, standing.voice:
        await stand(standing.ear, standing.mind, standing.voice, standing.switch)


if __name__ == "__main__":
    asyncio.run(_stand())
