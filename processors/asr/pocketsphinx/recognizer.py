"""Offline recognition of a closed list of phrases."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager
from typing import Annotated

from pipeline.asr import Recognizer, RecognizerSettings, Vocabulary
from pipeline.faults import KavError, need
from pipeline.frames import AudioIn, SpeechHeld, SpeechStarted, Transcript, TurnDropped, Utterance
from pipeline.processor import on
from pipeline.settings import Duration, doc
from pipeline.text.languages import same_language
from processors.asr.pocketsphinx import pool as sphinx

need("offline", "pocketsphinx", "pocketsphinx")

PAUSE = 5  # frames, 100 ms of silence: the caller may have finished, so work begins


class PocketsphinxSettings(RecognizerSettings, frozen=True, kw_only=True):
    """The settings of the recogniser."""

    phrases: Annotated[
        list[str],
        doc(
            "The phrases that callers may say, with [optional], (one | other), {slot}.",
            some=True,
            sample=["[hello | hi] i am looking for (an apartment | a house)", "(goodbye | bye bye)"],
        ),
    ]
    slots: Annotated[dict[str, list[str]], doc("The words that each {slot} stands for.")] = {}
    pronunciations: Annotated[dict[str, str], doc("Phones of words that the dictionary lacks.")] = {}
    workers: Annotated[int, doc("Processes that listen, for all calls together.", 1, 64)] = 2
    timeout: Annotated[Duration, doc("Time limit for the transcript, from the turn's end.", 0.1, 30)] = 2.0

    def faults(self) -> Iterable[tuple[str, str]]:
        known = {f"{{{name}}}" for name, words in self.slots.items() if words}
        known |= {word.lower() for word in self.pronunciations}
        lacking = sphinx.lacking(frozenset().union(*(sphinx.words(text) for _, text in self.texts())))
        for path, text in self.texts():
            if not sphinx.speakable(text):
                yield path, "has a bracket without its partner, or says nothing"
                continue
            for slot in dict.fromkeys(f"{{{name}}}" for name in sphinx.SLOT.findall(text)):
                if slot not in known:
                    yield path, f"uses the slot {slot}, for which `slots` has no words"
                    known.add(slot)  # once is enough
            for word in sorted((sphinx.words(text) & lacking) - known):
                yield path, f"has `{word}`, which the dictionary lacks: say how it sounds in `pronunciations`"
                known.add(word)

    def doubts_in(self, language: str) -> Iterable[tuple[str, str]]:
        if not same_language(language, "en"):
            yield "", f"`asr.pocketsphinx` hears English alone, and `language` is {language}"

    def texts(self) -> Iterator[tuple[str, str]]:
        """Yield every phrase, and every text of a slot, with its path."""
        yield from ((f"phrases[{number}]", text) for number, text in enumerate(self.phrases, 1))
        for name, texts in self.slots.items():
            yield from ((f"slots.{name}[{number}]", text) for number, text in enumerate(texts, 1))


class PocketsphinxRecognizer(Recognizer):
    """Recognises a closed list of English phrases; anything else is speech without words.

    It works ahead: at each pause of 100 ms it recognises the sound so far, in the time that the closing silence takes
    anyway; if nothing more is said, the result is there when the turn ends.
    """

    outside = "processes of its own"
    Settings = PocketsphinxSettings
    settings: PocketsphinxSettings
    shared: sphinx.SphinxPool

    @classmethod
    def vocabulary(cls, settings: PocketsphinxSettings) -> Vocabulary:
        return sphinx.Grammar(settings.phrases, settings.slots).vocabulary()

    def begin(self) -> None:
        self.turn = 0  # the caller's latest turn
        self.sound: bytearray | None = None  # sound of that turn; None between turns
        self.silent = 0  # frames without voice in a row
        self.ahead: asyncio.Task[tuple[str, float]] | None = None

    @classmethod
    @asynccontextmanager
    async def share(
        cls, settings: PocketsphinxSettings, phrases: tuple[str, ...], language: str
    ) -> AsyncIterator[sphinx.SphinxPool]:
        wanted = sphinx.Grammar(settings.phrases, settings.slots, settings.pronunciations)
        pool = sphinx.SphinxPool(wanted, settings.workers)
        try:
            pool.start()
            await pool.ready()
            yield pool
        except ChildProcessError as error:
            raise KavError(f"asr.pocketsphinx: {error}") from None
        finally:
            await pool.close()

    def open_turn(self, frame: SpeechHeld | SpeechStarted) -> None:
        self.forget()
        self.turn, self.sound, self.silent = frame.turn, bytearray(frame.pcm), 0

    @on(AudioIn)
    def hear(self, frame: AudioIn) -> None:
        if self.sound is not None:
            self.sound += frame.pcm
            self.silent = 0 if frame.voiced else self.silent + 1
            # A voiced frame: the pause was not the end, so the work ahead is for a part of the turn only.
            if not self.silent:
                self.forget()
            elif self.silent == PAUSE:
                self.ahead = self.listen(bytes(self.sound))
        self.down[AudioIn](frame)

    @on(TurnDropped)
    def drop(self, frame: TurnDropped) -> None:
        if frame.turn == self.turn:
            self.sound = None
            self.forget()
        self.heard(frame)

    async def recognize(self, utterance: Utterance) -> AsyncGenerator[Transcript, None]:
        work = None
        if utterance.turn == self.turn:  # otherwise the work ahead is for the next turn already
            work, self.ahead, self.sound = self.ahead, None, None
        work = work or self.listen(utterance.pcm)
        try:
            async with asyncio.timeout(self.settings.timeout):
                text, confidence = await work
        finally:
            work.cancel()
        yield Transcript(utterance.turn, text, True, "en-US", confidence)

    def listen(self, pcm: bytes) -> asyncio.Task[tuple[str, float]]:
        """Begin to recognise this sound."""
        return self.spawn(self.shared.hear(pcm), awaited=True)

    def forget(self) -> None:
        """Drop the work ahead: the caller has gone on."""
        if self.ahead is not None:
            self.ahead.cancel()
            self.ahead = None

    def close(self) -> None:
        self.forget()
        super().close()
