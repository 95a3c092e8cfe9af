"""Recognition by Google's Speech-to-Text, while the caller speaks."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Coroutine, Iterable
from contextlib import asynccontextmanager
from typing import Annotated, Any, Literal

from pipeline import audio
from pipeline.asr import Recognizer
from pipeline.frames import AudioIn, CallStarted, SpeechStarted, Transcript, TurnDropped, Utterance
from pipeline.processor import StepSettings, doc, on
from pipeline.spec import Duration, FilePath
from processors.asr._google_api import GoogleSpeech
from processors.asr._google_ear import Ear
from processors.asr._google_turn import Turn


class GoogleRecognizer(Recognizer):
    """Hears with Google's Speech-to-Text, in a stream for each turn or in one for the whole call.

    Which api, model and location serve a language well is for a live account to tell; so all of them are settings.
    Source: https://cloud.google.com/speech-to-text/docs/speech-to-text-supported-languages
    """

    gives = (Transcript, TurnDropped)

    class Settings(StepSettings, frozen=True, kw_only=True):
        api: Annotated[Literal["v1", "v2"], doc("Which version of Google's API.")] = "v1"
        model: Annotated[str, doc("Google's name of a model; blank: latest_long in v1, chirp_3 in v2.")] = ""
        location: Annotated[str, doc("Where Google recognises: global, us, eu, or a region.")] = "global"
        recognizer: Annotated[str, doc("v2: a recogniser of the project; _ is one without settings of its own.")] = "_"
        project: Annotated[str, doc("v2: Google's id of the project; blank: the credentials' own.")] = ""
        language: Annotated[str, doc("What callers speak, as BCP 47; blank: the config's language.")] = ""
        alternatives: Annotated[list[str], doc("Other languages that they may speak, at most three.")] = []
        phrases: Annotated[list[str], doc("Words that callers are likely to say.")] = []
        boost: Annotated[float, doc("How much likelier those are than others; 0 leaves it to Google.", 0, 20)] = 10.0
        punctuation: Annotated[bool, doc("Whether Google puts full stops and commas.")] = True
        stream: Annotated[Literal["turn", "call"], doc("A stream for each turn, or one for the call.")] = "turn"
        interim: Annotated[bool, doc("Whether words that may still change are passed on while the caller speaks.")] = (
            True
        )
        final_timeout: Annotated[Duration, doc("How long after a turn Google may still change its words.", 0, 5)] = 0.6
        timeout: Annotated[
            Duration, doc("How long after a turn its first words are waited for; halfway, all is sent again.", 0.1, 9)
        ] = 3.0
        connect_timeout: Annotated[Duration, doc("How long a stream may take to open.", 0.05, 10)] = 1.5
        stall: Annotated[
            Duration, doc("How long a caller may speak without a result before all is sent again.", 0.1, 30)
        ] = 4.0
        silence_after: Annotated[
            Duration, doc("When no sound has come for this long, Google is sent silence.", 0.05, 5)
        ] = 1.0
        rotate_after: Annotated[
            Duration, doc("A stream of this age is replaced when the caller is silent.", 0.1, 290)
        ] = 240.0
        rotate_hard: Annotated[Duration, doc("A stream of this age is replaced in the middle of a word.", 0.1, 300)] = (
            285.0
        )
        credentials: Annotated[
            FilePath | None, doc("A service account's key file; unset: the machine's own credentials.")
        ] = None
        endpoint: Annotated[str, doc("host:port to ask instead of Google's own.")] = ""
        insecure: Annotated[bool, doc("No encryption and no credentials: for a stand-in on this machine.")] = False

        def faults(self) -> Iterable[tuple[str, str]]:
            if self.insecure and not self.endpoint:
                yield "insecure", "is for an `endpoint` of your own; Google's are encrypted"
            if len(self.alternatives) > 3:
                yield "alternatives", "Google takes at most three"
            if self.rotate_after > self.rotate_hard:
                yield "rotate_after", "is longer than `rotate_hard`"
            if self.api == "v1" and self.model.startswith("chirp"):
                yield "model", f"`{self.model}` is in `api: v2` alone"

    settings: Settings
    shared: GoogleSpeech

    def __init__(self, settings: Any = None, shared: Any = None) -> None:
        super().__init__(settings, shared)
        self.ear: Ear | None = None  # hears what comes in now
        self.turns: dict[int, Turn] = {}  # those without an outcome
        self.clock = 0.0  # stream time up to which the caller was heard

    @classmethod
    @asynccontextmanager
    async def share(cls, settings: Any, phrases: tuple[str, ...], language: str) -> AsyncIterator[Any]:
        speech = GoogleSpeech(settings, language)
        await speech.open()
        try:
            yield speech
        finally:
            await speech.close()

    # ---- what the caller does -------------------------------------------------------------------------------------

    @on(CallStarted)
    def answer(self, frame: CallStarted) -> None:
        if self.settings.stream == "call":
            self.ear = Ear(self)
        self.push(frame)

    @on(AudioIn)
    def hear(self, frame: AudioIn) -> None:
        self.clock = frame.at + audio.seconds(frame.pcm)
        if self.ear is not None:
            self.ear.feed(audio.encode(frame.pcm))
        self.push(frame)

    @on(SpeechStarted)
    def begin(self, frame: SpeechStarted) -> None:
        ulaw = audio.encode(frame.pcm)
        if self.settings.stream == "turn" or self.ear is None:
            self.ear = Ear(self, ulaw, 0)
        start = max(self.ear.sound.end - len(ulaw), 0)
        if self.ear.error is not None or self.turn_of(self.ear) is not None:  # it has the turn before to finish
            rest = self.ear.sound.since(start)
            self.ear.half_close(start)
            self.ear, start = Ear(self, rest, 0), 0
        self.ear.listen(start)
        self.turns[frame.turn] = Turn(frame.turn, self.ear)
        self.push(frame)

    def heard(self, frame: Utterance | TurnDropped) -> None:
        turn = self.turns.get(frame.turn)
        if isinstance(frame, Utterance):
            self.turns[frame.turn] = turn = turn or Turn(frame.turn, Ear(self, audio.encode(frame.pcm), 0))
            silence = self.clock - frame.ended if self.clock else 0.0
            turn.ended(self.now, round(max(silence, 0.0) * audio.RATE))
            if self.settings.stream == "turn":
                turn.ear.half_close()
                self.ear = None
            else:
                turn.ear.held_from = turn.end
        elif turn is not None:
            self.leave(turn)
        super().heard(frame)
        waiting = [each.turn for each in self.waiting]
        for forgotten in [each for each in self.turns.values() if each.end and each.number not in waiting]:
            self.leave(forgotten)

    # ---- what was understood --------------------------------------------------------------------------------------

    async def recognize(self, utterance: Utterance) -> AsyncGenerator[Transcript, None]:
        turn = self.turns[utterance.turn]
        try:
            found = await turn.outcome()
            language = found.language or self.shared.language
            yield Transcript(turn.number, found.text, True, language, found.confidence)
        finally:
            self.leave(turn)

    def understood(self, ear: Ear) -> None:
        """Words have come; they may still change."""
        turn = self.turn_of(ear)
        if turn is None or not self.settings.interim:
            return
        found = ear.words()
        if found.text and found.text != turn.told:
            turn.told = found.text
            language = found.language or self.shared.language
            self.chain.enter(self.push, Transcript(turn.number, found.text, False, language, found.confidence))

    def turn_of(self, ear: Ear) -> Turn | None:
        """The turn without an outcome that this ear hears."""
        return next((turn for turn in self.turns.values() if turn.ear is ear), None)

    def leave(self, turn: Turn) -> None:
        """The turn has its outcome: its ear is closed, or, in a stream for the call, hears the next one."""
        self.turns.pop(turn.number, None)
        ear = turn.ear
        if ear is not self.ear or self.settings.stream == "turn":
            ear.close()
            self.ear = None if ear is self.ear else self.ear
        elif turn.is_clean:
            ear.settle()
        elif ear.error is None:  # Google may still change what is in the transcript already: it shall not say it again
            ear.close()
            self.ear = Ear(self, ear.sound.since(ear.sound.end if turn.end is None else turn.end))

    def spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Work that ends with the call."""
        task = self.chain.loop.create_task(work)
        self.chain.tasks.add(task)
        task.add_done_callback(self.chain.tasks.discard)
        return task

    def close(self) -> None:
        for ear in {turn.ear for turn in self.turns.values()} | ({self.ear} if self.ear else set()):
            ear.close()
        super().close()
