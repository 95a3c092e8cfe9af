"""Stand-ins for all three providers in a process of their own: `python -m benchmarks.standing [--faults]`.

Its first line is a JSON object of the fields that point a config at them. After that each line that comes in is
answered by one with what is open at each. It ends with its input.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import sys
from collections.abc import Callable
from typing import Any

from pipeline.standins import google_speech, google_tts, openai

CITIES = ("בתל אביב", "בחיפה", "בירושלים", "ברמת גן", "בגבעתיים", "בהרצליה", "ברעננה")
ROOMS = ("שלושה חדרים", "ארבעה חדרים", "חמישה חדרים", "שני חדרים", "שישה חדרים")
HEARD = tuple(f"אני מחפש {rooms} {city}" for rooms, city in itertools.product(ROOMS, CITIES))  # never twice in a row
REPLY = (  # no sentence like one before it: what was spoken once would come from the cache
    "בשמחה, זו בקשה מספר {0} ואטפל בה מיד. במאגר יש לנו {0} דירות שמתאימות לך בדיוק. "
    "אספר לך על דירה {0} ברחוב הראשי ועל עוד כמה. מה חשוב לך יותר, מרפסת או חניה {0}?"
)


def main() -> None:
    """Stand in until the input ends."""
    asyncio.run(_stand(faulty="--faults" in sys.argv[1:]))


async def _stand(faulty: bool) -> None:
    ear, mind, voice = _faulty() if faulty else sound()
    async with ear, mind, voice:
        await stand(ear, mind, voice)


async def stand(
    ear: google_speech.GoogleSpeech,
    mind: openai.OpenAi,
    voice: google_tts.GoogleTts,
    switch: Callable[[str], None] = lambda _: None,
) -> None:
    """Tell the fields, and answer each line that comes in, until there are no more; `switch` gets what it says."""
    google = {"asr.endpoint": ear.target, "tts.endpoint": voice.target, "asr.insecure": True, "tts.insecure": True}
    _tell({**google, "llm.base_url": mind.url, "llm.key": "stand-in", "llm.model": "stand-in"})
    while line := await asyncio.to_thread(sys.stdin.readline):
        switch(line.strip())
        _tell({"asr": ear.open, "llm": mind.open, "tts": voice.open_streams})


def sound() -> tuple[google_speech.GoogleSpeech, openai.OpenAi, google_tts.GoogleTts]:
    """Stand-ins at their own delays, with which nothing goes wrong; only the quotas are larger."""
    return (
        google_speech.GoogleSpeech(google_speech.Script(say=HEARD)),
        openai.OpenAi(openai.Script(replies=_replies())),
        google_tts.GoogleTts(google_tts.Script(per_minute=100_000, chirp_per_minute=100_000, sessions=10_000)),
    )


def _faulty() -> tuple[google_speech.GoogleSpeech, openai.OpenAi, google_tts.GoogleTts]:
    """The same, but every so many streams and requests go wrong, each time in another way."""
    lost = [
        google_speech.Fault(do="status", after=0.5, streams=[*range(3, 4000, 20)]),
        google_speech.Fault(do="mute", streams=[*range(9, 4000, 40)]),
        google_speech.Fault(do="empty", streams=[*range(15, 4000, 40)]),
    ]
    fault = openai.Fault
    ways = itertools.cycle((fault(status=500), fault(hang="first"), fault(cut=400), fault(hang="between")))
    kinds: Any = itertools.cycle(("status", "hang", "cut", "empty"))
    wrong = [next(ways) if number % 15 == 5 else None for number in range(4000)]
    troubles = tuple(google_tts.Trouble(next(kinds)) if number % 25 == 7 else None for number in range(20_000))
    return (
        google_speech.GoogleSpeech(google_speech.Script(say=HEARD, faults=lost)),
        openai.OpenAi(openai.Script(replies=_replies(), faults=wrong)),
        google_tts.GoogleTts(google_tts.Script(per_minute=100_000, troubles=troubles)),
    )


def _replies() -> Any:
    numbers = itertools.count(1)
    return lambda _: REPLY.format(next(numbers))


def _tell(what: dict[str, Any]) -> None:
    print(json.dumps(what), flush=True)


if __name__ == "__main__":
    main()
