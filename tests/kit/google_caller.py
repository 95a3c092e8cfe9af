"""A caller whose recogniser asks a stand-in for Google: frames go in, transcripts come out, on a real loop."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from pipeline import audio
from pipeline.agent import finish
from pipeline.call import Call
from pipeline.chain import Chain
from pipeline.events import Event
from pipeline.frames import AudioIn, CallStarted, Frame, SpeechStarted, Transcript, TurnDropped, Utterance
from pipeline.processor import Processor, on
from pipeline.standins.google_speech import Fault, GoogleSpeech, Script
from pipeline.testing import CALL_SID, STREAM_SID, NoWire, voice
from processors.asr.google.recognizer import GoogleRecognizer

TONES = {"one": 500.0, "two": 900.0, "three": 1300.0, "four": 1700.0, "five": 2100.0, "six": 2500.0}
PRE_ROLL, VOICED, SILENT = 10, 3, 24  # frames before the voice, that announce it, that end it


def words(*said: str, gap: float = 0.1) -> bytes:
    """The sound of words that the stand-in knows by their pitch."""
    return b"".join(audio.tone(0.2, TONES[word]) + bytes(round(gap * 16000)) for word in said)


class Catch(Processor):
    """Keeps the outcomes of turns, and what is said of them before."""

    def __init__(self) -> None:
        super().__init__()
        self.outcomes: asyncio.Queue[Transcript | TurnDropped] = asyncio.Queue()
        self.interim: list[Transcript] = []

    @on(Frame)
    def keep(self, frame: Frame) -> None:
        if isinstance(frame, Transcript) and not frame.final:
            self.interim.append(frame)
        elif isinstance(frame, Transcript | TurnDropped):
            self.outcomes.put_nowait(frame)


class Caller:
    """One call: what the caller does, as the steps above a recogniser would tell it."""

    def __init__(self, step: Any, language: str) -> None:
        loop = asyncio.get_running_loop()
        self.events: list[tuple[str, dict[str, Any]]] = []
        self.call = Call(CALL_SID, NoWire(), loop, stream_sid=STREAM_SID, language=language, watchers=(self.watch,))
        self.catch, self.step = Catch(), step
        self.chain = Chain([step, self.catch], self.call, loop)
        self.clock = 0  # frames
        self.pcm = b""  # of the turn
        self.voiced = self.last = 0
        self.chain.put(CallStarted(CALL_SID, STREAM_SID, {}))

    def watch(self, at: float, event: Event) -> None:
        self.events.append((event.what, event.particulars()))

    def reopened(self) -> list[str]:
        """Why streams were replaced."""
        return [it["why"] for what, it in self.events if what == "asr_reopened"]

    def hear(self, pcm: bytes) -> None:
        """Sound comes."""
        for begin in range(0, len(pcm), audio.FRAME_BYTES):
            frame = pcm[begin : begin + audio.FRAME_BYTES]
            self.chain.put(AudioIn(frame, self.clock * audio.FRAME_SECONDS, any(frame)))
            self.clock += 1
            self.pcm += frame
            self.last = self.clock if any(frame) else self.last

    def begin(self, pcm: bytes) -> None:
        """The caller begins to say this."""
        self.chain.turn += 1
        self.pcm = b""
        head = bytes(PRE_ROLL * audio.FRAME_BYTES) + pcm[: VOICED * audio.FRAME_BYTES]
        self.hear(head)
        self.chain.put(SpeechStarted(self.chain.turn, self.clock * audio.FRAME_SECONDS, head))
        self.hear(pcm[VOICED * audio.FRAME_BYTES :])

    def end(self, silent: int = SILENT) -> None:
        """The caller has finished."""
        self.hear(bytes(silent * audio.FRAME_BYTES))
        ended = self.last * audio.FRAME_SECONDS
        self.chain.put(Utterance(self.chain.turn, self.pcm, ended - 1, ended, 1.0))

    def say(self, pcm: bytes = voice(1.0)) -> None:
        """A whole turn, all at once."""
        self.begin(pcm)
        self.end()

    async def live(self, pcm: bytes, *, turn: bool = True) -> None:
        """The caller says this in real time; or, if it is no turn, it is just there."""
        if turn:
            self.begin(pcm[:1600])
            pcm = pcm[1600:]
        loop, over = asyncio.get_running_loop(), asyncio.get_running_loop().create_future()
        start, frames = loop.time(), len(pcm) // audio.FRAME_BYTES

        def tick(number: int) -> None:
            self.hear(pcm[number * audio.FRAME_BYTES :][: audio.FRAME_BYTES])
            if number + 1 >= frames:
                over.set_result(None)
            else:
                loop.call_at(start + (number + 1) * audio.FRAME_SECONDS, tick, number + 1)

        tick(0)
        await over

    async def outcome(self) -> Transcript | TurnDropped:
        """What becomes of the next turn."""
        return await self.catch.outcomes.get()

    async def text(self) -> str:
        """What was understood of the next turn."""
        found = await self.outcome()
        assert isinstance(found, Transcript)
        return found.text


@asynccontextmanager
async def calling(server: GoogleSpeech, language: str = "he-IL", **settings: Any) -> AsyncIterator[Caller]:
    """A call to a stand-in; at its end no stream is open."""
    chosen = GoogleRecognizer.Settings(
        **{"endpoint": server.target, "insecure": True, "final_timeout": 3.0, **settings}
    )
    async with GoogleRecognizer.share(chosen, (), language) as shared:
        caller = Caller(GoogleRecognizer(chosen, shared), language)
        try:
            yield caller
        finally:
            await finish(caller.chain, "done")
            await server.closed()


def goes_wrong(do: Any, **how: Any) -> Script:
    """A script with one fault, on every stream unless told."""
    return Script(final_delay=0.05, faults=[Fault(do=do, **how)])
