"""Test tools: virtual time, a bench for one processor (`run`), and a telephone line for a whole call (`play`)."""

from __future__ import annotations

import asyncio
import math
from asyncio import AbstractEventLoop
from collections.abc import Callable, Collection, Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pipeline import audio
from pipeline.agent import Agent, finish
from pipeline.call import Call
from pipeline.chain import Chain
from pipeline.config import Config, RecordSettings
from pipeline.events import Event
from pipeline.frames import AgentSpeaking, Control, Frame, Interrupt, ReplyText
from pipeline.llm import Dialogue
from pipeline.log.setup import messages
from pipeline.loop.virtual import Deadlock, VirtualLoop, run_virtual
from pipeline.phone.virtual_line import CALL_SID, STREAM_SID, LaggingNetwork, NoWire, VirtualLine, converse
from pipeline.processor import Processor, on
from pipeline.records.recorder import Record, Recorder
from pipeline.twilio.playback import Playback
from pipeline.vocabulary import Cause

Condition = Callable[[Sequence[Frame | Control]], bool]

__all__ = [
    "CALL_SID",
    "STREAM_SID",
    "Deadlock",
    "Line",
    "NoWire",
    "Played",
    "VirtualLoop",
    "play",
    "run",
    "run_async",
    "run_virtual",
    "spoken",
    "voice",
]


def voice(seconds: float, pitch: float = 300.0) -> bytes:
    """Return a tone loud enough for any voice threshold: 16-bit PCM at 8 kHz, `pitch` in Hz."""
    return audio.tone(seconds, pitch, 8000)


# ---- one processor ------------------------------------------------------------------------------------------------


class _Catch(Processor):
    """Keeps the frames or controls that pass."""

    def __init__(self, kept: list[Frame | Control]) -> None:
        super().__init__()
        self.kept = kept
        self.news = asyncio.Event()

    @on(Frame, Control)
    def keep(self, passing: Frame | Control) -> None:
        self.kept.append(passing)
        self.news.set()

    async def fulfils(self, condition: Condition) -> None:
        """Wait until a condition is true of that which has been kept."""
        while not condition(self.kept):
            self.news.clear()
            await self.news.wait()


def run(
    processor: Processor, inputs: Iterable[Frame | Control | float], turn: int = 0, language: str = "en-US"
) -> list[Frame | Control]:
    """Run one processor in virtual time on frames (from above) and controls (from below), and return its output.

    A number among the inputs is a wait in seconds. The output has the frames that went down and the controls that went
    up, in order, with those that passed unhandled. Raises AssertionError if a task is left behind.
    """
    return run_virtual(run_async(processor, inputs, turn, language))


async def run_async(
    processor: Processor,
    inputs: Iterable[Frame | Control | float | Condition],
    turn: int = 0,
    language: str = "en-US",
) -> list[Frame | Control]:
    """Run one processor like `run`, inside a loop that runs already: a virtual one, or a real one with real sockets.

    A function among the inputs is a wait until it is true of the output so far.
    """
    out: list[Frame | Control] = []
    call = Call(CALL_SID, NoWire(), asyncio.get_running_loop(), stream_sid=STREAM_SID, language=language)
    above, below = _Catch(out), _Catch(out)
    above.handlers, below.handlers = {Control: "keep"}, {Frame: "keep"}  # type: ignore[misc]
    chain = Chain([above, processor, below], call, asyncio.get_running_loop())
    chain.turn = turn
    for item in inputs:
        if isinstance(item, Frame):
            chain.put(item)
        elif isinstance(item, Control):
            below.raise_up(item)
        elif callable(item):
            await below.fulfils(item)
        else:
            await asyncio.sleep(item)
    await finish(chain, Cause.STOP)
    return out[:-1]  # without the call's end


# ---- a whole call -------------------------------------------------------------------------------------------------


def spoken(*parts: tuple[float, bytes]) -> Callable[[float], bytes]:
    """Return a caller for `play`: these sounds (PCM) at these times (seconds from the start), with silence between.

    The caller is a function of the time that returns 20 ms of mu-law.
    """
    ends = [at + audio.seconds(pcm) for at, pcm in parts]
    track = bytearray(2 * math.ceil(max(ends, default=0.0) * audio.RATE / audio.FRAME_SAMPLES) * audio.FRAME_SAMPLES)
    for at, pcm in parts:
        begin = 2 * round(at * audio.RATE)
        track[begin : begin + len(pcm)] = pcm
    ulaw = audio.encode(bytes(track))

    def frame(at: float) -> bytes:
        begin = round(at * audio.RATE)
        return ulaw[begin : begin + audio.FRAME_SAMPLES].ljust(audio.FRAME_SAMPLES, b"\xff")

    return frame


