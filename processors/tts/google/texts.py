"""What Google's voices can do, and the texts and the errors of their API."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from typing import Any

from pipeline.text import sentences

LIMIT = 5000  # bytes of text in a request; Hebrew has two to a letter
CHIRP = re.compile(r"Chirp|Journey", re.IGNORECASE)
PREFIX = re.compile(r"[a-z]{2,3}-[A-Z]{2}(?=-)")  # of a voice's name: its language


def streams(voice: str, model: str) -> bool:
    """Whether a voice can be streamed: Chirp 3 HD, Journey and Gemini can, WaveNet, Neural2 and Standard cannot."""
    gemini = model.startswith("gemini") or bool(voice and not PREFIX.match(voice))
    return gemini or bool(CHIRP.search(voice))


def language(settings: Any, of_call: str) -> str:
    """What a voice speaks: what is set, its name's own, or the call's."""
    prefix = PREFIX.match(settings.voice)
    return settings.language or (prefix[0] if prefix else of_call)


def status(error: Exception) -> str:
    """The name of a gRPC status, however the client wrapped it."""
    code: Any = getattr(error, "grpc_status_code", None) or getattr(error, "code", None)
    code = code() if callable(code) else code
    return str(getattr(code, "name", "") or type(error).__name__)


def speakable(text: str) -> str:
    """The text without what no voice can say: control characters, halves of characters, runs of white space."""
    kept = "".join(" " if unicodedata.category(char) in ("Cc", "Cs", "Cn", "Co") else char for char in text)
    return " ".join(kept.split())


def pieces(text: str, limit: int = LIMIT) -> list[str]:
    """The text in pieces of at most `limit` bytes, cut between sentences; between words if one is too long."""
    found: list[str] = []
    for part in _parts(sentences(text), limit):
        joined = f"{found[-1]} {part}" if found else part
        if found and len(joined.encode()) <= limit:
            found[-1] = joined
        else:
            found.append(part)
    return found


def _parts(units: Iterable[str], limit: int) -> Iterable[str]:
    for unit in units:
        if len(unit.encode()) <= limit:
            yield unit
        elif " " in unit:
            yield from _parts(unit.split(), limit)
        else:
            size = max(1, limit // 4)  # no character has more than four bytes
            yield from (unit[at : at + size] for at in range(0, len(unit), size))
