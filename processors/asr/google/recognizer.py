"""Recognition by Google's Speech-to-Text while the caller speaks."""

from __future__ import annotations

import asyncio
import importlib
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager

from pipeline import audio
from pipeline.asr import Recognizer
from pipeline.faults import need
from pipeline.frames import AudioIn, CallStarted, SpeechHeld, SpeechStarted, Transcript, TurnDropped, Utterance
from pipeline.processor import on
from pipeline.providers.probe import Probe
from processors.asr.google.api import GoogleSpeech
from processors.asr.google.listener import Listener
from processors.asr.google.probe import speech_probe
from processors.asr.google.settings import GoogleSettings
from processors.asr.google.turn import Turn

need("google", "google-cloud-speech", "google.cloud.speech")


class GoogleRecognizer(Recognizer):
    """Recognises with Google's Speech-to-Text, in a stream for each turn or in one for the whole call.

    The api, model and location that serve a language well can be told only on a live account; so all are settings.
    Source: https://cloud.google.com/speech-to-text/docs/speech-to-text-supported-languages
    """

    outside = "the network"
    imports = ("grpc",)

    Settings = GoogleSettings

    settings: GoogleSettings
    shared: GoogleSpeech

    def begin(self) -> None:
        self.listener: Listener | None = None  # recognises the sound that comes in now
        self.turns: dict[int, Turn] = {}  # turns without an outcome, by number
        self.clock = 0.0  # stream time of the sound received

    @classmethod
    @asynccontextmanager
    async def share(
        cls, settings: GoogleSettings, phrases: tuple[str, ...], language: str
    ) -> AsyncIterator[GoogleSpeech]:
        await asyncio.to_thread(importlib.import_module, f"google.cloud.speech_{settings.api}")  # takes 0.25 s
        speech = GoogleSpeech(settings, language)
        await speech.open()
        try:
            yield speech
        finally:
            await speech.close()

    @classmethod
    def probe(cls, settings: GoogleSettings, language: str) -> Probe:
        return speech_probe(settings, language)

    # ---- the caller's turn -----------------------------------------------------------------------------------------

    @on(CallStarted)
    def answer(self, frame: CallStarted) -> None:
        if self.settings.stream == "call":
            self.listener = Listener(self)
        self.later(self.settings.silence_after, self.keep_alive)
        self.push(frame)

    @on(AudioIn)
    def hear(self, frame: AudioIn) -> None:
        self.clock = frame.at + audio.seconds(frame.pcm)
        if self.listener is not None:
            self.listener.feed(audio.encode(frame.pcm))
        self.down[AudioIn](frame)

    def open_turn(self, frame: SpeechHeld | SpeechStarted) -> None:
        ulaw = audio.encode(frame.pcm)
        if self.settings.stream == "turn" or self.listener is None:
            self.listener = Listener(self, ulaw, 0)
        # The pre-roll was fed already, as SpeechStarted comes after its frames: the turn begins that far back in the
        # sound.
        start = max(self.listener.sound.end - len(ulaw), 0)
        if self.listener.error is not None or self.turn_of(self.listener) is not None:  # it must finish the turn before
            rest = self.listener.sound.since(start)
            self.listener.half_close(start)
            self.listener, start = Listener(self, rest, 0), 0
        self.listener.listen(start)
        self.turns[frame.turn] = Turn(frame.turn, self.listener)

    def heard(self, frame: Utterance | TurnDropped) -> None:
        turn = self.turns.get(frame.turn)
        if isinstance(frame, Utterance):
            turn = turn or self.late(frame)
            silence = self.clock - frame.ended if self.clock else 0.0
            turn.ended(self.now, round(max(silence, 0.0) * audio.RATE))
            if self.settings.stream == "turn":
                turn.listener.half_close()
                self.listener = None
            else:
                turn.listener.held_from = turn.end
        elif turn is not None:
            self.leave(turn)
        super().heard(frame)
        # The base class drops a turn when too many wait: its listener, which has a stream open, must go as well.
        waiting = [each.turn for each in self.waiting]
        for forgotten in [each for each in self.turns.values() if each.end and each.number not in waiting]:
            self.leave(forgotten)

    def keep_alive(self) -> None:
        """Feed silence while no sound comes: Google ends a stream without sound, and a stopped line is silent."""
        gap = self.now - self.listener.fed_at if self.listener is not None else 0.0
        if self.listener is not None and gap >= self.settings.silence_after:
            self.listener.feed(audio.SILENCE[:1] * round(gap * audio.RATE))
        self.later(self.settings.silence_after, self.keep_alive)

    # ---- transcripts ----------------------------------------------------------------------------------------------

    async def recognize(self, utterance: Utterance) -> AsyncGenerator[Transcript, None]:
        turn = self.turns.get(utterance.turn) or self.late(utterance)
        try:
            found = await turn.outcome()
            language = found.language or self.shared.language
            yield Transcript(turn.number, found.text, True, language, found.confidence)
        finally:
            self.leave(turn)

    def late(self, utterance: Utterance) -> Turn:
        """Return a turn for an utterance that was not heard while it was spoken, and send it whole."""
        listener = Listener(self, audio.encode(utterance.pcm), 0)
        self.turns[utterance.turn] = turn = Turn(utterance.turn, listener)
        turn.ended(self.now, 0)
        listener.half_close()
        return turn

    def understood(self, listener: Listener) -> None:
        """Push the words so far as an interim transcript, if they have changed."""
        turn = self.turn_of(listener)
        if turn is None or not self.settings.interim:
            return
        found = listener.words.best()
        if found.text and found.text != turn.told:
            turn.told = found.text
            language = found.language or self.shared.language
            self.chain.enter(self.push, Transcript(turn.number, found.text, False, language, found.confidence))

    def turn_of(self, listener: Listener) -> Turn | None:
        """Return the turn without an outcome that this listener hears; None if there is none."""
        return next((turn for turn in self.turns.values() if turn.listener is listener), None)

    def leave(self, turn: Turn) -> None:
        """Leave a turn that has its outcome: close its listener, or, in a stream for the call, go on with the next."""
        self.turns.pop(turn.number, None)
        listener = turn.listener
        if listener is not self.listener or self.settings.stream == "turn":
            listener.close()
            self.listener = None if listener is self.listener else self.listener
        elif turn.is_clean:
            listener.settle()
        elif (
            listener.error is None
        ):  # Google may revise words already in the transcript, and must not repeat them in the next
            listener.close()
            self.listener = Listener(self, listener.sound.since(listener.sound.end if turn.end is None else turn.end))

    def close(self) -> None:
        for listener in {turn.listener for turn in self.turns.values()} | ({self.listener} if self.listener else set()):
            listener.close()
        super().close()
