from __future__ import annotations

from base64 import b64encode

import pytest

from pipeline import audio
from pipeline.server.watching.levels import Levels, agent_sound, caller_sound, loudness
from pipeline.twilio.messages import Outbound, encode

LOUD = audio.encode(audio.tone(0.02, level=30_000))
STREAM = "MZ" + 32 * "0"
OUT = Outbound(STREAM)


def heard(sound: bytes) -> bytes:
    """A message of Twilio with this sound."""
    payload = b64encode(sound).decode()
    media = {"track": "inbound", "chunk": "1", "timestamp": "0", "payload": payload}
    return encode({"event": "media", "streamSid": STREAM, "sequenceNumber": "2", "media": media})


def test_loudness_is_that_of_the_sample() -> None:
    """Silence is 0, the loudest codes are nearly 255, and no code is louder than its magnitude says."""
    assert loudness(b"\xff\x7f") == 0
    assert loudness(b"\xff\x00") == loudness(b"\x80") >= 250


def test_the_agents_levels_stand_where_they_are_heard() -> None:
    """A burst lies one piece behind the other, a later reply at its own time, and a `clear` cuts."""
    levels = Levels()
    for at in (1.0, 1.0, 1.0, 5.0):
        levels.add(at, "out", OUT.media(LOUD))
    levels.add(5.001, "out", OUT.clear)
    levels.add(5.001, "out", OUT.media(audio.SILENCE))
    (burst, reply, cut, after) = levels.take()
    assert burst == ("levels", {"way": "out", "at": 1.0, "peaks": burst[1]["peaks"]})
    assert len(burst[1]["peaks"]) == 3 and min(burst[1]["peaks"]) > 200
    assert (reply[1]["at"], cut, after[1]) == (5.0, ("cut", {"at": 5.001}), {"way": "out", "at": 5.001, "peaks": [0]})
    assert levels.take() == []


def test_the_callers_levels_stand_where_they_were_spoken() -> None:
    """Jitter leaves no gap, and lost sound does."""
    levels = Levels()
    for at in (0.02, 0.05, 0.06, 2.0):
        levels.add(at, "in", heard(LOUD))
    first, late = levels.take()
    assert (first[1]["at"], len(first[1]["peaks"]), late[1]["at"]) == (0.0, 3, 1.98)


def test_a_viewer_may_come_at_any_time() -> None:
    """The first sound stands at its own time, however near to the call's start."""
    levels = Levels()
    levels.add(0.18, "in", heard(LOUD))
    assert levels.take()[0][1]["at"] == 0.16


@pytest.mark.parametrize("data", [b"", b"{", b'{"event":"connected"}', b"\xff", OUT.mark("1"), heard(LOUD)[:-5]])
def test_messages_without_sound_have_no_level(data: bytes) -> None:
    """Neither has anything that is no message."""
    assert caller_sound(data) is None and agent_sound(data) is None
    levels = Levels()
    for way in ("in", "out"):
        levels.add(1.0, way, data)
    assert levels.take() == []
