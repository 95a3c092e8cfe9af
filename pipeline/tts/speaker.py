"""Speaks a reply as it comes, sentence by sentence, whoever makes the sound."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import AsyncGenerator
from contextlib import aclosing

from pipeline import audio
from pipeline.events import Underrun, VoiceExchange
from pipeline.frames import (
    AgentSpeaking,
    AudioEnded,
    AudioOut,
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
from pipeline.tts.lookahead import FirstSentence, Lookahead
from pipeline.worker import Worker


class Speaker(Worker):
    """Speaks a reply sentence by sentence, and makes the next one while one plays; stops when the caller speaks."""

    gives = (AudioOut, AudioEnded)
    holds = (ReplyText, ReplyEnded, ReplyAhead)

    def __init__(self, settings: StepSettings | None = None, shared: object = None) -> None:
        super().__init__(settings, shared)
        self.reply: Lookahead | None = None
        self.first = FirstSentence(self._synthesis, self.spawn)
        self.turn = -1
        self.audible = False

    @abstractmethod
    def sound(self, text: str) -> AsyncGenerator[bytes, None]:
        """Yield the sound of a text, PCM in pieces of any length, whatever happens."""

    def ready(self, text: str) -> bytes:
        """The whole sound of a text if it is there already; otherwise none."""
        return b""

    @on(ReplyText, ReplyEnded)
    def read(self, frame: ReplyText | ReplyEnded) -> None:
        made = self.first.take(frame.turn, frame.text if isinstance(frame, ReplyText) else "")
        reply = self.reply
        if reply is None or frame.turn != self.turn or not self.working:
            reply = Lookahead(self.chain.loop, self._synthesis, self.spawn, self._underrun)
        if isinstance(frame, ReplyText):
            reply.add(frame.text, made)
        else:
            reply.end()
        if reply is not self.reply:  # and there is something in it by now
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

    def _synthesis(self, text: str) -> bytes | Request[bytes]:
        if pcm := self.ready(text):
            self.answered_at_once(VoiceExchange, text, len(pcm))
            return pcm
        return self.new_request(VoiceExchange, text, self.sound(text))

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
            reply.stop()
        self.call.log.info("tts_done turn={} seconds={:.2f}", turn, length)
        yield AudioEnded(turn)
