from __future__ import annotations

from typing import Any

import pytest

from pipeline.frames import (
    AgentSpeaking,
    Collect,
    Control,
    Dtmf,
    Frame,
    Interrupt,
    Keys,
    ReplyText,
    SpeechStarted,
    SpeechStopped,
    Transcript,
    TurnDropped,
)
from pipeline.testing import run
from pipeline.vocabulary import DropReason, KeysEnd
from processors.keys import KeyEntries
from processors.keys.settings import KeysSettings

MENU = {"1": "sales", "0": "operator"}


def keys(text: str, every: float = 0.2) -> list[Any]:
    """Keys that are pressed one after the other."""
    return [each for key in text for each in (Dtmf(key), every)]


def out(*inputs: Any, **settings: Any) -> list[Frame | Control]:
    """All that comes out of the step."""
    return run(KeyEntries(KeysSettings(**settings)), [each for it in inputs for each in _flat(it)])


def words(*inputs: Any, **settings: Any) -> list[str]:
    """The caller's words that come out of it."""
    return [it.text for it in out(*inputs, **settings) if isinstance(it, Transcript)]


def entries(*inputs: Any, **settings: Any) -> list[tuple[str, str]]:
    """The entries that come out of it, and why each was over."""
    return [(it.digits, it.why) for it in out(*inputs, **settings) if isinstance(it, Keys)]


def test_an_entry_is_a_turn_of_the_caller() -> None:
    """From its first key to its end, and its keys are the words."""
    began, stopped, entry, said = out(keys("12#"))
    assert isinstance(began, SpeechStarted) and began.turn == 1
    assert isinstance(stopped, SpeechStopped) and stopped.silence > 0
    assert entry == Keys(1, "12", KeysEnd.END) and said == Transcript(1, "[keys] 12")


@pytest.mark.parametrize(
    ("typed", "settings", "found"),
    [
        ([*keys("12"), 3.0], {}, [("12", "timeout")]),
        ([*keys("12"), 2.7], {}, []),
        ([*keys("12", 2.9), 0.2, *keys("3")], {}, [("12", "timeout")]),
        ([*keys("1*2#"), 3.0], {"end": "*"}, [("1", "end"), ("2#", "timeout")]),
        ([*keys("1#"), 3.0], {"end": ""}, [("1#", "timeout")]),
        ([*keys("#"), 3.0], {}, [("#", "timeout")]),
        ([*keys("1" * 60, 0.05), 4.0], {}, [("1" * 40, "full")]),
    ],
)
def test_an_entry_is_over_with_its_end_key_or_with_a_pause(
    typed: list[Any], settings: dict[str, Any], found: list[tuple[str, str]]
) -> None:
    """A key that is held down fills one entry, and is none of the next."""
    assert entries(typed, **settings) == found


def test_a_menu_has_words_for_single_keys() -> None:
    """They are said at once; a key without words is the caller's, too."""
    assert words(keys("107"), menu=MENU) == ["sales", "operator", "[keys] 7"]


def test_a_tool_gets_the_keys_in_the_place_of_the_model() -> None:
    """The turn ends without words: the tool's result is the answer."""
    got = out(Collect(4), keys("12345"), 3.0, Dtmf("6"), 3.0, menu=MENU)
    assert [it for it in got if isinstance(it, Keys | Transcript)] == [
        Keys(1, "1234", KeysEnd.FULL),
        Keys(2, "6", KeysEnd.FULL),
        Transcript(2, "[keys] 6"),
    ]
    assert TurnDropped(1, DropReason.KEYS) in got


def test_keys_before_the_tool_asks_are_its_own() -> None:
    """A caller who knows the question types ahead."""
    assert entries(keys("12"), Collect(4), keys("34")) == [("1234", "full")]
    assert entries(keys("1234"), Collect(4)) == [("1234", "full")]


def test_a_tool_that_waits_no_more_leaves_the_keys_to_the_model() -> None:
    """Also those of the entry under way."""
    assert words(Collect(4), Collect(0), keys("1#")) == ["[keys] 1"]
    assert words(Collect(4), keys("1"), Collect(0), keys("2#")) == ["[keys] 12"]


def test_who_types_nothing_is_asked_once_more() -> None:
    """After 8 s without a key, counted from the end of the question as it was heard."""
    asks = Collect(4, again="Please type.")
    heard = [AgentSpeaking(True), 3.0, AgentSpeaking(False, "Please type.")]
    got = out(asks, heard, 7.9)
    assert not [it for it in got if isinstance(it, ReplyText | Keys)]
    got = out(asks, heard, 8.1)
    assert [it.text for it in got if isinstance(it, ReplyText)] == ["Please type."]
    got = out(asks, heard, 8.1, heard, 8.1, keys("1"), 3.0)
    assert next(it for it in got if isinstance(it, Keys)) == Keys(1, "", KeysEnd.TIMEOUT)
    assert [it.text for it in got if isinstance(it, ReplyText | Transcript)] == ["Please type.", "[keys] 1"]


