"""The caller's words and the vocabulary of a config's recogniser."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.config import Config, load
from pipeline.phone.script import InterruptAfter, Say, Wav
from pipeline.tools.call.hearing import advice, doubts, heard
from pipeline.tools.check.check import check

DEMO = load("configs/demo.yaml")


def doubt(text: str, config: Config = DEMO) -> str:
    """The doubt about one text of a caller."""
    return ", ".join(doubts(config, [Say(text=text)]))


@pytest.mark.parametrize(
    "text",
    [
        "hello, I am looking for an apartment",
        "I am looking for a flat in Tel Aviv.",
        "three rooms please",
        "no wait four rooms",
        "Thank you, goodbye!",
        "up to two million shekels",
        "tomorrow at five",
    ],
)
def test_a_phrase_of_the_list_is_heard(text: str) -> None:
    """With its optional words, its choices and its slots, in any spelling."""
    assert doubt(text) == ""


def test_words_outside_the_list_are_named() -> None:
    """Those that it lacks; or that the words are known, and not together."""
    assert doubt("tell me a joke") == "`tell` and `joke` are none of its words"
    assert doubt("a pizza please") == "`pizza` is none of its words"
    assert doubt("rooms goodbye") == "`rooms goodbye` has its words, and is none of its phrases"


def test_words_over_the_agent_count_and_recordings_do_not() -> None:
    """A recording's words are not known."""
    over = InterruptAfter(seconds=1.0, speech=Say(text="tell me"))
    (told,) = advice(DEMO, [over, Wav(path=Path("x.wav"))])
    assert "(asr.pocketsphinx) hears only these phrases: [hello | hi] i am" in told and told.endswith("of its words")
    assert advice(DEMO, [Wav(path=Path("x.wav")), Say(text="goodbye")]) == []


def test_fixed_texts_are_heard_whatever_is_said(agent: Callable[..., Config]) -> None:
    """`asr.script` says so itself; an equal text is no surprise."""
    config = agent(["hello", "bye"])
    assert heard(config).endswith("(asr.script) hears fixed texts, one a turn, whatever is said: hello; bye")
    assert doubt("tell me a joke", config) == "`tell me a joke` is none of them, and is not heard"
    assert doubt("Hello!", config) == ""


def test_check_compares_a_config_with_its_caller(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A warning at the line of the caller's script."""
    (tmp_path / "caller.yaml").write_text("- say: goodbye\n- say: tell me a joke\n", encoding="utf-8")
    text = Path("configs/demo.yaml").read_text(encoding="utf-8").replace("demo/call.yaml", "caller.yaml")
    (tmp_path / "own.yaml").write_text(text, encoding="utf-8")
    assert check([tmp_path / "own.yaml"]) == 0
    told = capsys.readouterr().out
    assert "caller.yaml:2:3: warning: `asr.pocketsphinx` will not hear this: `tell` and `joke`" in told
    assert "caller.yaml:1" not in told
