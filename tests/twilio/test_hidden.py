from __future__ import annotations

from binascii import a2b_base64

import pytest

from pipeline.twilio.hidden import keyless, silenced, sound
from pipeline.twilio.messages import parse

KEY = b'{"event":"dtmf","streamSid":"MZ","dtmf":{"digit": "7"}}'
MEDIA = b'{"event":"media","streamSid":"MZ","media":{"payload":"AAECAw=="}}'


def test_a_key_is_masked_in_its_message() -> None:
    """And every other message stays as it was."""
    masked = keyless(KEY)
    assert b"7" not in masked and (it := parse(masked).dtmf) is not None and it.digit == "•"
    other = b'{"event":"mark","mark":{"name":"7","digit":"7"}}'
    assert keyless(other) == other and keyless(MEDIA) == MEDIA


def test_one_key_may_be_shown() -> None:
    """That which ends an entry tells nothing of it."""
    assert keyless(KEY, "7") == KEY and b"7" not in keyless(KEY, "#")


def test_the_sound_of_a_message_is_taken_out_in_its_length() -> None:
    """Everything else of it stays."""
    assert sound(MEDIA) == b"\0\1\2\3" and sound(silenced(MEDIA)) == b"\xff" * 4
    assert silenced(KEY) == KEY and a2b_base64(silenced(MEDIA)[54:62]) == b"\xff" * 4


@pytest.mark.parametrize("payload", [b"", b"A", b"A!=="])
def test_sound_that_cannot_be_read_is_none(payload: bytes) -> None:
    """And its message stays one that is refused."""
    data = MEDIA.replace(b"AAECAw==", payload)
    assert sound(data) == b"" and sound(silenced(data)) == b""
