"""The content of a Google key file, from a file or from a variable, mended where hosts and shells break it."""

from __future__ import annotations

import binascii
import json
import re
from base64 import b64decode
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pipeline.environment.pasted import cleaned

_PEM = re.compile(r"-----BEGIN ([A-Z ]+)-----(.*)-----END \1-----", re.DOTALL)


def is_content(text: str) -> bool:
    """True if a text is the content of a key file, plain or in base64, and no path."""
    if text.lstrip().startswith(("{", "[")):
        return True
    return (decoded := _decoded(text)) is not None and decoded.lstrip().startswith("{")


def content(key: Path | str) -> dict[str, Any]:
    """Return the content of a key file, or of a text that is one: JSON, or its base64.

    The line ends of its private key are mended. Raises OSError for a file, ValueError for anything but an object.
    """
    found = json.loads(key.read_bytes()) if isinstance(key, Path) else _parsed(key)
    if not isinstance(found, dict):
        raise ValueError("no object")
    if isinstance(found.get("private_key"), str):
        found["private_key"] = _mended(found["private_key"])
    return found


def is_private_key(text: str) -> bool:
    """True if a text is a private key in PEM, without a password."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        load_pem_private_key(text.encode(), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        return False
    return True


def _parsed(text: str) -> Any:
    for each in _forms(cleaned(text).text):
        try:
            return json.loads(each, strict=False)  # a file of variables turns `\n` within quotes into a line's end
        except ValueError:
            continue
    raise ValueError("no JSON")


def _forms(text: str) -> Iterator[str]:
    """Yield the texts that may be meant: as it is, with its quotes unescaped, out of base64."""
    yield text
    yield text.replace('\\"', '"')
    if (decoded := _decoded(text)) is not None:
        yield decoded


def _decoded(text: str) -> str | None:
    """Return a text out of base64, also of the kind for addresses; None if it is not in base64."""
    packed = "".join(text.split()).translate(str.maketrans("-_", "+/"))
    try:
        return b64decode(packed + "=" * (-len(packed) % 4), validate=True).decode("utf-8-sig")
    except (binascii.Error, ValueError):
        return None


def _mended(key: str) -> str:
    """Return a private key with real line ends, for those that were escaped twice or turned into spaces."""
    plain = key.replace("\\r", "").replace("\\n", "\n").replace("\r", "")
    found = _PEM.search(plain)
    if found is None:
        return plain
    return f"-----BEGIN {found[1]}-----\n" + "\n".join(found[2].split()) + f"\n-----END {found[1]}-----\n"