class Line(VirtualLine):
    """A virtual line over a network that delays frames and loses marks.

    `late` returns the seconds by which the network delays the frame of a time (seconds from the start); frames keep
    their order. Marks named in `lost` never come back, none at all with `echo_marks=False`. `keys` are pressed, each at
    its seconds of the call. Messages are kept in `record`.
    """

    def __init__(
        self,
        loop: AbstractEventLoop,
        echo_marks: bool = True,
        late: Callable[[float], float] = lambda _: 0.0,
        lost: Collection[str] = (),
        record: Record | None = None,
        keys: Sequence[tuple[float, str]] = (),
    ) -> None:
        super().__init__(loop, LaggingNetwork(loop, late, lost), record)
        self.echo_marks, self.keys = echo_marks, keys

    def open(self, chain: Chain) -> None:
        super().open(chain)
        for at, key in self.keys:
            self.loop.call_at(self.start + at, self.put, "dtmf", {"track": "inbound_track", "digit": key})

    def await_mark(self) -> None:
        if self.echo_marks:
            super().await_mark()


@dataclass(repr=False)
class Played:
    """A call played in virtual time; all times are seconds from its start."""

    call: Call
    chain: Chain
    playback: Playback
    told: list[tuple[float, Event]] = field(default_factory=list)  # the call's events
    sent: list[tuple[float, dict[str, Any]]] = field(default_factory=list)  # the server's messages
    log: list[str] = field(default_factory=list)  # messages, without time or level

    @property
    def events(self) -> list[tuple[float, str, dict[str, Any]]]:
        """The call's events as in a record: time, name, fields."""
        return [(at, event.what, event.particulars()) for at, event in self.told]

    def frames(self, kind: type[Any]) -> list[tuple[float, Any]]:
        """Return the frames or controls of one class that passed, each with its time."""
        return [(at, it["frame"]) for at, what, it in self.events if what == kind.__name__]

    def times(self, event: str) -> list[float]:
        """Return the times at which the server sent messages of this kind: media, mark or clear."""
        return [at for at, message in self.sent if message["event"] == event]

    def said(self) -> list[str]:
        """Return the texts that the agent was given to speak, piece by piece."""
        return [it["frame"].text for _, what, it in self.events if what == ReplyText.__name__]

    def heard(self) -> list[str]:
        """Return the replies as the caller heard them, in order; of an interrupted one the words before that."""
        found = [(at, it.heard) for at, it in self.frames(AgentSpeaking) if not it.on]
        found += [(at, it.heard) for at, it in self.frames(Interrupt)]
        return [text for _, text in sorted(found)]

    def history(self) -> list[tuple[str, str]]:
        """Return the conversation as the language model gets it: pairs of role and text."""
        [dialogue] = [step for step in self.chain.steps if isinstance(step, Dialogue)]
        return [(line.role, line.text) for line in dialogue.history]


def play(
    config: Config, sound: Callable[[float], bytes] | Sequence[tuple[float, bytes]], seconds: float, **line: Any
) -> Played:
    """Play a call of this many seconds in virtual time; `sound` is the caller, as made by `spoken` or its arguments.

    While a `sound` returns no bytes the line sends nothing.
    Keywords go to the `Line`; `caller` is the caller's number, and the call's record is kept in the folder `keep`. The
    steps' `after_call` is run, too, but not that of a step with `outside`, which virtual time cannot simulate. Raises
    AssertionError if the call leaves a task behind, or an exception that nothing received.
    """
    return run_virtual(play_async(config, sound, seconds, **line))


async def play_async(
    config: Config,
    sound: Callable[[float], bytes] | Sequence[tuple[float, bytes]],
    seconds: float,
    keep: Path | None = None,
    caller: str = "",
    **options: Any,
) -> Played:
    """Play a call like `play`, inside a virtual loop that runs already."""
    loop, recorder = asyncio.get_running_loop(), Recorder()
    told: list[tuple[float, Event]] = []
    with messages("DEBUG") as log, closing(recorder):
        async with Agent.open(config) as agent:
            record = recorder.open(RecordSettings(folder=str(keep or "")), CALL_SID, loop.time(), config)
            line = Line(loop, record=record, **options)
            watch = lambda at, event: told.append((at - line.start, event))  # noqa: E731
            heard = sound if callable(sound) else spoken(*sound)
            call, chain = await converse(agent, line, heard, seconds, watch, caller)
            if (work := agent.after_call(chain, virtual=True)) is not None:
                await work.task
            return Played(call, chain, line.playback, told, line.messages, log)
