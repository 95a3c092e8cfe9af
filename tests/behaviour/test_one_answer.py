"""BEHAVIOUR 5 and 6: one answer to one question, no loops."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pipeline.config import Config
from pipeline.frames import AgentSpeaking, Interrupt, ReplyText, SpeechStarted, Transcript, TurnDropped
from pipeline.testing import play, voice

ASK = "Sorry, I did not catch that. Could you say it again?"
TONES = [voice(1.0, pitch) for pitch in (300, 350, 400, 450, 500, 550)]  # no two sound the same


def every(gap: float, count: int, start: float = 1.0) -> list[tuple[Any, Any]]:
    """So many utterances of a second, one each `gap` seconds."""
    return [(start + gap * index, TONES[index % len(TONES)]) for index in range(count)]


# ---- who goes on --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "slow", ["asr.delay", "llm.delay", "tts.delay", ""], ids=["recognition", "the model", "the voice", "a breath"]
)
def test_who_goes_on_before_the_answer_is_audible_gets_one_answer(agent: Callable[..., Config], slow: str) -> None:
    """Whatever the answer was waiting for: it is dropped unheard, the model gets one message."""
    config = agent(["three rooms", "in Haifa"], ["First.", "Second.", "Third."], {slow: "1s"} if slow else {})
    call = play(config, [(1.0, TONES[0]), (2.5, TONES[1])], 9.0)
    assert len(call.heard()) == 1
    assert call.history()[0] == ("user", "three rooms in Haifa") and call.history()[1][0] == "assistant"
    assert len(call.times("clear")) == 1 and "BARGE_IN: interrupt" not in call.log


def test_who_speaks_once_it_is_audible_interrupts(agent: Callable[..., Config]) -> None:
    """From the first sound on it is an answer."""
    config = agent(["three rooms", "in Haifa"], ["First, then.", "Second."])
    call = play(config, [(1.0, TONES[0]), (3.1, TONES[1])], 9.0)
    assert "BARGE_IN: interrupt" in call.log
    assert [text for role, text in call.history() if role == "user"] == ["three rooms", "in Haifa"]


@pytest.mark.parametrize("sound", [voice(0.06), voice(0.2)], ids=["a click", "a cough"])
@pytest.mark.parametrize("slow", ["asr.delay", "llm.delay", "tts.delay"])
def test_a_noise_while_the_answer_is_made_does_not_cost_it(
    agent: Callable[..., Config], sound: bytes, slow: str
) -> None:
    """It comes to nothing, and the answer still comes."""
    config = agent(["three rooms", ""], ["Gladly."], {slow: "1s"})
    call = play(config, [(1.0, TONES[0]), (2.7, sound)], 12.0)
    assert len(call.frames(SpeechStarted)) == 2
    assert call.heard() == ["Gladly."]
    assert call.history() == [("user", "three rooms"), ("assistant", "Gladly.")]


def test_no_two_replies_at_a_time(agent: Callable[..., Config]) -> None:
    """A caller who asks and asks is answered in order, and only the last answer is heard to the end."""
    config = agent([f"number {n}" for n in range(6)], [f"Reply number {n}, and more." for n in range(6)])
    call = play(config, every(1.9, 6), 17.0)
    on = [it.on for _, it in call.frames(AgentSpeaking)]
    turns = [it.turn for _, it in call.frames(ReplyText)]
    assert turns == sorted(turns)
    assert on.count(True) - on.count(False) == len(call.frames(Interrupt))
    assert call.history()[-1] == ("assistant", "Reply number 5, and more.")


# ---- the same again -----------------------------------------------------------------------------------------------


ANSWER = "I have written that down, and will now look for a suitable one."


def twice(
    agent: Any,
    gap: float,
    first: str = ANSWER,
    words: tuple[str, str] = ("three rooms", "Three rooms!"),
    slow: dict[str, str] | None = None,
) -> Any:
    """Two utterances of the same words, the second understood `gap` seconds after the first."""
    return play(agent(words, [first, "Second reply."], slow or {}), [(1.0, TONES[0]), (1.0 + gap, TONES[1])], gap + 9.0)


@pytest.mark.parametrize("slow", [{}, {"llm.delay": "2s"}, {"tts.delay": "2s"}])
def test_the_same_words_while_they_are_answered_are_ignored(agent: Callable[..., Config], slow: dict[str, str]) -> None:
    """Logged, and answered once: an answer goes on, be it audible or in the making."""
    call = twice(agent, 2.5, slow=slow)
    assert call.log.count("DEDUP user → ignore") == 1
    assert [text for text in call.heard() if text and not ANSWER.startswith(text)] == [] and call.heard()[-1] == ANSWER
    assert [it.reason for _, it in call.frames(TurnDropped)] == ["repeated"]


@pytest.mark.parametrize("first", ["With a balcony?", "With a balcony.", "Please say the first digit."])
def test_the_same_words_after_the_answer_are_a_new_request(agent: Callable[..., Config], first: str) -> None:
    """It was heard to its end, and so does not help, or asked for these words."""
    assert twice(agent, 5.0, first, ("yes", "yes")).heard() == [first, "Second reply."]


def test_a_question_that_was_not_heard_to_its_end_is_no_question(agent: Callable[..., Config]) -> None:
    """Who interrupts before it was asked repeats themselves; the agent goes on asking."""
    long = "And would you like it to have a balcony, or rather a garden?"
    call = play(agent(["a flat", "a flat"], [long, "Second."]), [(1.0, TONES[0]), (3.5, TONES[1])], 11.0)
    assert call.log.count("DEDUP user → ignore") == 1
    assert call.heard()[-1] == long


def test_the_same_sound_costs_no_second_recognition(agent: Callable[..., Config]) -> None:
    """Byte for byte the same utterance is ignored before it gets that far."""
    call = play(agent(["three rooms", "four rooms"], [ANSWER]), [(1.0, TONES[0]), (3.5, TONES[0])], 12.0)
    assert [it.text for _, it in call.frames(Transcript)] == ["three rooms"]
    assert call.log.count("DEDUP user → ignore") == 1 and call.heard()[-1] == ANSWER


@pytest.mark.parametrize(
    ("one", "other"), [("יש נדל״ן", "יש נדל''ן"), ("שָׁלוֹם", "שלום!"), ("ג׳ירפה", "ג'ירפה"), ("Yes", "yes…")]
)
def test_spelling_makes_no_difference(agent: Callable[..., Config], one: str, other: str) -> None:
    """Niqqud, geresh, gershayim, case and punctuation."""
    assert "Second reply." not in twice(agent, 2.5, words=(one, other)).heard()


def test_one_who_repeats_over_the_answer_hears_it_once(agent: Callable[..., Config]) -> None:
    """However often: it goes on each time, and is not given anew."""
    call = play(agent(["hello"], [ANSWER, "Again."]), every(2.6, 5), 25.0)
    assert call.log.count("DEDUP user → ignore") == 4
    assert call.heard()[-1] == ANSWER and "Again." not in call.heard()


# ---- replies ------------------------------------------------------------------------------------------------------


LONG: dict[str, Any] = {"llm.max_sentences": 50}


def replies(agent: Any, *said: Any, language: str = "en-US", **changes: Any) -> list[Any]:
    """What the caller heard, asked once for each of these replies."""
    config = agent([f"number {n}" for n in range(9)], said, {"language": language, **changes})
    return play(config, every(40.0, len(said)), 40.0 * len(said)).heard()


@pytest.mark.fault("E6")
def test_a_reply_is_cut_at_a_sentences_end(agent: Callable[..., Config]) -> None:
    """At most 420 characters, never in the middle of a word."""
    sentence = "This is a sentence of seventy characters, and it has no other purpose."
    assert len(sentence) == 70
    [heard] = replies(agent, " ".join([f"{n}{sentence[1:]}" for n in range(4)]) + " x", **LONG)
    assert heard.endswith("x")
    [heard] = replies(agent, " ".join([f"{n}{sentence[1:]}" for n in range(9)]), **LONG)
    assert len(heard) <= 420 and heard.endswith("purpose.") and heard.count("purpose.") == 5


def test_a_reply_has_at_most_four_sentences(agent: Callable[..., Config]) -> None:
    """The rest is not said."""
    assert replies(agent, "One. Two. Three. Four. Five.") == ["One. Two. Three. Four."]


@pytest.mark.parametrize(
    ("language", "empty", "again"),
    [
        ("he-IL", "בסדר, איך אוכל לסייע?", "הבנתי. תרצה שאפרט או להתקדם?"),
        ("en-US", "All right, how can I help?", "I see. Shall I go into detail, or shall we move on?"),
    ],
)
def test_nothing_and_the_same_again_become_phrases(
    agent: Callable[..., Config], language: str, empty: str, again: str
) -> None:
    """In the call's language."""
    assert replies(agent, "", language=language) == [empty]
    assert replies(agent, "Yes. Gladly.", "Yes. Gladly!", language=language) == ["Yes. Gladly.", again]


