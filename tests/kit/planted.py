"""Steps with a fault in each: what breaks every rule of a storm, one at a time."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Any

import msgspec

from pipeline import audio
from pipeline.catalog import Step
from pipeline.events import StateChanged
from pipeline.frames import (
    AgentSpeaking,
    AudioIn,
    AudioOut,
    CallEnded,
    Clear,
    Interrupt,
    Mark,
    Media,
    ReplyEnded,
    ReplyText,
    SpeechHeld,
    SpeechStarted,
    Transcript,
)
from pipeline.llm import Dialogue, Message
from pipeline.processor import Processor, on
from pipeline.vocabulary import Refusal, State
from processors import greeting, intro_filter, pacer
from tests.kit.planted_uses import PLACES, USES


class Mute(Processor):
    """Sends nothing of the agent's sound, fillers included."""

    @on(Media)
    def keep(self, frame: Media) -> None:
        pass


class Whisperer(Processor):
    """Speaks without a sound."""

    @on(AudioOut)
    def whisper(self, frame: AudioOut) -> None:
        pass


class Stammer(Processor):
    """Tells each words twice."""

    @on(Transcript)
    def tell(self, frame: Transcript) -> None:
        self.push(frame)
        if frame.final:
            self.push(msgspec.structs.replace(frame))


class Talker(Processor):
    """Has something to add to each reply."""

    @on(ReplyEnded)
    def add(self, frame: ReplyEnded) -> None:
        self.push(frame)
        self.push(ReplyText(frame.turn, "One more thing."))


class Boaster(intro_filter.IntroFilter):
    """Lets every introduction pass."""

    @on(ReplyText)
    def filter(self, frame: ReplyText) -> None:
        self.push(frame)


class Greeting(greeting.Greeting):
    """Does not notice who has spoken."""

    @on(SpeechStarted)
    def speech(self, frame: SpeechStarted) -> None:
        self.push(frame)
        if self.chain.turn == 2:
            self.done, self.due, self.run = False, True, 0
            self.greet()


class Gossip(Processor):
    """Tells each caller what it has told another."""

    said = ReplyText(0, "")

    @on(ReplyText)
    def tell(self, frame: ReplyText) -> None:
        self.push(msgspec.structs.replace(frame, text=f"{Gossip.said.text} {frame.text}"))
        Gossip.said = frame


class Rambler(pacer.Pacer):
    """Speaks on, whoever speaks."""

    @on(SpeechStarted, SpeechHeld)
    def speech(self, frame: SpeechStarted | SpeechHeld) -> None:
        self.push(frame)


class Stubborn(pacer.Pacer):
    """Never goes on after a pause."""

    def resume(self) -> None:
        pass


class Quitter(Processor):
    """Lets no model go on after a noise."""

    @on(Interrupt)
    def quit(self, control: Interrupt) -> None:
        chain: Any = self.chain
        for step in chain.steps:
            if isinstance(step, Dialogue):
                step.stop()


class Dreamer(pacer.Pacer):
    """Takes for heard what was never said."""

    def interrupt(self, reply: Any, kind: Any, since: float) -> None:
        self.raise_up(Clear(reply.turn))
        self.raise_up(Interrupt(reply.turn, "You have heard it all", 0.0))


class Counter(pacer.Pacer):
    """Takes more for heard than was."""

    def interrupt(self, reply: Any, kind: Any, since: float) -> None:
        heard, seconds = reply.heard(self.now)
        self.raise_up(Clear(reply.turn))
        self.raise_up(Interrupt(reply.turn, heard, seconds + 0.1))


class Echo(pacer.Pacer):
    """Begins twice."""

    def begin_reply(self, reply: Any) -> None:
        super().begin_reply(reply)
        self.raise_up(AgentSpeaking(True))


class Afterthought(pacer.Pacer):
    """Has some sound left after each interruption."""

    def interrupt(self, reply: Any, kind: Any, since: float) -> None:
        super().interrupt(reply, kind, since)
        self.later(0.0, lambda: self.push(Media(audio.SILENCE)))


class Inventor(Processor):
    """Lets the model remember what nobody said."""

    @on(ReplyEnded)
    def invent(self, frame: ReplyEnded) -> None:
        chain: Any = self.chain
        for step in chain.steps:
            if isinstance(step, Dialogue):
                step.history.append(Message("user", "and a garden"))
        self.push(frame)


