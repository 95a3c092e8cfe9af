from __future__ import annotations

import math

from pipeline import audio
from pipeline.keypad import Keypad
from pipeline.twilio import hidden
from pipeline.twilio.messages import Outbound

OUT = Outbound("MZ" + "0" * 32)
QUIET = OUT.media(audio.SILENCE)
VOICE = OUT.media(audio.encode(audio.tone(0.02, 300, 8000)))
WAVES = [math.sin(2 * math.pi * 697 * at / 8000) + math.sin(2 * math.pi * 1209 * at / 8000) for at in range(160)]
TONE = OUT.media(audio.encode(b"".join(round(4000 * it).to_bytes(2, "little", signed=True) for it in WAVES)))


def key(digit: str) -> bytes:
    return b'{"event":"dtmf","dtmf":{"digit":"%s"}}' % digit.encode()


def test_a_key_is_shown_unless_it_is_secret() -> None:
    """The key that ends an entry tells nothing, and is shown."""
    pad = Keypad()
    assert pad.press("1") == "1" and pad.take() == ""
    pad.hide("#", "")
    assert [pad.press(it) for it in "12#"] == ["•", "•", "#"] and pad.take() == "12" and pad.take() == ""
    pad.show()
    assert pad.press("1") == "1"


def test_keys_typed_ahead_are_a_part_of_the_secret() -> None:
    """And those that were not taken are forgotten."""
    pad = Keypad()
    pad.hide("#", "12")
    pad.press("3")
    assert pad.take() == "123"
    pad.press("4")
    pad.show()
    assert pad.take() == ""


def test_messages_tell_of_no_secret_key() -> None:
    """Neither by its name nor by its tone; a voice before the first key is kept."""
    pad = Keypad()
    pad.hide("#", "")
    assert pad.masked(VOICE, 0.0) == VOICE and pad.masked(QUIET, 0.0) == QUIET
    assert hidden.sound(pad.masked(TONE, 0.0)) == audio.SILENCE
    assert b"1" not in pad.masked(key("1"), 1.0) and pad.masked(key("#"), 1.0) == key("#")


def test_the_sound_is_silence_from_the_first_key_to_the_last_and_02_s() -> None:
    """So that nothing of a tone is left, nor of a caller who says what they type."""
    pad = Keypad()
    pad.hide("#", "")
    pad.masked(key("1"), 1.0)
    pad.press("1")
    assert hidden.sound(pad.masked(VOICE, 3.9)) == audio.SILENCE
    pad.masked(key("#"), 4.0)
    pad.take()
    assert hidden.sound(pad.masked(VOICE, 4.19)) == audio.SILENCE and pad.masked(VOICE, 4.21) == VOICE
