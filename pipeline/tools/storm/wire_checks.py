"""Invariants of the agent's messages: their kind, order and time."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterator
from itertools import repeat

from pipeline import audio
from pipeline.frames import AudioOut, Clear, Interrupt
from pipeline.tools.storm.call_log import CallLog, Found

FUZZ = 1e-5  # seconds
CAREFUL = 1.0  # seconds after a pause in which no more than half of the lead need be sent


def void(log: CallLog) -> Found:
    """After an interruption's `clear` nothing is sent until the next reply's, and nothing outside of a reply."""
    # An interruption is Clear then Interrupt; a Clear alone begins a reply, and its messages may follow.
    controls = [each for _, each in log.frames(Clear, Interrupt)]
    cut = [isinstance(after, Interrupt) for each, after in zip(controls, [*controls[1:], None], strict=False)
           if isinstance(each, Clear)]  # fmt: skip
    allowed, number = False, 0
    for at, it in log.sent:
        if it["event"] == "clear":
            allowed = number < len(cut) and not cut[number]
            number += 1
        elif not allowed:
            yield at, f"{it['event']} of a reply that was void"


def marks(log: CallLog) -> Found:
    """Marks count a reply's sentences from 1, reply after reply, and none comes twice."""
    last, name = ((-1, 1), 0), "none"
    for at, it in log.messages("mark"):
        reply, _, number = it["name"].partition(".")
        turn, _, place = reply.partition("-")
        this = (int(turn), int(place or 1)), int(number)
        if this != (last[0], last[1] + 1) and (this[0] <= last[0] or this[1] != 1):
            yield at, f"mark {it['name']} after {name}"
        last, name = this, it["name"]


def pace(log: CallLog) -> Found:
    """Sound leaves once it is made and at most the lead is left to play before it, or a burst later at most.

    For a second after a pause half of the lead may do.
    """
    begins = log.frames(Clear)
    there: deque[float] = deque()
    begun = end = -math.inf
    for at, it in log.messages("media", "clear"):
        if it["event"] == "clear":
            _, clear = next(begins)
            there, end = deque(_there(log, clear.turn)), at
            begun = at
            continue
        earliest = max(there.popleft() if there else math.inf, begun, end - log.lead)
        careful = any(until <= at < until + CAREFUL + log.lead for _, until in log.pauses)
        latest = earliest + log.burst + log.lead / 2 * careful
        for since, until in log.pauses:  # the agent sends nothing in one, and goes on at its end
            if earliest < until and since <= latest + FUZZ:
                earliest, latest = until if since < earliest - FUZZ else earliest, max(latest, until)
        if not earliest - FUZZ <= at <= latest + FUZZ:
            yield at, f"sound left {1000 * (at - earliest):.0f} ms after its time, {end - at:.3f} s ahead of the ear"
        end = max(end, at) + audio.FRAME_SECONDS


def _there(log: CallLog, turn: int) -> Iterator[float]:
    """Yield the time at which each 20 ms of a reply's sound had been made; the rest of a sentence counts as one."""
    rest = 0
    for at, each in log.frames(AudioOut):
        if each.turn == turn:
            rest += len(each.pcm)
            pieces = -(-rest // audio.FRAME_BYTES) if each.last else rest // audio.FRAME_BYTES
            rest = 0 if each.last else rest - pieces * audio.FRAME_BYTES
            yield from repeat(at, pieces)


def gaps(log: CallLog, began: float, until: float) -> Iterator[tuple[float, float]]:
    """Yield the silences heard while the agent was speaking: the start and the length of each, in seconds.

    A pause for the caller's voice ends one, and the next begins at its end.
    """
    end = began
    breaks = [(at, at + audio.FRAME_SECONDS) for at, _ in log.messages("media")] + log.pauses
    for at, over in sorted(each for each in breaks if began <= each[0] <= until):
        if at > end + FUZZ:
            yield end, at - end
        end = max(end, over) if (at, over) in log.pauses else max(end, at) + over - at
    if until > end + FUZZ:
        yield end, until - end
