"""The result of a call as measured at the caller's end of the line."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import chain
from pathlib import Path
from typing import Any

import msgspec

from pipeline import audio
from pipeline.phone.caller import Spoken
from pipeline.phone.stream import MediaStream
from pipeline.twilio.playback import TwilioWarning


class Turn(msgspec.Struct, frozen=True):
    """An utterance of the caller, and the arrival of the sound that answers it; loop times in seconds."""

    words: str
    started: float  # the first voiced frame was sent
    ended: float  # the last voiced frame was sent
    audio: float | None  # the first sound arrived, maybe of a filler; None if none came before the caller spoke again

    @property
    def gap(self) -> float | None:
        """The seconds from the end of the utterance to that sound; None if none came."""
        return None if self.audio is None else self.audio - self.ended


class BargeIn(msgspec.Struct, frozen=True):
    """An utterance that began while the agent was audible; loop times in seconds."""

    words: str
    first: float  # the first voiced frame was sent
    third: float | None  # the third voiced frame in a row was sent: an agent need not stop before
    clear: float | None  # the agent's `clear` arrived

    @property
    def stopped(self) -> float | None:
        """The seconds from the first voiced frame to the `clear`; None without a `clear`."""
        return None if self.clear is None else self.clear - self.first

    @property
    def reaction(self) -> float | None:
        """The seconds from the third voiced frame in a row to the `clear`; None if one of them is missing."""
        return None if self.clear is None or self.third is None else self.clear - self.third


class CallResult(msgspec.Struct, frozen=True, kw_only=True):
    """A call as measured at the caller's end.

    Times are loop times in seconds; tracks are 16-bit PCM at 8 kHz in true time from `started`. `ended_by` is caller,
    agent, limit, rejected (by the agent's TwiML) or error. `error` is the first fault in one sentence; None if the call
    went by its script and Twilio would not have warned. `rx` and `tx` count media messages from and to the agent.
    """

    call_sid: str
    stream_sid: str
    error: str | None = None
    ended_by: str = "caller"
    close_code: int | None = None  # of the WebSocket, if the agent closed it
    started: float = 0.0
    ended: float = 0.0
    turns: tuple[Turn, ...] = ()
    barge_ins: tuple[BargeIn, ...] = ()
    replies: tuple[float, ...] = ()  # arrivals of each reply's first sound
    clears: tuple[tuple[float, float], ...] = ()  # arrivals, and the seconds of sound that each discarded
    marks: tuple[tuple[float, str], ...] = ()  # times at which marks were sent back, and their names
    underruns: tuple[tuple[float, float], ...] = ()  # arrivals, and the seconds of silence heard before
    warnings: tuple[TwilioWarning, ...] = ()
    rx: int = 0
    tx: int = 0
    verbs: tuple[str, ...] = ()  # of the TwiML, in order
    streams: int = 1  # one, and another for each return from a transfer
    subprotocol: str | None = None  # the one that the agent accepted
    caller_track: bytes = b""
    agent_track: bytes = b""

    @property
    def ok(self) -> bool:
        """True if the call went by its script, and Twilio would not have warned."""
        return self.error is None and not self.warnings

    def write_wav(self, path: Path) -> None:
        """Write both tracks as a stereo WAV file: the caller left, the agent right."""
        audio.write_wav(path, self.caller_track, self.agent_track)


def measured(streams: Sequence[MediaStream], *, error: str | None, **known: Any) -> CallResult:
    """Return the result of a call whose streams have ended; `known` are the fields that the streams do not have."""
    playbacks = [stream.playback for stream in streams]
    caller_track, agent_track = _tracks(streams)
    return CallResult(
        call_sid=streams[0].call_sid,
        stream_sid=streams[0].stream_sid,
        error=error or next((fault for stream in streams if (fault := _fault(stream))), None),
        started=streams[0].started,
        ended=streams[-1].ended,
        turns=tuple(turn for it in streams for turn in _turns(it.caller.spoken, it.playback.replies)),
        barge_ins=tuple(each for it in streams for each in _barge_ins(it.caller.spoken, it.playback.clears)),
        replies=tuple(chain.from_iterable(each.replies for each in playbacks)),
        clears=tuple(chain.from_iterable(each.clears for each in playbacks)),
        marks=tuple(chain.from_iterable(each.marks for each in playbacks)),
        underruns=tuple(chain.from_iterable(each.underruns for each in playbacks)),
        warnings=tuple(chain.from_iterable(stream.warnings for stream in streams)),
        rx=sum(each.media for each in playbacks),
        tx=sum(stream.tx for stream in streams),
        streams=len(streams),
        caller_track=caller_track,
        agent_track=agent_track,
        **known,
    )


def _fault(stream: MediaStream) -> str:
    return stream.caller.failed or next((str(warning) for warning in stream.warnings), "")


def _tracks(streams: Sequence[MediaStream]) -> tuple[bytes, bytes]:
    """Return both tracks in true time: between two streams, while a person was rung, there is silence."""
    caller, agent = bytearray(), bytearray()
    for stream in streams:
        begin = 2 * round((stream.started - streams[0].started) * audio.RATE)
        for track, sound in zip((caller, agent), stream.tracks(), strict=True):
            track[:] = track[:begin].ljust(begin, b"\0") + sound
    return bytes(caller), bytes(agent)


def _turns(spoken: list[Spoken], replies: list[float]) -> tuple[Turn, ...]:
    voiced = [(it.words, it.first, it.last) for it in spoken if it.first is not None and it.last is not None]
    nexts = [first for _, first, _ in voiced[1:]] + [math.inf]
    return tuple(
        Turn(words, first, last, next((at for at in replies if last < at < until), None))
        for (words, first, last), until in zip(voiced, nexts, strict=False)
    )


def _barge_ins(spoken: list[Spoken], clears: list[tuple[float, float]]) -> tuple[BargeIn, ...]:
    return tuple(
        BargeIn(each.words, each.first, each.third, _stop(each.first, each.last or each.first, clears))
        for each in spoken
        if each.over and each.first is not None
    )


def _stop(first: float, last: float, clears: list[tuple[float, float]]) -> float | None:
    """Return the arrival of the clear that stopped the agent; None if there is none.

    A clear after the utterance that discards no sound does not count: an agent may send one before each reply.
    """
    return next((at for at, thrown in clears if at > first and (thrown > 0 or at <= last)), None)
