"""The names of Google's voices, of their languages, and of the errors of their API."""

from __future__ import annotations

import re
from typing import Any

CHIRP = re.compile(r"Chirp|Journey", re.IGNORECASE)
PREFIX = re.compile(r"[a-z]{2,3}-[A-Z]{2}(?=-)")  # of a voice's name: its language


def streams(voice: str, model: str) -> bool:
    """True if a voice can be streamed: Chirp 3 HD, Journey and Gemini can, WaveNet, Neural2 and Standard cannot."""
    gemini = model.startswith("gemini") or bool(voice and not PREFIX.match(voice))
    return gemini or bool(CHIRP.search(voice))


def language(settings: Any, of_call: str) -> str:
    """The language that a voice speaks: as set, as in its name, or the call's."""
    prefix = PREFIX.match(settings.voice)
    return settings.language or (prefix[0] if prefix else of_call)


def status(error: Exception) -> str:
    """The name of a gRPC status, however the client wrapped it."""
    code: Any = getattr(error, "grpc_status_code", None) or getattr(error, "code", None)
    code = code() if callable(code) else code
    return str(getattr(code, "name", "") or type(error).__name__)
