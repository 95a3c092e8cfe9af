"""JSON in UTF-8, of any words."""

from __future__ import annotations

import json
import re
from typing import Any

import msgspec

LONE = re.compile("[\ud800-\udfff]")  # half of a character: a model's answer, or a file's name, may have one


def as_json(data: Any) -> bytes:
    """Return plain data as JSON, halves of characters, which UTF-8 cannot have, replaced with U+FFFD."""
    try:
        return msgspec.json.encode(data, enc_hook=str)
    except UnicodeEncodeError:
        text = json.dumps(msgspec.to_builtins(data, enc_hook=str), ensure_ascii=False)
        return LONE.sub("\ufffd", text).encode()
