"""A bystander's call as its caller heard it: its longest silence, its holes, and its end."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import msgspec
import numpy as np

from pipeline import audio
from pipeline.phone.result import CallResult

PATIENCE = 2.0  # seconds of silence while it is the agent's turn
LOUD = 100  # of a sample; less is silence


class Bystander(msgspec.Struct, frozen=True, kw_only=True):
    """A call that shared the server with faults; times are of the monotonic clock, in seconds.

    `late` is by how much the phone itself was late at worst while the call lasted, `cpu` the part of a core that the
    phone takes.
    """

    call_sid: str
    began: float
    ended: float
    turns: int
    answered: int  # turns
    silence: float  # the longest one while it was the agent's turn
    silent_until: float
    holes: list[tuple[float, float]]  # arrivals of sound in the middle of a reply, and the silence before
    error: str  # blank if it went by its script
    late: float
    cpu: float

    def complaints(self, stalls: list[float], stall: float, waited: Callable[[float, float], float]) -> list[str]:
        """Return what is wrong with the call; a loop that was stopped may show as one hole of that length at most.

        `stalls` are the times at which the loop was stopped, for `stall` seconds each. `waited` returns the seconds for
        which the server's side waited for a core between two times: what such a wait explains is the machine's fault,
        as a hole is that is no longer than the phone itself was late.
        """
        found = [self.error] if self.error else []
        if self.answered < self.turns:
            found.append(f"{self.turns - self.answered} of {self.turns} turns were not answered")
        if self.silence - waited(self.silent_until - self.silence, self.silent_until) > PATIENCE:
            found.append(f"{self.silence:.2f} s of silence")
        for at, length in self.holes:
            stopped = any(0 <= at - each <= 2 * stall + 1.0 for each in stalls) and length <= stall + 0.05
            if not stopped and length > self.late + waited(at - length - 1.0, at):
                found.append(f"a hole of {length * 1000:.0f} ms")
        return found


def heard(result: CallResult, late: float, cpu: float) -> Bystander:
    """Return the judgement of a call that has ended."""
    silence, until = max(silences(result), default=(0.0, result.ended))
    return Bystander(
        call_sid=result.call_sid,
        began=result.started,
        ended=result.ended,
        turns=len(result.turns),
        answered=sum(turn.audio is not None for turn in result.turns),
        silence=round(silence, 3),
        silent_until=until,
        holes=[(at, round(length, 4)) for at, length in result.underruns],
        error=result.error or "",
        late=round(late, 4),
        cpu=round(cpu, 3),
    )


def silences(result: CallResult) -> Iterator[tuple[float, float]]:
    """Yield the longest silence of each turn of the agent's, in seconds, and its end.

    A turn is from the caller's last word to the last sound of the reply; one without any sound is silence as a whole.
    """
    loud = _loud(result.agent_track)
    until = [*(turn.started for turn in result.turns), result.ended][1:]
    for turn, end in zip(result.turns, until, strict=True):
        first, last = (round((at - result.started) / audio.FRAME_SECONDS) for at in (turn.ended, end))
        sounding = np.flatnonzero(loud[first:last])
        edges = np.array([-1, *sounding] if sounding.size else [-1, max(0, last - first)])
        gaps = np.diff(edges) - 1
        longest = int(gaps.argmax())
        yield float(gaps[longest]) * audio.FRAME_SECONDS, turn.ended + float(edges[longest + 1]) * audio.FRAME_SECONDS


def _loud(pcm: bytes) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """Return for each 20 ms of sound whether it is one."""
    samples = np.frombuffer(pcm, "<i2")
    count = len(samples) // audio.FRAME_SAMPLES
    frames = samples[: count * audio.FRAME_SAMPLES].reshape(count, audio.FRAME_SAMPLES)
    peaks = np.abs(frames.astype(np.int32)).max(axis=1, initial=0)
    return np.asarray(peaks > LOUD)
