"""The speaker: a reply is spoken sentence by sentence, by a voice or from a record."""

from __future__ import annotations

from abc import abstractmethod
from asyncio import Task
from collections.abc import AsyncGenerator, Coroutine
from contextlib import aclosing
from typing import Any

from pipeline import audio
from pipeline.events import Underrun, VoiceExchange
from pipeline.frames import (
    AgentSpeaking,
    AudioEnded,
    AudioOut,
    FillerDue,
    Frame,
    Interrupt,
    ReplyAhead,
    ReplyEnded,
    ReplyText,
    SpeechStarted,
    TurnDropped,
)
from pipeline.processor import on
from pipeline.providers.fallback import Request
from pipeline.settings import StepSettings
from pipeline.text.normalise import encodable
from pipeline.text.plain_json import whole
from pipeline.tts.lookahead import MOST_TEXT, FirstSentence, Lookahead
from pipeline.vocabulary import Refusal
from pipeline.worker import Worker


class Speaker(Worker):
    """Speaks a reply sentence by sentence, and synthesises the next one while one plays.

    Stops when the caller interrupts, or speaks before the reply is audible.
    """

    gives = (AudioOut, AudioEnded)
    holds = (ReplyText, ReplyEnded, ReplyAhead)
    optional = (ReplyAhead, TurnDropped, SpeechStarted, AgentSpeaking, Interrupt, FillerDue)

    def __init__(self, settings: StepSettings | None = None, shared: object = None) -> None:
        super().__init__(settings, shared)
        self.reply: Lookahead | None = None
        self.first = FirstSentence(self._synthesis, self._spawn)
        self.turn = -1
        self.audible = False

    @abstractmethod
    def sound(self, text: str) -> AsyncGenerator[bytes, None]:
        """Yield the sound of a text, 8 kHz 16-bit mono PCM in pieces of any length."""

    def ready(self, text: str) -> bytes:
        """Return the whole sound of a text, PCM, if it is in memory; otherwise nothing."""
        return b""

    def filler(self, text: str) -> bytes:
        """Return the sound of a filler, PCM, which has to be in memory; nothing: a soft tone is heard."""
        return self.ready(text)

    @on(FillerDue)
    def fill(self, control: FillerDue) -> None:
        """Push the filler as sound without words: it comes before the reply, and is no part of it."""
        if control.turn == self.chain.turn:
            pcm = self.filler(control.text) if control.text else b""
            self.push(AudioOut(control.turn, pcm or audio.soft_tone(), ""))

    @on(ReplyText, ReplyEnded)
    def read(self, frame: ReplyText | ReplyEnded) -> None:
        made = self.first.take(frame.turn, frame.text if isinstance(frame, ReplyText) else "")
        reply = self.reply
        if reply is None or frame.turn != self.turn or not self.working:
            reply = Lookahead(self.chain.loop, self._synthesis, self._spawn, self._underrun)
        if isinstance(frame, ReplyEnded):
            reply.end()
        elif not reply.add(frame.text, made):
            self.call.refuse(Refusal.REPLY_TOO_LONG, f"more than {MOST_TEXT} characters are not spoken")
        # Started only now that it has a sentence, or its end: its first step then hands over sound that is ready in
        # this same tick, and does not wait for a later turn of the loop.
        if reply is not self.reply:
            self.start(frame.turn, self._speak(frame.turn, reply))
            self.turn, self.reply = frame.turn, reply

    @on(ReplyAhead)
    def foresee(self, frame: ReplyAhead) -> None:
        self.first.make(frame.turn, frame.text)

    @on(TurnDropped)
    def dropped(self, frame: TurnDropped) -> None:
        self.first.drop()
        self.push(frame)

    @on(AgentSpeaking)
    def speaking(self, control: AgentSpeaking) -> None:
        self.audible = control.on

    @on(SpeechStarted)
    def speech(self, frame: SpeechStarted) -> None:
        self.first.drop()
        # An audible reply goes on here: the pacer below decides on the barge-in and raises `Interrupt`.
        if not self.audible:
            self.stop()
        self.push(frame)

    @on(Interrupt)
    def interrupted(self, control: Interrupt) -> None:
        self.audible = False
        self.stop()

    def stop(self) -> None:
        self.first.drop()
        if self.reply is not None:
            self.reply.stop()
        super().stop()

    def failed_at(self, frame: Frame) -> None:
        """Beep in the place of a sentence; at a reply's end, let the sentences that were taken be heard to theirs."""
        if isinstance(frame, ReplyEnded) and self.reply is not None and self.working and frame.turn == self.turn:
            self.reply.end()
        else:
            super().failed_at(frame)

    def _synthesis(self, text: str) -> bytes | Request[bytes]:
        text = encodable(whole(text))
        if pcm := self.ready(text):
            self.answered_at_once(VoiceExchange, text, len(pcm))
            return pcm
        return self.new_request(VoiceExchange, text, self.sound(text))

    def _spawn(self, work: Coroutine[Any, Any, None]) -> Task[None]:
        return self.spawn(work, awaited=True)

    def _underrun(self) -> None:
        self.call.tell(Underrun(self.turn))

    async def _speak(self, turn: int, reply: Lookahead) -> AsyncGenerator[Frame, None]:
        length = 0.0
        try:
            async with aclosing(reply.sound()) as pieces:
                async for text, pcm in pieces:
                    length += audio.seconds(pcm)
                    yield AudioOut(turn, pcm, text, last=not pcm)
        finally:
            reply.stop()  # also after an error in one sentence: the next one's synthesis is a task of its own
        self.call.log.info("tts_done turn={} seconds={:.2f}", turn, length)
        yield AudioEnded(turn)
