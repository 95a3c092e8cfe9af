"""Invariants of the uses of tools: begun when it is sure, done once, settled, told, and with company meanwhile."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from pipeline.events import ModelExchange, ToolExchange
from pipeline.frames import (
    AgentSpeaking,
    Control,
    Frame,
    Interrupt,
    Keys,
    SpeechStarted,
    ToolBegan,
    ToolEnded,
    Transcript,
    TurnDropped,
)
from pipeline.text import normalise
from pipeline.tools.storm.call_log import SOON, CallLog, Found
from pipeline.tools.storm.response_times import listening, silences
from pipeline.tools.storm.tools import SECRET
from pipeline.uses.interest import asks_anew
from pipeline.uses.under_way import OWED

COMPANY = 6.0  # seconds that a caller may hear nothing while a tool is at work
OPENING = 1.0  # seconds until the model is asked for the words on a result
LATE = 2.5  # seconds that a tool may go on after it was cancelled


def sure(log: CallLog) -> Found:
    """No use begins before its turn's words are final, nor an effect while the caller speaks, or after newer words."""
    open_turn, words = -1, -1  # the turn in which the caller speaks; the last one with final words
    asked = False
    for at, it in log.frames(SpeechStarted, Transcript, TurnDropped, Keys, ToolBegan):
        if isinstance(it, SpeechStarted):
            open_turn = it.turn
        elif isinstance(it, ToolBegan):
            if not asked or it.turn == open_turn:
                yield at, f"use {it.use} of {it.name} began before the words of turn {it.turn} were final"
            elif it.effect and (open_turn >= 0 or it.turn < words):
                yield at, f"use {it.use} of {it.name}, for turn {it.turn}, began though the caller went on"
        elif isinstance(it, TurnDropped | Keys) or it.final:
            open_turn = -1 if it.turn >= open_turn else open_turn
            said = isinstance(it, Keys) or (isinstance(it, Transcript) and normalise(it.text))
            if said and it.turn not in log.ignored:
                asked, words = True, max(words, it.turn)


def once(log: CallLog) -> Found:
    """No effect is done twice with the same arguments, unless its settings say so, and nothing unasked is done."""
    if log.used is None:
        return
    tools = {tool.name: tool for tool in log.call.tools}
    began = [(at, it["tool"]) for at, it in log.told(ToolExchange.name) if "after" not in it]
    done = Counter[tuple[Any, ...]]()
    for deed in log.used.deeds:
        at, tool = deed.at - log.call.started, tools[deed.tool]
        if not tool.settings.ahead and not any(name == deed.tool and abs(when - at) < SOON for when, name in began):
            yield at, f"{deed.tool} was used, and no use of it had begun"
        if not (deed.done and tool.is_effect) or tool.settings.once == "no" or tool.settings.idempotent:
            continue
        apart = (deed.tool, deed.arguments, *([deed.turn] if tool.settings.once == "turn" else []))
        done[apart] += 1
        if done[apart] == 2:
            yield at, f"{deed.tool} was done twice with {deed.arguments}"


def settled(log: CallLog) -> Found:
    """Each use that has begun gets one outcome, at the latest its `finish` after the call's end."""
    if log.used is None:
        return
    tools = {tool.name: tool for tool in log.call.tools}
    ends = Counter[int]()
    for at, it in log.told(ToolExchange.name):
        if not ("ended" in it or "error" in it):
            continue
        ends[it["ask"]] += 1
        tool = tools.get(it["tool"])
        if tool is not None and at > log.ended + tool.settings.finish + LATE:
            yield at, f"use {it['ask']} of {it['tool']} ended {at - log.ended:.1f} s after the call"
    for use in log.call.memory.uses:
        if use.outcome is None or ends[use.number] != 1:
            yield log.ended, f"use {use.number} of {use.name} has {ends[use.number]} outcomes: {use.outcome}"
    if log.used.left:
        yield log.ended, f"{log.used.left} tasks of tools go on"


def owed(log: CallLog) -> Found:
    """Each result is told at the next opening, unless the call ends, or the caller asks something new of a look-up."""
    effects = {use.number for use in log.call.memory.uses if use.effect}
    last = {tool.name for tool in log.call.tools if tool.ends}  # their result is the end of the call
    openings, asked = list(_openings(log)), [at for at, it in log.told(ModelExchange.name) if _asks(it)]
    for at, it in log.frames(ToolEnded):
        if it.outcome not in OWED or it.name in last:
            continue
        until = min(_told(log, at), log.ended if it.use in effects else _asked_anew(log, at - it.seconds))
        for since, to in openings:
            begin = max(since, at)
            if min(to, until) - begin > OPENING and not any(at <= when <= begin + OPENING for when in asked):
                yield begin, f"the result of use {it.use} of {it.name} is owed, and the agent is silent"
                break


def _openings(log: CallLog) -> Iterator[tuple[float, float]]:
    """Yield the times in which neither side has the word: start and end."""
    words = list(_words(log))
    for since, to in listening(log):
        speaks = next((begins for at, begins in reversed(words) if at <= since), False)
        for at, begins in [*((at, begins) for at, begins in words if since < at < to), (to, True)]:
            if not speaks:
                yield since, at
            since, speaks = at, begins


def _words(log: CallLog) -> Iterator[tuple[float, bool]]:
    """Yield the times at which the caller takes the word, True, or it is known that they have no more of it."""
    turn = -1
    for at, it in log.frames(SpeechStarted, Transcript, TurnDropped):
        if isinstance(it, SpeechStarted):
            turn = it.turn
            yield at, True
        elif it.turn >= turn and (isinstance(it, TurnDropped) or it.final):
            yield at, False


def _told(log: CallLog, since: float) -> float:
    """Return the time at which some of an answer was heard whose model was asked after a time, or had failed."""
    asked = min((at for at, it in log.told(ModelExchange.name) if at >= since and _asks(it)), default=log.ended)
    heard = (at for at, it in log.frames(AgentSpeaking, Interrupt) if at > asked and it.heard)
    return min(heard, default=log.ended)


def _asks(it: dict[str, Any]) -> bool:
    return not it.keys() & {"got", "error", "ended", "use"}


def _asked_anew(log: CallLog, since: float) -> float:
    anew = (at for at, it in log.frames(Transcript) if at >= since and it.final and asks_anew(it.text))
    return min(anew, default=log.ended)


def pairs(log: CallLog) -> Found:
    """At each moment the memory can be told to a model: each use has its place, and a result if it has ended."""
    yield from log.used.odd if log.used is not None else ()


def company(log: CallLog) -> Found:
    """While a tool is at work the caller hears something at least every six seconds."""
    for began, length in silences(log):
        if length > COMPANY and log.is_at_work(began, began + length):
            yield began, f"the caller heard nothing for {length:.2f} s while a tool was at work"


def secrets(log: CallLog) -> Found:
    """No hidden value is in an event, or in a line of the log."""
    for at, what, it in log.events if log.used is not None else ():
        if any(SECRET in text for text in _texts(it)):
            yield at, f"a hidden value is in the event {what}"
    for line in log.used.lines if log.used is not None else ():
        if SECRET in line:
            yield log.ended, f"a hidden value is in the log: {line[:80]!r}"


def _texts(it: Any) -> Iterator[str]:
    """Yield the texts of an event."""
    if isinstance(it, str):
        yield it
    elif isinstance(it, dict):
        for each in it.values():
            yield from _texts(each)
    elif isinstance(it, Frame | Control):
        for name in it.__struct_fields__:
            yield from _texts(getattr(it, name))