def test_an_empty_entry_is_asked_for_once_more() -> None:
    """The key that ends one, and none before it."""
    got = out(Collect(4, again="Please type."), keys("#"), keys("12#"))
    assert [it.digits for it in got if isinstance(it, Keys)] == ["12"]
    assert entries(Collect(4), keys("#")) == [("", "end")]


def test_who_speaks_in_the_place_of_typing_has_the_time_once_more() -> None:
    """And is asked for nothing while they speak."""
    speaks = [7.0, SpeechStarted(1, 7.0), 5.0, SpeechStopped(1, 12.0), Transcript(1, "Which number?")]
    assert not [it for it in out(Collect(4, again="Please type."), speaks, 7.9) if isinstance(it, ReplyText)]
    assert [it for it in out(Collect(4, again="Please type."), speaks, 8.6) if isinstance(it, ReplyText)]


def test_speech_is_held_while_keys_are_pressed() -> None:
    """Its turns come to nothing, and leave the entry its own."""
    spoken = [SpeechStarted(2, 1.0), SpeechStopped(2, 2.0), Transcript(2, "one two")]
    meanwhile = [*spoken, TurnDropped(3, DropReason.SHORT)]
    got = out(keys("1"), meanwhile, keys("2#"))
    assert [it.turn for it in got if isinstance(it, SpeechStarted | SpeechStopped)] == [1, 1]
    assert [it for it in got if isinstance(it, Transcript | TurnDropped)] == [
        TurnDropped(2, DropReason.KEYS),
        TurnDropped(3, DropReason.SHORT),
        Transcript(1, "[keys] 12"),
    ]


def test_speech_that_goes_on_as_a_key_is_pressed_is_held_to_its_end() -> None:
    """Words that were complete before it are not, unless they come when the entry is over."""
    spoken = [SpeechStarted(1, 0.0), 1.0, SpeechStopped(1, 1.0), Dtmf("1"), Transcript(1, "hello"), 3.0]
    assert words(spoken) == ["hello", "[keys] 1"]
    late = [SpeechStarted(1, 0.0), 1.0, SpeechStopped(1, 1.0), *keys("1#"), Transcript(1, "hello"), 3.0]
    assert words(late) == ["[keys] 1"] and out(late)[-1] == TurnDropped(1, DropReason.KEYS)
    open_still = [SpeechStarted(1, 0.0), 1.0, *keys("1#"), SpeechStopped(1, 1.0), Transcript(1, "hello")]
    got = out(open_still)
    assert words(open_still) == ["[keys] 1"] and got[-1] == TurnDropped(1, DropReason.KEYS)
    interim = Transcript(1, "hel", final=False)
    assert interim not in out(SpeechStarted(1, 0.0), keys("1"), interim)


def test_a_secret_is_known_to_the_memory_alone() -> None:
    """Not even the step has its digits: the line's messages were masked above it."""
    got = out(Collect(4, secret=True, name="pin"), keys("••••"), keys("•"), 3.0, keys("1#"))
    assert [(it.digits, it.name) for it in got if isinstance(it, Keys)] == [("••••", "pin"), ("1", "")]


def test_a_secret_that_its_tool_waits_for_no_longer_is_nobodys() -> None:
    """Neither are the keys that follow."""
    got = out(Collect(4, secret=True), keys("••"), Collect(0), keys("•"), 3.0)
    assert not [it for it in got if isinstance(it, Keys | Transcript)] and TurnDropped(1, DropReason.KEYS) in got


def test_an_interrupted_question_waits_for_the_first_key_anew() -> None:
    """From the interruption on."""
    asked = [Collect(4, again="Again?"), 7.0, Interrupt(0, "Please", 1.0), 7.9]
    assert not [it for it in out(asked) if isinstance(it, ReplyText)]


def test_keys_that_no_phone_has_are_faults() -> None:
    """And a key without words."""
    wrong = KeysSettings(menu={"A": "sales", "12": "sales", "3": " "}, end="E")
    assert [name for name, _ in wrong.faults()] == ["end", "menu", "menu", "menu"]
    assert not list(KeysSettings(menu=MENU, end="").faults())


def _flat(it: Any) -> list[Any]:
    return list(it) if isinstance(it, list) else [it]