def test_an_introduction_is_made_once_a_call(agent: Callable[..., Config]) -> None:
    """ "I specialise in…" again and again: dropped from the second reply on, with a phrase if nothing is left."""
    heard = replies(
        agent,
        "שמי דנה. אני מתמחה בדירות. איך אפשר לעזור?",
        "אני מתמחה בדירות. יש לנו שלוש.",
        "שמי דנה ממקסימוס נדל''ן.",
        "זה רשמי, והשמיים בהירים.",
        "ושמי דנה.",
        language="he-IL",
    )
    assert heard == [
        "שמי דנה. אני מתמחה בדירות. איך אפשר לעזור?",
        "יש לנו שלוש.",
        "בסדר. איך אוכל לקדם את זה עבורך?",
        "זה רשמי, והשמיים בהירים.",
        "בסדר. איך אוכל לקדם את זה עבורך?",
    ]


# ---- nothing heard ------------------------------------------------------------------------------------------------


@pytest.mark.fault("D7")
def test_speech_without_words_is_asked_about_at_most_twice_in_a_row(agent: Callable[..., Config]) -> None:
    """The third time the agent waits; words start the count anew."""
    assert play(agent([""]), every(7.0, 4), 30.0).heard() == [ASK, ASK]
    call = play(agent(["", "", "hello", "", "", ""], ["Gladly."]), every(7.0, 6), 45.0)
    assert call.heard() == [ASK, ASK, "Gladly.", ASK, ASK]
    assert call.call.state == "ENDED" and call.history()[0] == ("assistant", f"{ASK} {ASK}")


@pytest.mark.parametrize(("seconds", "asked"), [(0.28, []), (0.3, [ASK])])
def test_a_cough_is_never_asked_about(agent: Callable[..., Config], seconds: float, asked: list[Any]) -> None:
    """Under 300 ms of voice."""
    assert play(agent([""]), [(1.0, voice(seconds))], 7.0).heard() == asked


@pytest.mark.fault("D6")
def test_a_recogniser_that_fails_does_not_leave_the_caller_in_silence(
    agent: Callable[..., Config], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They are asked to say it again."""
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "asr.py").write_text(
        "from pipeline.asr import Recognizer\n"
        "class Broken(Recognizer):\n"
        "    async def recognize(self, utterance):\n"
        "        raise OSError('no network')\n"
        "        yield\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    call = play(agent(swap={"asr": "broken.asr"}, changes={"plugins": ["broken"]}), [(1.0, TONES[0])], 8.0)
    assert call.heard() == [ASK] and call.call.faults == 1
