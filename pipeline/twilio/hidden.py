"""Messages of a stream with a part of them hidden: the key that one tells of, or its sound."""

from __future__ import annotations

import re
from binascii import a2b_base64, b2a_base64

from pipeline.redaction.words import KEY

_DIGIT = re.compile(rb'("digit"\s*:\s*")([^"]*)"')
_PAYLOAD = re.compile(rb'("payload"\s*:\s*")([^"]*)')


def keyless(data: bytes, shown: str = "") -> bytes:
    """Return a message with a mask in the place of the key that it tells of, unless it is the one that is `shown`."""
    if b'"dtmf"' not in data:
        return data
    return _DIGIT.sub(lambda found: found[0] if shown and found[2] == shown.encode() else _masked(found), data)


def silenced(data: bytes) -> bytes:
    """Return a message with silence of the same length in the place of its sound."""
    return _PAYLOAD.sub(_silent, data)


def sound(data: bytes) -> bytes:
    """Return the sound of a message, mu-law; empty if it has none, or none that can be read."""
    found = _PAYLOAD.search(data)
    try:
        return a2b_base64(found[2], strict_mode=True) if found else b""
    except ValueError:
        return b""


def _masked(found: re.Match[bytes]) -> bytes:
    return found[1] + KEY.encode() + b'"'


def _silent(found: re.Match[bytes]) -> bytes:
    try:
        size = len(a2b_base64(found[2], strict_mode=True))
    except ValueError:  # no base64: it stays a message that is refused
        return found[1] + b"!"
    return found[1] + b2a_base64(b"\xff" * size, newline=False)
