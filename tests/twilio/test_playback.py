from __future__ import annotations

import json
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from pipeline import audio
from pipeline.twilio.messages import Outbound
from pipeline.twilio.playback import MAX_BUFFER, Playback, TwilioWarning

SID = "MZ" + "0" * 32
OUT = Outbound(SID)
TONE = audio.encode(audio.tone(0.02))


def media(frames: int) -> bytes:
    return OUT.media(TONE * frames)


def played(playback: Playback, until: float = float("inf")) -> list[tuple[float, float]]:
    return [(round(start, 6), round(audio.seconds(pcm), 6)) for start, pcm in playback.heard(until)]


def test_sound_plays_from_when_it_arrived_and_goes_on_where_it_ended() -> None:
    """Two messages at once play one after the other; a third, later, after a silence."""
    playback = Playback(SID)
    playback.feed(media(5), 1.0)
    playback.feed(media(5), 1.01)
    playback.feed(media(1), 2.5)
    assert played(playback) == [(1.0, 0.2), (2.5, 0.02)]


def test_a_mark_comes_when_what_stands_before_it_has_played() -> None:
    """Not when it was sent, and not when what comes after it has played."""
    playback = Playback(SID)
    playback.feed(media(50), 0.0)
    playback.feed(OUT.mark("sentence 1"), 0.1)
    playback.feed(media(50), 0.2)
    assert playback.next_due() == 1.0
    assert playback.due(0.999) == []
    assert playback.due(1.0) == ["sentence 1"]
    assert playback.next_due() is None


def test_a_mark_with_nothing_before_it_comes_at_once() -> None:
    """An empty buffer holds no mark back."""
    playback = Playback(SID)
    playback.feed(OUT.mark("now"), 3.0)
    assert playback.due(3.0) == ["now"]


def test_clear_empties_the_buffer_and_releases_every_mark() -> None:
    """What was not heard yet never is, and all marks come back though they were not played."""
    playback = Playback(SID)
    for name in ("a", "b"):
        playback.feed(media(50), 0.0)
        playback.feed(OUT.mark(name), 0.0)
    playback.feed(OUT.clear, 0.5)
    assert playback.due(0.5) == ["a", "b"]
    assert played(playback) == [(0.0, 0.5)]
    assert playback.clears == [(0.5, 1.5)]
    assert playback.end == 0.5


def test_what_comes_after_a_clear_plays_at_once() -> None:
    """The flushed part leaves no hole and no delay."""
    playback = Playback(SID)
    playback.feed(media(500), 0.0)
    playback.feed(OUT.clear, 0.5)
    playback.feed(media(5), 0.5)
    assert played(playback) == [(0.0, 0.5), (0.5, 0.1)]
    assert playback.replies == [0.0, 0.5]


def test_a_clear_of_nothing_is_nothing() -> None:
    """A server may clear before each reply."""
    playback = Playback(SID)
    playback.feed(OUT.clear, 1.0)
    assert playback.clears == [(1.0, 0.0)]
    assert playback.heard() == []


def test_sound_that_comes_too_late_within_a_reply_is_an_underrun() -> None:
    """The silence is measured; one so long that the reply was over is no underrun."""
    playback = Playback(SID)
    playback.feed(media(5), 0.0)
    playback.feed(media(5), 0.15)
    playback.feed(media(5), 2.0)
    assert [(at, round(silence, 6)) for at, silence in playback.underruns] == [(0.15, 0.05)]
    assert playback.replies == [0.0, 2.0]


def test_sound_after_the_caller_has_spoken_is_another_reply() -> None:
    """A quick answer is no underrun of the reply before."""
    playback = Playback(SID)
    playback.feed(media(5), 0.0)
    playback.caller_spoke()
    playback.feed(media(5), 0.3)
    assert playback.underruns == []
    assert playback.replies == [0.0, 0.3]


def test_the_track_is_in_true_time() -> None:
    """Silence where nothing was heard, sound where it was, cut at both ends."""
    playback = Playback(SID)
    playback.feed(media(2), 1.0)
    track = playback.track(0.98, 1.03)
    assert track == bytes(320) + audio.decode(TONE) + audio.decode(TONE)[:160]
    assert playback.track(1.01, 1.02) == audio.decode(TONE)[160:]


