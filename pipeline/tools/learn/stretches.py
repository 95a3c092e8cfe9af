"""The stretches of a caller's speech in a record: where the caller went on after a pause, and where not.

The call itself labels its pauses. After a pause inside a turn the caller went on; so did one who spoke again before
there was an answer, or in the first second of it: the agent talked into the turn. A caller who waited for the answer,
and listened to it, had finished. Nothing else is evidence: neither a later barge-in, as the answer itself may have
caused it, nor a caller who got no answer, nor a turn whose words are not known.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

import msgspec

from pipeline.frames import Transcript
from pipeline.records.reader import Event, Recording
from pipeline.records.replies import Reply
from pipeline.records.timeline import WENT_ON, Timeline, Turn, timeline
from pipeline.text import normalise
from pipeline.tools.label.labels import LABELS, load
from pipeline.vocabulary import DropReason

PAUSE = 0.2  # seconds: a shorter silence is no pause
INTO = 1.0  # seconds of an answer in which a caller who speaks had not finished
LATER = 3.0  # seconds of an answer after which one who speaks over it had
NOD = 0.5  # seconds of voice: less over an answer may be a nod
NOISES = frozenset((DropReason.SHORT.value, DropReason.COUGH.value, "nod"))  # turns that interrupt no silence

Span = tuple[float, float]  # start and end, in seconds of the caller's sound


class Stretch(msgspec.Struct, frozen=True):
    """Speech of the caller: the spans of voice in it, in seconds of their sound, and those of the agent's voice.

    Every pause between its spans is one after which the caller went on, unless the agent is heard in it. `over` is
    True if its end is known to be the end of the turn, None if nothing is known of it.
    """

    spans: tuple[Span, ...]
    over: bool | None
    agent: tuple[Span, ...] = ()

    def goes_on(self, at: float) -> bool:
        """True if the caller has spoken in this stretch by a moment of their sound, and speaks again after it."""
        return self.spans[0][0] < at and any(start > at for start, _ in self.spans)


def stretches(recording: Recording) -> list[Stretch]:
    """Return the speech of a recorded call: by its `labels.yaml` if it has one, or else by what the caller did.

    The end of a label after which the caller went on is no evidence: labels are proposed, and may not be corrected yet.
    Raises ConfigError if the labels are wrong.
    """
    conversation = _Conversation(recording)
    found = list(conversation.stretches())
    if not (recording.folder / LABELS).exists():
        return found
    return [
        Stretch(((it.starts, it.ends),), not any(each.goes_on(it.ends) for each in found) or None, conversation.agent)
        for it in load(recording.folder)
    ]


class _Conversation:
    """The turns with words of a call, and the agent's replies between them."""

    def __init__(self, recording: Recording) -> None:
        found: Timeline = timeline(recording.events)
        self.turns = [turn for turn in found.turns if turn.dropped not in NOISES]
        self.replies, self.ends = found.replies, recording.seconds
        self.worded = _worded(recording.events)
        began = [it.started_at - it.started for it in found.turns if it.started_at is not None]
        ended = ((it.started, self.ends if it.ended is None else it.ended) for it in self.replies)
        self.agent = tuple((start - min(began, default=0), end - min(began, default=0)) for start, end in ended)

    def stretches(self) -> Iterator[Stretch]:
        """Yield the turns, those after which the caller went on joined with the next."""
        joined: list[Turn] = []
        for turn, after in pairwise([*self.turns, None]):
            if turn is None or not self.is_speech(turn):
                joined.clear()
                continue
            joined.append(turn)
            over = self.over(turn, after)
            if over is not False:
                yield Stretch(tuple((it.started, it.ended) for it in joined), over, self.agent)
                joined.clear()

    def is_speech(self, turn: Turn) -> bool:
        """True if words of the turn were understood."""
        return turn.ended_at is not None and not turn.dropped and turn.number in self.worded

    def over(self, turn: Turn, after: Turn | None) -> bool | None:
        """Return True if the caller had finished, False if they had not, None if it cannot be told."""
        if turn.ended_at is None or turn.decided is None:
            return None
        pause = after.started - turn.ended if after is not None else self.ends
        if turn.decided - turn.ended < PAUSE:  # cut at its greatest length
            return self.went_on(after, pause < PAUSE)
        if self.speaks(turn.ended_at):
            return None
        reply = next((it for it in self.replies if it.started > (turn.ended_at or 0.0)), None)
        began = self.ends if after is None else after.started_at or self.ends
        if reply is None or began <= reply.started:
            return self.went_on(after, pause < WENT_ON)
        return self.answered(reply, began, after, pause)

    def answered(self, reply: Reply, began: float, after: Turn | None, pause: float) -> bool | None:
        """Return the same of a turn with an answer, after whose start the caller began to speak, or the call ended."""
        ended = self.ends if reply.ended is None else reply.ended
        if ended < began and began - reply.started >= INTO:
            return True
        if began - reply.started < INTO:
            spoken = after is not None and after.ended - after.started >= NOD and not self.echoes(after, reply)
            return self.went_on(after, spoken and ended >= began and pause < WENT_ON + INTO)
        return True if began - reply.started >= LATER else None

    def went_on(self, after: Turn | None, is_so: bool) -> bool | None:
        """Return False if the caller went on with words, otherwise None."""
        return False if is_so and after is not None and self.is_speech(after) else None

    def speaks(self, at: float) -> bool:
        """True if the agent is audible at this moment."""
        return any(it.started <= at and (it.ended is None or at < it.ended) for it in self.replies)

    def echoes(self, turn: Turn, reply: Reply) -> bool:
        """True if the words of a turn are those of the agent."""
        return normalise(self.worded.get(turn.number, "")) in normalise(" ".join(reply.pieces))


def _worded(events: Sequence[Event]) -> dict[int, str]:
    """Return the words of the turns of which any were understood at the end."""
    final = (it.frame for it in events if it.what == Transcript.__name__ and it.frame.get("final"))
    return {int(it["turn"]): str(it["text"]) for it in final if normalise(str(it.get("text", "")))}
