"""Recognition by OpenAI, or by a server with its API: while the caller speaks, or utterance by utterance."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

from pipeline import audio
from pipeline.asr import Recognizer
from pipeline.faults import need
from pipeline.frames import AudioIn, CallStarted, SpeechHeld, SpeechStarted, Transcript, TurnDropped, Utterance
from pipeline.processor import on
from pipeline.providers.probe import Probe
from processors._shared.clean import clean
from processors._shared.openai_client import client, warn_if_down
from processors._shared.openai_probe import model_probe, server_probe, unserved
from processors.asr.openai.listener import Listener
from processors.asr.openai.session import Realtime, realtime
from processors.asr.openai.settings import OpenAiSettings
from processors.asr.openai.turn import Turn
from processors.asr.openai.whole import ask, transcribe

need("openai", "openai", "openai")


class OpenAiRecognizer(Recognizer):
    """Recognises with OpenAI's transcription: each utterance once it is over, or, with `stream`, while it is spoken.

    A stream is a session of the call's own, from the call's start on. It is sent the caller's turns alone, as sound is
    charged by its length.
    """

    outside = "the network"
    imports = ("httpx2", "openai", "samplerate")

    Settings = OpenAiSettings

    settings: OpenAiSettings
    shared: Any  # with `stream`, Realtime; without, openai.AsyncOpenAI

    def begin(self) -> None:
        self.listener = Listener(self, self.shared) if isinstance(self.shared, Realtime) else None

    @classmethod
    @asynccontextmanager
    async def share(cls, settings: OpenAiSettings, phrases: tuple[str, ...], language: str) -> AsyncIterator[Any]:
        async with realtime(settings, language) if settings.stream else client(settings) as opened:
            await warn_if_down(settings)
            yield opened

    @classmethod
    def probe(cls, settings: OpenAiSettings, language: str) -> Probe:
        if settings.stream:
            return server_probe(settings, f"a session of {settings.model}", partial(_session, settings, language))
        spoken = settings.language or language
        return model_probe(settings, partial(ask, settings=settings, language=spoken, pcm=bytes(audio.RATE)))

    @classmethod
    def hint(cls, settings: OpenAiSettings) -> str:
        return ", ".join(filter(None, (settings.prompt, *settings.phrases)))

    # ---- the caller's turn, with `stream` ---------------------------------------------------------------------------

    @on(CallStarted)
    def answer(self, frame: CallStarted) -> None:
        if self.listener is not None:
            self.listener.open()
        self.push(frame)

    @on(AudioIn)
    def hear(self, frame: AudioIn) -> None:
        if self.listener is not None:
            self.listener.feed(audio.encode(frame.pcm))
        self.down[AudioIn](frame)

    def open_turn(self, frame: SpeechHeld | SpeechStarted) -> None:
        if self.listener is not None:
            for turn in [each for each in self.listener.turns if not each.ended]:
                self.listener.drop(turn)  # neither an utterance nor a TurnDropped has come of it
            self.listener.begin(frame.turn, audio.encode(frame.pcm))

    def heard(self, frame: Utterance | TurnDropped) -> None:
        listener = self.listener
        if listener is not None:
            turn = self.turn(frame.turn)
            if isinstance(frame, Utterance):
                listener.end(turn or listener.begin(frame.turn, audio.encode(frame.pcm)))  # if its start was not heard
            elif turn is not None:
                listener.drop(turn)
        super().heard(frame)
        # The base class drops a turn when too many wait: its sound is not to be sent any more.
        waiting = [each.turn for each in self.waiting]
        if listener is not None:
            for forgotten in [each for each in listener.turns if each.ended and each.number not in waiting]:
                listener.drop(forgotten)

    def turn(self, number: int) -> Turn | None:
        """Return the turn of this number that has no outcome yet; None if there is none."""
        turns = self.listener.turns if self.listener is not None else ()
        return next((each for each in turns if each.number == number and not each.dropped), None)

    # ---- transcripts ------------------------------------------------------------------------------------------------

    async def recognize(self, utterance: Utterance) -> AsyncGenerator[Transcript, None]:
        language = self.settings.language or self.call.language
        if self.listener is None:
            text = await transcribe(self.shared, self.settings, language, utterance.pcm)
            yield Transcript(utterance.turn, text, True, language)
            return
        turn = self.turn(utterance.turn)
        if turn is None:  # asked as a fallback: it has heard nothing of the turn
            turn = self.listener.begin(utterance.turn, audio.encode(utterance.pcm))
            self.listener.end(turn)
        try:
            yield Transcript(turn.number, await self.listener.outcome(turn), True, language)
        finally:
            self.listener.drop(turn)

    def understood(self, turn: Turn) -> None:
        """Push the words so far as an interim transcript."""
        words = clean(turn.best)
        if words and self.settings.interim:
            language = self.settings.language or self.call.language
            self.chain.enter(self.push, Transcript(turn.number, words, False, language))

    def close(self) -> None:
        if self.listener is not None:
            self.listener.close()
        super().close()


async def _session(settings: OpenAiSettings, language: str) -> str:
    with unserved(settings):
        async with realtime(settings, language) as opened, opened.connect():
            return "it was opened"
