"""The messages that receivers get: the body of an event, and its headers by Standard Webhooks.

Source: https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

from __future__ import annotations

import base64
import hmac
from collections.abc import Sequence
from typing import Any

import msgspec

from pipeline.after.files import Ended
from pipeline.config.after_settings import Receiver
from pipeline.memory import Memory
from pipeline.text.plain_json import encoded

ENDED, ANALYSED = "call.ended", "call.analysed"
SIDES = {"user": "caller", "assistant": "agent"}


def message_id(name: str, event: str) -> str:
    """Return the id of an event, the same in every attempt; `name` is that of the call's folder."""
    return f"evt_{name}_{event}"


def headers(name: str, event: str, now: int, body: bytes, keys: Sequence[bytes]) -> dict[str, str]:
    """Return the headers of an attempt at this Unix time: a signature for each key."""
    number = message_id(name, event)
    signed = b".".join((number.encode(), str(now).encode(), body))
    signatures = [f"v1,{base64.b64encode(hmac.digest(key, signed, 'sha256')).decode()}" for key in keys]
    told = {
        "Content-Type": "application/json",
        "User-Agent": "Kav",
        "webhook-id": number,
        "webhook-timestamp": str(now),
    }
    return told | ({"webhook-signature": " ".join(signatures)} if signatures else {})


def body(event: str, ended: Ended, analysed: dict[str, Any] | None, receiver: Receiver) -> bytes:
    """Return the body of an event, with the parts that the receiver gets; the same in every attempt."""
    memory = msgspec.json.decode(ended.memory, type=Memory)
    data: dict[str, Any] = {"call": _call(ended)}
    parts = {"facts": memory.facts, **(_of_end(ended, memory) if event == ENDED else _of_analysis(analysed or {}))}
    if event == ANALYSED:
        data |= {name: value for name, value in (analysed or {}).items() if name in ("status", "why")}
    data |= {name: value for name, value in parts.items() if name in receiver.include}
    return encoded({"type": event, "timestamp": ended.ended, "data": data})


def _call(ended: Ended) -> dict[str, Any]:
    told = ended.call
    named = ("sid", "config", "hash", "language", "caller", "called", "began")
    return {**{name: getattr(told, name) for name in named}, "ended": ended.ended, "cause": ended.cause}


def _of_end(ended: Ended, memory: Memory) -> dict[str, Any]:
    return {"transcript": transcript(memory), "uses": [_use(each) for each in memory.uses], "figures": ended.figures}


def _of_analysis(analysed: dict[str, Any]) -> dict[str, Any]:
    return {name: analysed[name] for name in ("summary", "extract") if name in analysed}


def transcript(memory: Memory) -> list[dict[str, Any]]:
    """Return the turns of a call, as they were heard, with their numbers from 1."""
    return [
        {"turn": number, "who": SIDES.get(line.role, line.role), "text": line.text}
        for number, line in enumerate(memory.conversation, 1)
    ]


def _use(use: Any) -> dict[str, Any]:
    """Return a use of a tool; one that was under way when the call ended is `unknown` if it had begun."""
    outcome = use.outcome or ("unknown" if use.began is not None else "withdrawn")
    return {
        "name": use.name,
        "arguments": _data(use.arguments),
        "effect": use.effect,
        "outcome": outcome,
        "result": _data(use.result),
    }


def _data(text: str) -> Any:
    try:
        return msgspec.json.decode(text)
    except msgspec.DecodeError:
        return text or None
