"""A call as the outbox has it at its end: from the call itself, or, if its process was lost, from its record."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from pipeline.after.files import Began, Ended
from pipeline.conversation import Message, add
from pipeline.events import ToolExchange
from pipeline.faults import KavError
from pipeline.memory import Memory, Use
from pipeline.records.reader import Event, events
from pipeline.records.timeline import timeline
from pipeline.redaction.words import redacted
from pipeline.vocabulary import Cause, UseOutcome

if TYPE_CHECKING:
    from pipeline.call import Call
    from pipeline.config import Config

HIDDEN = "•••"
OUTCOMES = {str(each): each for each in UseOutcome}


def begun(call: Call, config: Config, record: Path | None) -> Began:
    """Return the beginning of a call for the outbox."""
    return Began(
        sid=call.sid,
        config=config.name,
        hash=config.hash,
        language=call.language,
        caller=call.caller,
        called=call.called,
        began=_now(),
        record=str(record.absolute()) if record is not None else "",
    )


def over(call: Call, began: Began) -> Ended:
    """Return the end of a call for the outbox: hidden fields of tools are masked, and words if `redact` says so."""
    memory = _shown(call.memory, call.tools)
    seconds = round(call.loop.time() - call.started, 3)
    if call.redact.after_call:
        memory = _redacted(memory)
    return Ended(
        call=began,
        cause=call.cause,
        ended=_now(),
        figures={**_figures(memory), "seconds": seconds, "faults": call.faults, "rx": call.rx, "tx": call.tx},
        memory=msgspec.Raw(memory.encode()),
        settling=bool(call.lasting),
    )


def lost(began: Began, *, redacts: bool) -> Ended:
    """Return the end of a call whose process was lost, as far as its record tells it. Blocks.

    A tool's use under way at that time is `unknown`.
    """
    memory, seconds = Memory(), 0.0
    if began.record:
        try:
            found, _ = events(Path(began.record))
        except KavError:  # the process died before the first line
            found = []
        memory = Memory(conversation=_said(found), uses=_uses(found))
        seconds = found[-1].at if found else 0.0
    memory = _redacted(memory) if redacts else memory
    figures = {**_figures(memory), "seconds": seconds}
    return Ended(call=began, cause=Cause.LOST, ended=_now(), figures=figures, memory=msgspec.Raw(memory.encode()))


def turns(memory: Memory) -> int:
    """Return the number of the caller's turns."""
    return sum(line.role == "user" for line in memory.conversation)


def _figures(memory: Memory) -> dict[str, Any]:
    return {"turns": turns(memory), "uses": len(memory.uses), "transfers": memory.handovers}


def _now() -> str:
    return datetime.now(UTC).isoformat("T", "milliseconds")


def _shown(memory: Memory, tools: Sequence[Any]) -> Memory:
    """Return a memory without the arguments, results and facts that their tools hide."""
    hidden = {tool.name: frozenset(tool.settings.hide) for tool in tools if tool.settings.hide}
    if not hidden:
        return memory
    every = frozenset().union(*hidden.values())
    uses = [_masked(use, hidden.get(use.name, frozenset())) for use in memory.uses]
    facts = {name: HIDDEN if name in every else value for name, value in memory.facts.items()}
    return msgspec.structs.replace(memory, uses=uses, facts=facts)


def _masked(use: Use, hidden: frozenset[str]) -> Use:
    if not hidden:
        return use
    return msgspec.structs.replace(use, arguments=_without(use.arguments, hidden), result=_without(use.result, hidden))


def _without(text: str, hidden: frozenset[str]) -> str:
    """Return JSON with a mask for each hidden field, however deep; text that is no JSON is masked whole."""
    try:
        data = msgspec.json.decode(text) if text else None
    except msgspec.DecodeError:
        return HIDDEN
    return text if data is None else msgspec.json.encode(_each(data, hidden)).decode()


def _each(data: Any, hidden: frozenset[str]) -> Any:
    if isinstance(data, dict):
        return {key: HIDDEN if key in hidden else _each(value, hidden) for key, value in data.items()}
    return [_each(it, hidden) for it in data] if isinstance(data, list) else data


def _redacted(memory: Memory) -> Memory:
    """Return a memory with all of its words redacted."""
    return msgspec.convert(_in_words(msgspec.to_builtins(memory)), Memory)


def _in_words(data: Any) -> Any:
    if isinstance(data, dict):
        return {key: _in_words(value) for key, value in data.items()}
    if isinstance(data, list):
        return [_in_words(each) for each in data]
    return redacted(data) if isinstance(data, str) else data


def _said(found: Sequence[Event]) -> list[Message]:
    """Return both sides' words in the order of the call, of the agent's those that were heard."""
    told = timeline(found)
    said = [(turn.started, "user", turn.text) for turn in told.turns if turn.text and not turn.dropped]
    said += [(it.started, "assistant", it.heard or " ".join(it.pieces)) for it in told.replies]
    history: list[Message] = []
    for _, role, text in sorted(said):
        if text:
            add(history, role, text)
    return history


def _uses(found: Sequence[Event]) -> list[Use]:
    """Return the uses of tools, each as its last event tells it."""
    told: dict[int, dict[str, Any]] = {}
    for it in found:
        if it.what == ToolExchange.name:
            known = told.setdefault(int(it.content.get("ask", 0)), {})
            known |= {name: value for name, value in it.content.items() if value is not None}
    return [_use(number, content) for number, content in sorted(told.items())]


def _use(number: int, content: dict[str, Any]) -> Use:
    return Use(
        number=number,
        name=str(content.get("tool", "")),
        arguments=str(content.get("to", "")),
        turn=0,
        place=0,
        outcome=OUTCOMES.get(str(content.get("outcome")), UseOutcome.UNKNOWN),
        result=str(content.get("got", "")),
    )
