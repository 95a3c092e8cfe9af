"""A cloud voice on a real loop, between its stand-in and the end of a call."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Any

from loguru import logger

from pipeline import audio
from pipeline.agent import finish
from pipeline.call import Call
from pipeline.catalog import Step
from pipeline.chain import Chain
from pipeline.frames import AudioEnded, AudioOut, Frame, Interrupt, ReplyEnded, ReplyText
from pipeline.processor import Processor, on
from pipeline.standins.google_tts import GoogleTts
from pipeline.testing import CALL_SID, NoWire
from processors.tts.google.voice import GoogleVoice
from processors.tts.tone import ToneVoice

QUICK = {"delay": 0.0, "per_character": 0.0, "first": 0.0, "pace": 1000.0}
WAVENET, CHIRP = "he-IL-Wavenet-A", "he-IL-Chirp3-HD-Kore"
HELLO = "שלום וברכה, במה אפשר לעזור?"
SPARE = Step(word="tts.tone", kind=ToneVoice, settings=ToneVoice.Settings(pitch=1000))


class Ear(Processor):
    """Keeps what is spoken; `over` is set when it ends, `begun` when there is sound."""

    def __init__(self) -> None:
        super().__init__()
        self.out: list[Frame] = []
        self.begun, self.over = asyncio.Event(), asyncio.Event()

    @on(AudioOut, AudioEnded)
    def keep(self, frame: AudioOut | AudioEnded) -> None:
        self.out.append(frame)
        self.begun.set()
        if isinstance(frame, AudioEnded):
            self.over.set()


@dataclass
class Spoken:
    """What came of it: the sound of each text, the stand-in, the call and its events, the log."""

    server: GoogleTts
    call: Call
    sound: dict[str, bytes] = field(default_factory=dict)
    pieces: list[int] = field(default_factory=list)
    events: list[str] = field(default_factory=list)
    log: list[str] = field(default_factory=list)

    def seconds(self, text: str) -> float:
        """How long the sound of a text is."""
        return audio.seconds(self.sound[text])


async def spoken(texts: Any, script: Any, phrases: Any, interrupt: bool, again: int, changed: Any) -> Spoken:
    """Speak texts with `tts.google`, in `again` turns, against a stand-in with this script."""
    loop = asyncio.get_running_loop()
    async with AsyncExitStack() as stack:
        server = await stack.enter_async_context(GoogleTts(script))
        settings = GoogleVoice.Settings(**{"voice": WAVENET, "endpoint": server.target, "insecure": True, **changed})
        it = Spoken(server, Call(CALL_SID, NoWire(), loop))
        it.call.watchers = (lambda at, event: it.events.append(event.what),)
        stack.callback(logger.remove, logger.add(lambda line: it.log.append(line.record["message"]), level="WARNING"))
        shared = await stack.enter_async_context(GoogleVoice.share(settings, phrases, "he-IL"))
        voice, ear = GoogleVoice(settings, shared), Ear()
        spares: list[Any] = [
            step.kind(step.settings, await stack.enter_async_context(step.kind.share(step.settings, (), "he-IL")))
            for step in settings.fallback
        ]
        voice.spares = tuple(spares)
        chain = Chain([voice, ear], it.call, loop)
        async with asyncio.timeout(20):
            for turn in range(again):
                chain.turn = turn
                ear.over.clear()
                for frame in (*(ReplyText(turn, text) for text in texts), ReplyEnded(turn)):
                    chain.put(frame)
                await (ear.begun if interrupt else ear.over).wait()
            if interrupt:
                ear.raise_up(Interrupt(0, "", 0.0))
            await finish(chain, "done")
            await server.idle()
        for frame in ear.out:
            if isinstance(frame, AudioOut):
                it.sound[frame.text] = it.sound.get(frame.text, b"") + frame.pcm
                it.pieces.append(len(frame.pcm))
    return it
