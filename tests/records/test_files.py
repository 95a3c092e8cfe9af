"""Lines of a record's files."""

from __future__ import annotations

import msgspec
import pytest

from pipeline.events import Passed
from pipeline.frames import AudioIn
from pipeline.records.files import kept, message


@pytest.mark.parametrize(
    ("data", "line"),
    [
        (b'{"a":\n 1}', b'{"message":{"a":1}}'),
        (b"no json", b'{"text":"no json"}'),
        (b"\xff", '{"text":"\ufffd"}'.encode()),
    ],
)
def test_a_message_is_one_line(data: bytes, line: bytes) -> None:
    """As JSON if it is some, else as text."""
    assert msgspec.json.encode(message(data)) == line


def test_sound_is_kept_as_its_length() -> None:
    """And a moment to a tenth of a millisecond."""
    told = kept(Passed(AudioIn(bytes(320), 1.23456789), "vad"))
    assert told["what"] == "AudioIn"
    assert (told["frame"]["pcm"], told["frame"]["at"]) == (0.02, 1.2346)
