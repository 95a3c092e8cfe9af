from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline import audio
from processors.tts.google import voice as google
from tests.kit.speaking import CHIRP, HELLO, WAVENET, Spoken

LENGTH = len(HELLO) * 0.065 / 0.96


@pytest.mark.parametrize("encoding", ["mulaw", "linear16"])
@pytest.mark.parametrize("voice", [WAVENET, CHIRP])
def test_it_speaks(speak: Callable[..., Spoken], voice: str, encoding: str) -> None:
    """Whole or as a stream, in either encoding: every sample of the tone that stands for the words, and no header."""
    tone = audio.tone(1.0)
    it = speak(HELLO, script={"sound": tone}, voice=voice, encoding=encoding)
    assert it.sound[HELLO] == (audio.decode(audio.encode(tone)) if encoding == "mulaw" else tone)
    assert it.server.texts == [HELLO] and not it.log


@pytest.mark.parametrize(("voice", "streamed"), [(WAVENET, False), (CHIRP, True), ("en-US-Journey-F", True)])
def test_a_voice_that_can_be_streamed_is(speak: Callable[..., Spoken], voice: str, streamed: bool) -> None:
    """The others are refused as streams."""
    it = speak(HELLO, voice=voice)
    assert hasattr(it.server.requests[0], "streaming_config") is streamed
    assert it.seconds(HELLO) == pytest.approx(LENGTH, abs=0.02)


def test_a_streaming_voice_can_be_asked_whole(speak: Callable[..., Spoken]) -> None:
    """`mode: unary`; one answer, one piece."""
    it = speak(HELLO, voice=CHIRP, mode="unary")
    assert len(it.server.requests) == 1 and it.seconds(HELLO) == pytest.approx(LENGTH, abs=0.02)


def test_a_stream_is_heard_before_it_ends(speak: Callable[..., Spoken]) -> None:
    """More than one piece, of at least 200 ms to begin with."""
    it = speak(HELLO, voice=CHIRP, script={"pace": 20.0})
    assert len([size for size in it.pieces if size]) > 2 and it.pieces[0] >= 3200 - 160


@pytest.mark.parametrize("voice", [WAVENET, CHIRP])
def test_an_interruption_cancels_what_is_being_made(speak: Callable[..., Spoken], voice: str) -> None:
    """At Google's end, too: no call stays open."""
    it = speak("אחת.", HELLO, HELLO * 3, voice=voice, script={"per_character": 0.01, "pace": 2.0}, interrupt=True)
    assert HELLO * 3 not in it.sound


def test_fixed_phrases_and_repeated_sentences_cost_no_request(speak: Callable[..., Spoken]) -> None:
    """The first are made before the call, the second once."""
    it = speak("ברוכים הבאים.", HELLO, phrases=("ברוכים הבאים.",), again=3)
    assert sorted(it.server.texts) == sorted(["ברוכים הבאים.", HELLO])
    assert it.seconds(HELLO) == pytest.approx(3 * LENGTH, abs=0.05)


# ---- texts ---------------------------------------------------------------------------------------------------------


@given(st.text(max_size=400) | st.text("שלום. ab!", max_size=400), st.integers(8, 60))
def test_long_texts_are_cut_and_nothing_is_lost(text: str, limit: int) -> None:
    """Pieces fit the limit in bytes, and have every letter in its order."""
    text = google.speakable(text)
    pieces = google.pieces(text, limit)
    assert all(0 < len(piece.encode()) <= limit for piece in pieces)
    assert "".join("".join(pieces).split()) == "".join(text.split())


def test_long_texts_are_cut_between_sentences() -> None:
    """As few pieces as it takes."""
    assert google.pieces("One two. Three four. Five.", 22) == ["One two. Three four.", "Five."]


@given(st.text(st.characters(codec=None), max_size=200))
def test_any_text_can_be_sent(text: str) -> None:
    """Halves of surrogate pairs and control characters are left out, letters are not."""
    sent = google.speakable(text)
    assert sent.encode().decode() == sent and not any(ord(char) < 32 for char in sent)
    assert [char for char in sent if char.isalnum()] == [char for char in text if char.isalnum()]


@pytest.mark.usefixtures("dead_proxy")
@pytest.mark.parametrize("voice", [WAVENET, CHIRP])
def test_no_proxy_leads_to_a_stand_in(speak: Callable[..., Spoken], voice: str) -> None:
    """gRPC would go by the environment's."""
    assert speak(HELLO, voice=voice).server.texts == [HELLO]
