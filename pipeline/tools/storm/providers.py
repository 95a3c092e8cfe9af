"""Random bad providers in place of a config's: slow, failing, hanging, empty, endless, out of order.

The seed decides the fate of each request; a provider may also be down for a while, for all calls at once.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from random import Random
from typing import Any, ClassVar

import msgspec

from pipeline import audio
from pipeline.asr import Recognizer, RecognizerSettings
from pipeline.catalog.spec import Step
from pipeline.frames import SpeechHeld, SpeechStarted, Transcript, Utterance
from pipeline.llm import Dialogue, Message, ModelSettings
from pipeline.llm.asked import Asked
from pipeline.tools.storm.asking import Asking
from pipeline.tools.storm.moods import FOREVER, Mood, Trouble, moods
from pipeline.tts import SynthesisError, Voice, VoiceSettings

LETTER = 0.06  # seconds of a letter
NODS = 0.15  # the share of turns that are a nod
WORDS = ("three rooms", "yes", "yes", "in Haifa please", "no wait four rooms", "what does it cost", "my name is Dana")
SAID = (
    "Yes.",
    "Good. Is that all?",
    "One is here, and it is not far from the sea. Two is there. Three is sold. Which do you want to see?",
    "What is your budget?",
    "It is a bright flat on the second floor, with a balcony; the price is fair - and it is free from May 1.",
)


HOSTILE = ("\ud800 half a pair", "\x00 and \x85\x9b2J", "\u202eback to front\u2066", "a" * 100_000)
NO_SOUND = b"<html><body>Bad gateway</body></html>" * 40


def with_storm_provider(step: Step, seed: int) -> Step:
    """Return the step, or in place of a provider one of the storm, most times with another as its fallback."""
    for kind, role in ((StormRecognizer, "ear"), (StormDialogue, "mind"), (StormSpeaker, "voice")):
        if issubclass(step.kind, kind.__mro__[1]):
            first, spare = moods(seed, role)
            behind = (_in_place(step, kind, spare, ()),)
            return _in_place(step, kind, first, behind if Random(f"{seed} {role}").random() < 0.7 else ())
    return step


def _in_place(step: Step, kind: Any, mood: Mood, fallback: tuple[Step, ...]) -> Step:
    shared = {name: getattr(step.settings, name) for name in kind.__mro__[1].Settings.__struct_fields__
              if hasattr(step.settings, name)}  # fmt: skip
    settings = kind.Settings(**{**shared, "fallback": fallback, "mood": mood})
    return msgspec.structs.replace(step, kind=kind, settings=settings)


class StormRecognizer(Recognizer):
    """Recognises made-up words, in time or not; some come late, twice or not at all."""

    class Settings(RecognizerSettings, frozen=True, kw_only=True):
        mood: Mood = Mood()

    WRONG: ClassVar = ("fails", "hangs", "empty", "none", "many", "astray", "fails late", "hostile")
    settings: Settings

    def begin(self) -> None:
        self.latest = -1  # turn

    def open_turn(self, frame: SpeechHeld | SpeechStarted) -> None:
        self.latest = frame.turn
        self.chain.enter(self.tell, frame.turn, 1)

    def tell(self, turn: int, count: int) -> None:
        """Push the first words of a turn as interim ones, one more each 0.15 s, up to four."""
        words = self.words(turn).split()[:count]
        if turn == self.latest and (turn in self.held or turn == self.chain.turn) and count <= 4:
            self.push(Transcript(turn, " ".join(words), False))
            self.later(0.15, lambda: self.tell(turn, count + 1))

    def words(self, turn: int) -> str:
        """Return the caller's words in a turn, with their name, so that another's would be noticed, or a nod."""
        random = Random(f"{self.call.sid} {turn}")
        return "mm-hm" if random.random() < NODS else f"{random.choice(WORDS)} {self.call.caller}"

    async def recognize(self, utterance: Utterance) -> AsyncGenerator[Transcript, None]:
        turn, words = utterance.turn, self.words(utterance.turn)
        random, wrong = self.settings.mood.request(f"{self.call.sid} {turn}", self.WRONG)
        await self.settings.mood.think(random)
        if wrong == "fails":
            raise Trouble("no recognition")
        if wrong == "hangs":
            await asyncio.sleep(FOREVER)
        if wrong == "astray":
            yield Transcript(turn - 1, words)
        for _ in range(200 if wrong == "many" else 1):
            yield Transcript(turn, words, False)
        if wrong == "fails late":
            raise Trouble("no more recognition")
        if wrong == "hostile":
            words = f"{random.choice(HOSTILE)} {words}"
        if wrong != "none":
            yield Transcript(turn, "" if wrong == "empty" else words)


class StormDialogue(Dialogue):
    """Answers with made-up sentences, or fails in one of many ways."""

    class Settings(ModelSettings, frozen=True, kw_only=True):
        mood: Mood = Mood()
        introductions: tuple[str, ...] = ()

    WRONG: ClassVar = (
        "fails", "hangs", "empty", "signs", "fails late", "hangs late", "endless", "mutters", "pours",
        "hostile", "trickles",
    )  # fmt: skip
    settings: Settings

    def begin(self) -> None:
        self.answered = 0

    async def answer(self, history: list[Message]) -> AsyncGenerator[str | Asked, None]:
        self.answered += 1
        offered = self.offered
        random, wrong = self.settings.mood.request(f"{self.call.sid} {self.answered}", self.WRONG)
        await self.settings.mood.think(random)
        if wrong == "fails":
            raise Trouble("no answer")
        if wrong == "hangs":
            await asyncio.sleep(FOREVER)
        bits, torn = list[str | Asked](self.bits(random, wrong)), False
        if offered:
            asking = Asking(f"{self.settings.mood.seed} {self.call.sid}")
            bits, torn = asking.answer(self.answered, offered, self.call.memory.uses, bits)
        for bit in bits:
            yield bit
            await self.settings.mood.think(random, 0.1)
            await asyncio.sleep(1.0 if wrong == "trickles" else 0.0)
        if torn or wrong == "fails late":
            raise Trouble("no more of the answer")
        if wrong == "hangs late":
            await asyncio.sleep(FOREVER)
        while wrong in ("endless", "mutters"):
            yield "and so on, " if wrong == "endless" else "… "
            await asyncio.sleep(0.02)

    def bits(self, random: Random, wrong: str) -> list[str]:
        """Return the pieces of a reply."""
        if wrong in ("empty", "signs", "mutters"):
            return ["" if wrong == "empty" else "… 🙂\n\n"]
        texts = [random.choice(SAID)]
        if self.settings.introductions and random.random() < 0.5:
            texts.insert(0, f"{random.choice(self.settings.introductions)} Kav.")
        text = " ".join([*texts, f"So, {self.call.caller}."])
        text = f"{random.choice(HOSTILE)} {text}" if wrong == "hostile" else text
        return [text * 200] if wrong == "pours" else [word + " " for word in text.split()]


class StormSpeaker(Voice):
    """Speaks a tone as long as the text, or fails in one of many ways."""

    class Settings(VoiceSettings, frozen=True, kw_only=True):
        mood: Mood = Mood()

    WRONG: ClassVar = (
        "fails", "hopeless", "hangs", "empty", "click", "fails late", "hangs late", "slow", "endless",
        "no sound", "odd",
    )  # fmt: skip
    settings: Settings

    @classmethod
    @asynccontextmanager
    async def engine(cls, settings: Any, language: str) -> AsyncIterator[list[int]]:
        yield [0]

    async def synthesize(self, text: str) -> AsyncGenerator[bytes, None]:
        self.shared.engine[0] += 1
        random, wrong = self.settings.mood.request(str(self.shared.engine[0]), self.WRONG)
        await self.settings.mood.think(random)
        if wrong in ("fails", "hopeless"):
            raise SynthesisError("no voice", again=wrong == "fails")
        if wrong == "hangs":
            await asyncio.sleep(FOREVER)
        if wrong == "empty":
            return
        pcm = audio.tone(0.02 if wrong == "click" else LETTER * len(text), 200 + len(text) % 100)
        if wrong == "no sound":
            pcm = NO_SOUND
        half = len(pcm) // 4 * 2
        size = 3201 if wrong == "odd" else 3200
        for at in range(0, half if wrong.endswith(" late") else len(pcm), size):
            yield pcm[at : at + size]
            await asyncio.sleep(0.4 if wrong == "slow" else 0.02)
        if wrong == "fails late":
            raise SynthesisError("no more voice")
        if wrong == "hangs late":
            await asyncio.sleep(FOREVER)
        while wrong == "endless":
            yield pcm
            await asyncio.sleep(0.02)
