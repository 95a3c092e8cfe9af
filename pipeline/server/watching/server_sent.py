"""Server-sent events, the form in which viewers get their news.

Source: https://html.spec.whatwg.org/multipage/server-sent-events.html
"""

from __future__ import annotations

from typing import Any

import msgspec


def framed(name: str, data: Any) -> bytes:
    """Return an event of this name, with plain data as JSON."""
    return b"event: %s\ndata: %s\n\n" % (name.encode(), msgspec.json.encode(data, enc_hook=str))
