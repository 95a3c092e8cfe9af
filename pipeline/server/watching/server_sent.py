"""Server-sent events, the form in which viewers get their news.

Source: https://html.spec.whatwg.org/multipage/server-sent-events.html
"""

from __future__ import annotations

from typing import Any

from pipeline.redaction.secrets import masked_bytes
from pipeline.text.plain_json import encoded


def framed(name: str, data: Any) -> bytes:
    """Return an event of this name, with plain data as JSON, secrets masked."""
    return b"event: %s\ndata: %s\n\n" % (name.encode(), masked_bytes(encoded(data)))
