"""The conversation as a chat model is told it: the words of both sides, and the uses of tools between them.

Each use is told by a pair of lines, the asking and its result, made anew for each request: no history is without one of
the two, whatever was interrupted, trimmed or taken up again.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import msgspec

from pipeline.conversation import Message
from pipeline.memory import Use

Line = dict[str, Any]  # role and content, and the fields of a use

LONGEST = 10_000  # characters of arguments that are told
UNHEARD = "The caller has not heard the result of {names} yet: answer them, and end your reply with it."
RUNNING = '{"state":"still running"}'

_UNFIT = re.compile(r"[^a-zA-Z0-9_-]")  # in a tool's name: servers refuse it in every later request
_object = msgspec.json.Decoder(dict[str, Any]).decode


def lines(history: Sequence[Message], uses: Sequence[Use], turns: int, owing: Sequence[Use] = ()) -> list[Line]:
    """Return the end of a conversation: at most so many of the caller's lines, with the uses between them.

    Of the uses in `owing` the caller has not heard the results: a last line says so of those before their last words.
    """
    first = max(0, len(history) - 2 * turns + 1)  # one more question than replies
    placed: dict[int, list[Use]] = {}
    for use in uses:
        placed.setdefault(_place(use, history), []).append(use)
    told = [line for use in placed.get(0, ()) for line in pair(use)] if first == 0 else []
    for at, message in enumerate(history[first:], first + 1):
        told.append({"role": message.role, "content": message.text})
        told += [line for use in placed.get(at, ()) for line in pair(use)]
    if late := [use for use in owing if _place(use, history) < len(history)]:
        names = ", ".join(dict.fromkeys(_named(use) for use in late))
        told.append({"role": "system", "content": UNHEARD.format(names=names)})
    return told


def pair(use: Use) -> list[Line]:
    """Return the two lines of a use."""
    asked = {"id": _sid(use), "type": "function", "function": {"name": _named(use), "arguments": _arguments(use)}}
    result = RUNNING if use.outcome is None else use.result or msgspec.json.encode({"state": use.outcome}).decode()
    return [
        {"role": "assistant", "content": None, "tool_calls": [asked]},
        {"role": "tool", "tool_call_id": _sid(use), "content": result},
    ]


def halved(lines: list[Line]) -> list[Line]:
    """Return the prompt and the later half of the rest, with the caller's last line, and no result without its use."""
    first = lines[: lines[0]["role"] == "system"]  # the prompt stays
    begin = len(lines) - max(1, (len(lines) - len(first)) // 2)
    while begin < len(lines) and lines[begin]["role"] == "tool":
        begin += 1
    kept = lines[begin:]
    asked = [line for line in lines if line["role"] == "user"][-1:]
    return [*first, *([] if any(line["role"] == "user" for line in kept) else asked), *kept]


def _place(use: Use, history: Sequence[Message]) -> int:
    """Return the number of messages before a use."""
    # A result that is told without a question is the last line: servers refuse a conversation that the agent's words
    # end, or have the model go on with those.
    if history and history[-1].role != "user" and use.outcome is not None and not use.told:
        return len(history)
    return min(use.place, len(history))


def _named(use: Use) -> str:
    return _UNFIT.sub("_", use.name)[:64] or "unknown"


def _sid(use: Use) -> str:
    """Return the id of a use: nine letters and digits, which Mistral insists on."""
    return f"use{use.number:06d}"


def _arguments(use: Use) -> str:
    """Return the arguments as a JSON object, also those that were refused because they are none."""
    try:
        _object(use.arguments or "{}")
        if len(use.arguments) <= LONGEST:
            return use.arguments or "{}"
    except (msgspec.MsgspecError, RecursionError, UnicodeError):
        pass
    return msgspec.json.encode({"unreadable": use.arguments[:200].encode(errors="replace").decode()}).decode()
