"""FAULTS F1 to F7, through the real client library: whatever Google does, the caller hears something and no noise."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from pipeline import audio
from pipeline.catalog import Step
from pipeline.standins.google_tts import Trouble
from processors.tts.tone import ToneVoice
from tests.kit.speaking import Spoken

WAVENET, CHIRP = "he-IL-Wavenet-A", "he-IL-Chirp3-HD-Kore"
KINDS = pytest.mark.parametrize("voice", [WAVENET, CHIRP], ids=["unary", "streaming"])
HELLO, NEXT = "שלום וברכה, במה אפשר לעזור?", "יש לנו שלוש דירות בחיפה."
TONE = audio.decode(audio.encode(audio.tone(1.5, 440)))
SPARE = (Step(word="tts.tone", kind=ToneVoice, settings=ToneVoice.Settings(pitch=1000)),)


def fails(*troubles: Any, then: Trouble | None = None, **script: Any) -> dict[str, Any]:
    return {"sound": audio.tone(1.5, 440), "troubles": troubles, "then": then, **script}


def smooth(pcm: Any) -> bool:
    """Whether no sample jumps: a tone of 440 Hz at this loudness moves by less than 3000 from one to the next."""
    samples = memoryview(pcm).cast("h")
    return all(abs(one - other) < 3000 for one, other in pairwise(samples))


# ---- F1: errors and time-outs --------------------------------------------------------------------------------------


@pytest.mark.fault("F1")
@KINDS
@pytest.mark.parametrize("trouble", [Trouble("hang"), Trouble("status"), Trouble("status", "INTERNAL")])
def test_f1_what_fails_once_is_tried_again(speak: Callable[..., Spoken], voice: Any, trouble: Trouble) -> None:
    """And is no fault of the call: the second time it speaks."""
    it = speak(HELLO, voice=voice, script=fails(trouble), first_timeout=0.3)
    assert it.sound[HELLO] == TONE and len(it.server.texts) <= 2
    assert it.call.faults == 0 and "tts_failed" in it.events


@pytest.mark.fault("F1")
@KINDS
def test_f1_then_the_fallback_voice_speaks(speak: Callable[..., Spoken], voice: Any) -> None:
    """After two failures; the next sentence is not kept waiting for two more."""
    texts = [HELLO, NEXT, "אחת.", "שתיים.", "שלוש."]
    it = speak(*texts, voice=voice, script=fails(then=Trouble("status")), fallback=SPARE)
    assert all(it.seconds(text) == pytest.approx(len(text) * 0.06) for text in texts)
    assert it.server.calls <= 4 and it.call.faults == 0


@pytest.mark.fault("F1")
@KINDS
@pytest.mark.parametrize("status", ["PERMISSION_DENIED", "UNAUTHENTICATED", "INVALID_ARGUMENT", "RESOURCE_EXHAUSTED"])
def test_f1_what_cannot_help_is_not_tried_again(speak: Callable[..., Spoken], voice: Any, status: str) -> None:
    """A key that was refused is refused a second time; the log says what Google said."""
    it = speak(HELLO, voice=voice, script=fails(then=Trouble("status", status)), fallback=SPARE)
    assert it.server.calls == 1 and status in it.log[0] and HELLO in it.sound


@pytest.mark.fault("F1")
def test_f1_then_the_clip_then_a_beep(speak: Callable[..., Spoken], tmp_path: Path) -> None:
    """Never silence."""
    audio.write_wav(tmp_path / "sorry.wav", b"\3\0" * 1600)
    denied = fails(then=Trouble("status", "PERMISSION_DENIED"))
    assert speak(HELLO, script=denied, clip=tmp_path / "sorry.wav").sound[HELLO] == b"\3\0" * 1600
    assert speak(HELLO, script=denied).sound[HELLO] == audio.beep()


def test_f1_a_voice_that_is_down_at_the_start_is_asked_again_in_the_call(speak: Callable[..., Spoken]) -> None:
    """Nobody is kept from starting."""
    it = speak(HELLO, phrases=(HELLO,), script=fails(Trouble("status")))
    assert it.sound[HELLO] == TONE and it.server.calls == 2


# ---- F2: no sound --------------------------------------------------------------------------------------------------


@pytest.mark.fault("F2")
@KINDS
@pytest.mark.parametrize("kind", ["empty", "click"])
def test_f2_no_sound_is_a_failure(speak: Callable[..., Spoken], voice: Any, kind: Any) -> None:
    """Empty, or 10 ms: tried again, and none of it is heard."""
    assert speak(HELLO, voice=voice, script=fails(Trouble(kind))).sound[HELLO] == TONE
    assert speak(HELLO, voice=voice, script=fails(then=Trouble(kind))).sound[HELLO] == audio.beep()


@pytest.mark.fault("F2")
def test_f2_sound_that_is_much_too_short_is_a_failure(speak: Callable[..., Spoken]) -> None:
    """200 ms for thirty letters: less than 10 ms each."""
    text = "שלום " * 12
    it = speak(text, script=fails(Trouble("cut", after=0.3)))
    assert it.sound[text] == TONE and it.server.calls == 2


# ---- F3: slow ------------------------------------------------------------------------------------------------------


@pytest.mark.fault("F3")
def test_f3_slower_than_real_time_pauses_softly(speak: Callable[..., Spoken]) -> None:
    """All of it is heard; where it ran out it fades, and waits for 200 ms of sound before it goes on."""
    it = speak(HELLO, voice=CHIRP, script=fails(Trouble("slow", pace=0.7), chunk=0.1))
    assert it.events.count("tts_underrun") >= 1
    assert smooth(it.sound[HELLO]) and 1.5 <= it.seconds(HELLO) < 1.5 + 0.02 * it.events.count("tts_underrun")
    assert it.call.faults == 0


# ---- F4: not what was asked for ------------------------------------------------------------------------------------


@pytest.mark.fault("F4")
@pytest.mark.parametrize("encoding", ["mulaw", "linear16"])
def test_f4_another_rate_is_resampled(speak: Callable[..., Spoken], encoding: str) -> None:
    """24 kHz, as the header says."""
    it = speak(HELLO, encoding=encoding, script=fails(then=Trouble("rate")))
    assert it.seconds(HELLO) == pytest.approx(1.5, abs=0.001) and smooth(it.sound[HELLO])


@pytest.mark.fault("F4")
@pytest.mark.parametrize("encoding", ["mulaw", "linear16"])
def test_f4_a_header_in_a_stream_is_no_sound(speak: Callable[..., Spoken], encoding: str) -> None:
    """Not a click: exactly what was synthesised."""
    it = speak(HELLO, voice=CHIRP, encoding=encoding, script=fails(then=Trouble("header")))
    assert it.sound[HELLO] == (TONE if encoding == "mulaw" else audio.tone(1.5, 440))


# ---- F5: texts -----------------------------------------------------------------------------------------------------


@pytest.mark.fault("F5")
@KINDS
def test_f5_a_long_text_is_sent_in_pieces(speak: Callable[..., Spoken], voice: Any) -> None:
    """Each within the 5000 bytes that Google takes, cut between sentences."""
    text = "זה משפט ארוך למדי על דירות. " * 150
    it = speak(text, voice=voice, script={"length": 0.02})
    assert len(it.server.texts) == 2 and all(len(piece.encode()) <= 5000 for piece in it.server.texts)
    assert " ".join(it.server.texts) == text.strip() and it.seconds(text) == pytest.approx(
        len(text) * 0.02 / 0.96, rel=0.01
    )


@pytest.mark.fault("F5")
def test_f5_what_cannot_be_spoken_is_skipped(speak: Callable[..., Spoken]) -> None:
    """No request, no beep; what stands beside it is spoken."""
    it = speak("…", "🙂 !!", HELLO, "<b> & 'x' \0\x1b[2J", script=fails())
    assert set(it.server.texts) == {HELLO, "<b> & 'x' [2J"} and it.sound["…"] == it.sound["🙂 !!"] == b""


# ---- F6: cut -------------------------------------------------------------------------------------------------------


@pytest.mark.fault("F6")
def test_f6_what_breaks_off_goes_on_with_the_next_sentence(speak: Callable[..., Spoken]) -> None:
    """What was heard of it is not said a second time; nor is it kept for later."""
    it = speak(HELLO, NEXT, voice=CHIRP, script=fails(Trouble("cut", after=0.6), pace=8.0), again=2)
    (whole, cut) = (text for text, _ in sorted(Counter(it.server.texts).items(), key=lambda it: it[1]))
    assert len(it.server.texts) == 3
    assert it.seconds(cut) == pytest.approx(0.6 + 1.5) and it.seconds(whole) == pytest.approx(2 * 1.5)


@pytest.mark.fault("F6")
def test_f6_an_answer_that_was_cut_short_is_heard_as_far_as_it_goes(speak: Callable[..., Spoken]) -> None:
    """Its header promised more."""
    it = speak(HELLO, script=fails(then=Trouble("cut", after=0.9)))
    assert it.seconds(HELLO) == pytest.approx(0.9)


# ---- F7: quota -----------------------------------------------------------------------------------------------------


@pytest.mark.fault("F7")
def test_f7_beyond_the_quota_the_fallback_voice_speaks(speak: Callable[..., Spoken]) -> None:
    """Five a minute: the sixth sentence does not wait, and Google is not asked for it."""
    texts = [f"משפט מספר {number} מתוך שבעה." for number in range(7)]
    it = speak(*texts, per_minute=5, fallback=SPARE, script=fails())
    assert sorted(it.server.texts) == texts[:5] and all(it.sound[text] == TONE for text in texts[:5])
    assert [it.seconds(text) for text in texts[5:]] == pytest.approx([len(texts[5]) * 0.06] * 2)
    assert any("QUOTA" in line for line in it.log) and it.call.faults == 0


@pytest.mark.fault("F7")
def test_f7_when_google_says_too_much_it_is_left_alone(speak: Callable[..., Spoken]) -> None:
    """For a while nobody asks, and the fallback voice speaks."""
    it = speak(HELLO, NEXT, "אחת.", "שתיים.", fallback=SPARE, script=fails(per_minute=1))
    assert it.server.calls == 1 and "שתיים." not in it.server.texts
    assert [it.sound[text] == TONE for text in (HELLO, NEXT, "אחת.", "שתיים.")].count(True) == 1