REFUSED = {
    "not JSON": (31951, b"hello"),
    "not an object": (31951, b"[]"),
    "nested too deep": (31951, b"[" * 60_000),
    "not UTF-8": (31951, b'{"event":"clear","streamSid":"\xff"}'),
    "no event": (31951, json.dumps({"streamSid": SID})),
    "unknown event": (31951, json.dumps({"event": "hangup", "streamSid": SID})),
    "no streamSid": (31951, json.dumps({"event": "clear"})),
    "wrong streamSid": (31951, Outbound("MZ" + "1" * 32).clear),
    "extra field": (31951, json.dumps({"event": "clear", "streamSid": SID, "sequenceNumber": "1"})),
    "media without payload": (31951, json.dumps({"event": "media", "streamSid": SID, "media": {}})),
    "media with a track": (
        31951,
        json.dumps({"event": "media", "streamSid": SID, "media": {"payload": "/w==", "track": "outbound"}}),
    ),
    "invalid base64": (31951, json.dumps({"event": "media", "streamSid": SID, "media": {"payload": "a"}})),
    "junk in base64": (31951, json.dumps({"event": "media", "streamSid": SID, "media": {"payload": "/w==!é"}})),
    "empty payload": (31951, OUT.media(b"")),
    "mark without name": (31951, json.dumps({"event": "mark", "streamSid": SID, "mark": {}})),
    "a WAV header": (31951, OUT.media(b"RIFF\x24\0\0\0WAVEfmt ")),
    "more than memory has": (31924, OUT.media(b"\xff" * int(MAX_BUFFER * audio.RATE + 1))),
}


@pytest.mark.parametrize("code, message", REFUSED.values(), ids=REFUSED)
def test_what_twilio_refuses_is_refused(code: int, message: bytes) -> None:
    """With Twilio's number, and without any effect."""
    playback = Playback(SID)
    with pytest.raises(TwilioWarning) as refused:
        playback.feed(message, 0.0)
    assert refused.value.code == code
    assert playback.media == 0 and not playback.heard() and not playback.clears


def test_sound_that_begins_like_a_header_is_sound() -> None:
    """Four samples of speech may be any letters."""
    playback = Playback(SID)
    playback.feed(OUT.media(b"\xff" * 40 + b"RIFF" + b"\xff" * 116), 0.0)
    assert playback.media == 1


def test_a_binary_frame_is_refused() -> None:
    """Messages are text, whatever is in them."""
    with pytest.raises(TwilioWarning, match="Twilio 31950"):
        Playback(SID).feed(OUT.clear, 0.0, binary=True)


events = some.lists(
    some.tuples(some.sampled_from(["media", "mark", "clear", "listen"]), some.integers(1, 60), some.integers(0, 900))
)


@given(events)
def test_whatever_a_server_does(plan: list[tuple[str, int, int]]) -> None:
    """Marks keep their order, a clear releases all, nothing is heard twice, and what was played was heard."""
    playback, now, samples = Playback(SID), 0.0, 0
    sent: list[Any] = []
    back: list[Any] = []
    for what, amount, pause in plan:
        if what == "media":
            playback.feed(OUT.media(TONE[:amount]), now)
            samples += amount
        elif what == "mark":
            sent.append(str(len(sent)))
            playback.feed(OUT.mark(sent[-1]), now)
        elif what == "clear":
            playback.feed(OUT.clear, now)
            back += playback.due(now)
            assert back == sent
        else:
            now += pause / 10_000
            back += playback.due(now)
    heard = playback.heard()
    thrown = sum(seconds for _, seconds in playback.clears)
    assert back == sent[: len(back)]
    assert back + playback.due(max(now, playback.end)) == sent
    assert all(a + audio.seconds(pcm) <= b + 1e-9 for (a, pcm), (b, _) in pairwise(heard))
    lost = samples / audio.RATE - sum(audio.seconds(pcm) for _, pcm in heard)
    assert thrown - 1e-6 <= lost <= thrown + (len(playback.clears) + 1) / audio.RATE
