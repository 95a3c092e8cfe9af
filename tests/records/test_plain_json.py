from __future__ import annotations

from typing import Any

import msgspec
import pytest

from pipeline.records.plain_json import as_json


@pytest.mark.parametrize(
    ("data", "read"),
    [
        ({"text": "a\ud83d", "at": 0.5, "of": (1, None)}, {"text": "a\ufffd", "at": 0.5, "of": [1, None]}),
        ({"a\udcff": [{"b": "\ud83d\ude00"}]}, {"a\ufffd": [{"b": "\ufffd\ufffd"}]}),
        ({"text": "\u05d0 \u2028 \U0001f600"}, {"text": "\u05d0 \u2028 \U0001f600"}),
    ],
)
def test_halves_of_characters_lose_no_event(data: Any, read: Any) -> None:
    """They are replaced, in names and in values; all else comes back as it was."""
    assert msgspec.json.decode(as_json(data)) == read