class Doubler(Processor):
    """Sends each mark twice."""

    @on(Mark)
    def send(self, frame: Mark) -> None:
        self.push(frame)
        self.push(frame)


class Dawdler(Processor):
    """Sends all sound a little later."""

    @on(Media)
    def send(self, frame: Media) -> None:
        self.later(0.09, lambda: self.push(frame))


class Muser(Processor):
    """Thinks while it speaks."""

    @on(Mark)
    def think(self, frame: Mark) -> None:
        self.call.tell(StateChanged(State.SPEAKING, State.THINKING))  # `becomes` would refuse
        self.push(frame)


class Encore(Processor):
    """Ends a call twice."""

    @on(CallEnded)
    def end(self, frame: CallEnded) -> None:
        self.push(frame)
        self.push(CallEnded("again"))


class Lingerer(Processor):
    """Is not done when its call is."""

    @on(CallEnded)
    def end(self, frame: CallEnded) -> None:
        self.chain.tasks.add(self.chain.loop.create_task(self.linger()))
        self.push(frame)

    async def linger(self) -> None:
        with suppress(asyncio.CancelledError):
            await asyncio.sleep(0)
        await asyncio.sleep(2.5)


class Bungler(Processor):
    """Divides by nothing."""

    @on(Transcript)
    def divide(self, frame: Transcript) -> None:
        self.push(frame)
        frame.turn // 0


class Bouncer(Processor):
    """Refuses what was in order."""

    @on(Transcript)
    def refuse(self, frame: Transcript) -> None:
        for _ in range(100):
            self.call.refuse(Refusal.JSON)
        self.push(frame)


class Hoarder(Processor):
    """Forgets no sound."""

    def begin(self) -> None:
        self.kept: list[Any] = []

    @on(AudioIn)
    def keep(self, frame: AudioIn) -> None:
        self.kept += [frame.pcm] * 100
        self.push(frame)


class Forgetful(Processor):
    """Leaves something running in the loop."""

    @on(CallEnded)
    def end(self, frame: CallEnded) -> None:
        self.left = asyncio.get_running_loop().create_task(asyncio.sleep(1e6))
        self.push(frame)


def planted(config: Any, kind: Any) -> Any:
    """The config with this step in it: in the place of the one that it derives from, or after the one named here."""
    Gossip.said = ReplyText(0, "")  # of calls before: a seed is to begin the same each time
    steps = []
    for step in config.steps:
        if issubclass(kind, step.kind):
            steps.append(msgspec.structs.replace(step, kind=kind))
            continue
        steps.append(step)
        if step.word == AFTER.get(kind):
            steps.append(Step(word="planted", kind=kind, settings=kind.Settings()))
    assert any(step.kind is kind for step in steps)
    return msgspec.structs.replace(config, steps=tuple(steps))


AFTER: dict[Any, str] = {
    Mute: "pacer",
    Stammer: "asr.script",
    Bungler: "asr.script",
    Bouncer: "asr.script",
    Quitter: "asr.script",
    Talker: "llm.script",
    Gossip: "llm.script",
    Inventor: "llm.script",
    Whisperer: "tts.tone",
    Doubler: "pacer",
    Dawdler: "pacer",
    Muser: "pacer",
    Encore: "asr.script",
    Lingerer: "asr.script",
    Forgetful: "asr.script",
    Hoarder: "vad.energy",
    **PLACES,
}
BREAKS: dict[Any, str] = {
    Mute: "silence",
    Whisperer: "answer",
    Stammer: "turns",
    Talker: "question",
    Boaster: "introduction",
    Greeting: "greeting",
    Gossip: "crosstalk",
    Rambler: "interruption",
    Stubborn: "silence",
    Quitter: "whole",
    Dreamer: "heard",
    Counter: "heard",
    Inventor: "memory",
    Echo: "alternation",
    Afterthought: "void",
    Doubler: "marks",
    Dawdler: "pace",
    Muser: "states",
    Encore: "end",
    Lingerer: "leftovers",
    Bungler: "faults",
    Bouncer: "refused",
    Hoarder: "bounded",
    **USES,
}
