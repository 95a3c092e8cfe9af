"""The agent's voice by the time at which it is played."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pipeline import audio
from processors.echo_guard.reference import Reference

LOUD = b"\x10" * 160
KEPT = 4 * audio.RATE


def heard(reference: Reference, begin: float, seconds: float) -> list[bool]:
    """Whether each 20 ms from a stream time on have a voice."""
    pcm = reference.window(round((begin + seconds) * audio.RATE), round(seconds * audio.RATE))
    assert len(pcm) == 2 * round(seconds * audio.RATE)
    return [any(pcm[at : at + audio.FRAME_BYTES]) for at in range(0, len(pcm), audio.FRAME_BYTES)]


def test_sound_sent_ahead_plays_in_a_row() -> None:
    """Ten pieces that are sent at once take 200 ms."""
    reference = Reference(4)
    reference.note(100.0, 1.0)
    for _ in range(10):
        reference.sent.append((100.0, LOUD))
    assert heard(reference, 0.9, 0.4) == [False] * 5 + [True] * 10 + [False] * 5


def test_sound_that_comes_late_leaves_a_gap() -> None:
    """Twilio plays silence where its buffer runs out."""
    reference = Reference(4)
    reference.note(100.0, 1.0)
    reference.sent.append((100.0, LOUD))
    reference.sent.append((100.1, LOUD))
    assert heard(reference, 1.0, 0.14) == [True, False, False, False, False, True, False]


def test_clear_cuts_the_sound_that_has_not_played() -> None:
    """What had been played stays, and the next reply begins at its own time."""
    reference = Reference(4)
    reference.note(100.0, 1.0)
    for _ in range(10):
        reference.sent.append((100.0, LOUD))
    reference.cut(100.06)
    reference.sent.append((100.12, LOUD))
    assert heard(reference, 1.0, 0.2) == [True] * 3 + [False] * 3 + [True] + [False] * 3
    reference.cut(110.0)  # all was played long ago
    assert heard(reference, 1.0, 0.06) == [True] * 3


def test_a_clear_before_the_callers_first_frame_cuts_all() -> None:
    """Nothing is known of the clocks yet, and nothing has been heard."""
    reference = Reference(4)
    reference.cut(100.0)
    reference.sent.append((100.0, LOUD))
    reference.cut(100.0)
    assert heard(reference, 0.0, 0.1) == [False] * 5


def test_the_networks_delays_do_not_move_the_voice() -> None:
    """A frame that comes 80 ms late says nothing of the clocks; one that comes earlier than all before does."""
    reference = Reference(4)
    for late, at in ((0.08, 0.02), (0.0, 0.04), (0.05, 0.06)):
        reference.note(50 + at + late, at)
    reference.sent.append((51.0, LOUD))
    assert heard(reference, 0.98, 0.06) == [False, True, False]


def test_sound_that_was_lost_for_good_is_forgotten_in_seconds() -> None:
    """Then the stream's clock is behind for ever, and the voice with it."""
    reference = Reference(4)
    reference.note(50.02, 0.02)
    for number in range(2, 250, 5):
        reference.note(50.52 + 0.02 * number, 0.02 * number)  # half a second lost
    reference.sent.append((60.0, LOUD))
    assert heard(reference, 9.46, 0.06) == [False, True, False]


@given(st.lists(st.floats(0.0, 3.0), min_size=1, max_size=60))
def test_any_pauses_leave_the_last_seconds_right(pauses: list[float]) -> None:
    """The buffer is cut now and then, and holds what it says: the last four seconds."""
    reference, now, end, played = Reference(4), 10.0, 0.0, set[int]()
    reference.note(10.0, 0.0)
    for pause in pauses:
        now += pause
        reference.sent.append((now, LOUD))
        start = max(end, round((now - 10) * audio.RATE))
        played.update(range(int(start), int(start) + 160))
        end = start + 160
    pcm = reference.window(int(end), KEPT)
    assert [any(pcm[2 * at : 2 * at + 2]) for at in range(0, KEPT, 40)] == [
        int(end) - KEPT + at in played for at in range(0, KEPT, 40)
    ]
    assert len(reference.sound) <= 2 * KEPT


def test_sound_that_is_sent_far_ahead_is_kept_until_it_plays() -> None:
    """Ten seconds at once, of which a pacer may send five: the first of them is heard first."""
    reference = Reference(4)
    reference.note(100.0, 1.0)
    reference.sent += [(100.0, bytes([0x10 + number % 16]) * 160) for number in range(500)]
    for second in range(10):
        window = reference.window(8000 * (second + 2), 8000)
        assert audio.encode(window[:320]) == bytes([0x10 + second * 50 % 16]) * 160
