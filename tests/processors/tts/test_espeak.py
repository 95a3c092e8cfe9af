from __future__ import annotations

import asyncio
from importlib.util import find_spec
from typing import Any

import pytest

from pipeline import audio
from pipeline.faults import KavError
from tests.kit.alone import SLOW, run

if find_spec("espeakng_loader") is None:
    pytest.skip("espeakng_loader is not installed", allow_module_level=True)

from processors.tts.espeak import EspeakVoice


def speak(*texts: str, language: str = "en-US", stop_after: int | None = None, **changed: Any) -> list[bytes]:
    """The sound of each text, on a real loop: its engine has a thread. The first ends after `stop_after` pieces."""
    settings = EspeakVoice.Settings(**changed)

    async def main() -> list[bytes]:
        async with EspeakVoice.share(settings, (), language) as shared:
            voice, sounds = EspeakVoice(settings, shared), []
            for text in texts:
                stream, pieces = voice.synthesize(text), []
                async for pcm in stream:
                    pieces.append(pcm)
                    if len(pieces) == stop_after and text is texts[0]:
                        break
                await stream.aclose()
                sounds.append(b"".join(pieces))
            return sounds

    return run(main(), limit=SLOW)


def test_it_speaks() -> None:
    """About as long as a person would, and loud enough to be heard."""
    [pcm] = speak("Three rooms in Tel Aviv, please.")
    assert 1.2 < audio.seconds(pcm) < 4
    assert audio.rms(pcm) > 500


def test_it_speaks_hebrew_letters() -> None:
    """Of placeholder quality, but not nothing."""
    assert audio.seconds(speak("שלום, איך אפשר לעזור?", language="he-IL")[0]) > 0.8


def test_the_same_words_sound_the_same() -> None:
    """Call after call, but for espeak-ng's own noise."""
    one, other, again = speak("Good morning.", "Good evening, everybody.", "Good morning.")
    assert len(one) == pytest.approx(len(again), rel=0.02) != len(other)
    assert audio.rms(one) == pytest.approx(audio.rms(again), rel=0.02)


def test_faster_is_shorter_and_voices_differ() -> None:
    """`speed` in words per minute, `voice` by espeak-ng's name, `pitch` from 0."""
    [slow], [fast] = speak("One two three four five.", speed=100), speak("One two three four five.", speed=300)
    assert len(fast) < 0.6 * len(slow)
    assert speak("One.", voice="en-us+f3") != speak("One.") != speak("One.", pitch=90)


def test_a_voice_that_is_not_there_is_an_error_that_says_so() -> None:
    """Before the first call."""
    with pytest.raises(KavError, match="no voice `klingonese`"):
        speak(voice="klingonese")


def test_it_speaks_in_pieces_and_can_be_stopped() -> None:
    """An interruption ends it; the next text is spoken all the same."""
    long = "One two three four five six seven eight nine ten. " * 20
    begun, after = speak(long, "Good morning.", stop_after=4)
    assert audio.seconds(begun) < 2
    assert len(after) == pytest.approx(len(speak("Good morning.")[0]), rel=0.02)


@pytest.mark.parametrize("text", ["", " ", "\0", "...", "a\0b"])
def test_odd_texts_do_no_harm(text: str) -> None:
    """Whatever a model says."""
    assert len(speak(text, "Yes.")[1]) > 400


@pytest.mark.parametrize(
    ("text", "spelled"),
    [
        ("שָׁלוֹם לְךָ.", "שלום לך."),
        ("\ufb2a\ufb4b", "שו"),
        ("בית־ספר", "בית ספר"),
        ('נדל״ן, מנכ"ל', "נדלן, מנכל"),
        ("מתשע.\u200f איזה", "מתשע. איזה"),
        ("יש 25 דירות ב-Google Maps, 3,500 ש״ח", "יש 25 דירות ב-Google Maps, 3,500 שח"),
        ("050-1234567 or +972501234567", "0 5 0 1 2 3 4 5 6 7 or 9 7 2 5 0 1 2 3 4 5 6 7"),
        ("1,200,000", "1,200,000"),
        ('he said "yes"', 'he said "yes"'),
    ],
)
def test_it_gets_the_spelling_that_it_can_read(text: str, spelled: str) -> None:
    """Signs that it would spell out are left out, and a phone number is read digit by digit."""
    assert EspeakVoice(EspeakVoice.Settings()).spelled(text) == spelled


def test_niqqud_does_not_change_the_length() -> None:
    """As it would if each point were named."""
    settings = EspeakVoice.Settings()

    async def main() -> list[int]:
        async with EspeakVoice.share(settings, ("שלום לך.", "שָׁלוֹם לְךָ."), "he-IL") as shared:
            return [len(pcm) for pcm in shared.prerendered.values()]

    bare, pointed = run(main(), limit=SLOW)
    assert bare == pytest.approx(pointed, rel=0.05)


def test_the_loop_turns_between_pieces() -> None:
    """However fast the library is: other calls are served meanwhile."""

    async def main() -> tuple[int, int]:
        async with EspeakVoice.share(EspeakVoice.Settings(), (), "en-US") as shared:
            turns = pieces = 0

            def turn() -> None:
                nonlocal turns
                turns += 1
                asyncio.get_running_loop().call_soon(turn)

            stream = EspeakVoice(EspeakVoice.Settings(), shared).synthesize("One two three four. " * 10)
            await anext(stream)
            shared.engine[2].submit(lambda: None).result()  # all of it is made, and waits to be taken
            turn()
            async for _ in stream:
                pieces += 1
            return turns, pieces

    turns, pieces = run(main(), limit=SLOW)
    assert turns >= pieces > 100
