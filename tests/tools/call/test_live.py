"""The transcript of a call, told while it happens."""

from __future__ import annotations

import io
from collections.abc import Callable

import msgspec

from pipeline.config import Config
from pipeline.testing import play, voice
from pipeline.tools.call.live import Live
from tests.kit.terminals import terminal


def told(config: Config, *sounds: tuple[float, bytes], seconds: float = 8.0) -> tuple[list[str], Live]:
    """The lines that are told of a call, without their times; and the turns whose end was noted."""
    to = io.StringIO()
    live = Live(to)
    call = play(config, sounds, seconds)
    for at, event in call.told:
        live.agent(at, event)
    return [line.split(" s  ", 1)[1] for line in to.getvalue().splitlines()], live


def test_a_reply_is_told_when_it_is_heard(agent: Callable[..., Config]) -> None:
    """Who said what, the agent's sentences as one reply, at the time at which it becomes audible."""
    lines, live = told(agent(["hello"], ["Good morning. How are you?"]), (0.5, voice(1.0)))
    assert lines == ["caller  hello", "agent   Good morning. How are you?"]
    (turn,) = live.timeline.turns
    assert turn.decided_at <= turn.words_at <= turn.reply_at


def test_an_interruption_is_told_with_what_was_heard(agent: Callable[..., Config]) -> None:
    """The agent's words up to there are what the caller knows."""
    config = agent(["hello", "stop"], ["One two three four five six.", "Yes."])
    lines, _ = told(config, (0.5, voice(1.0)), (3.0, voice(0.6)))
    assert lines[1] == "agent   One two three four five six."
    assert lines[2].startswith("caller  — speaks over the agent, who had said: One")
    assert lines[3:] == ["caller  stop", "agent   Yes."]


def test_an_introduction_that_is_dropped_is_not_told(agent: Callable[..., Config]) -> None:
    """What is told is what the caller hears, whether a piece was dropped whole or in part."""
    said = ["שמי מקס. מה שלומך?", "יש דירה. שמי מקס. מה עוד?"]
    config = msgspec.structs.replace(agent(["א", "ב"], said), language="he-IL")
    lines, _ = told(config, (0.5, voice(1.0)), (4.5, voice(0.6, 400.0)), seconds=12.0)
    assert lines[:2] == ["caller  א", "agent   שמי מקס. מה שלומך?"]
    assert lines[2] == "caller  ב" and not any("שמי" in line for line in lines[3:])
    assert " ".join(line.removeprefix("agent   ") for line in lines[3:]) == "יש דירה. מה עוד?"


def test_an_answer_that_was_never_heard_is_not_told(agent: Callable[..., Config]) -> None:
    """A caller who goes on before the answer is audible hears one answer, and so does the reader."""
    lines, _ = told(
        agent(["one", "two"], ["Nobody hears this.", "This is heard."]), (0.5, voice(1.0)), (1.9, voice(0.8))
    )
    assert "agent   Nobody hears this." not in lines
    assert lines[-1] == "agent   This is heard."


def test_the_two_have_a_colour_each_on_a_terminal(agent: Callable[..., Config]) -> None:
    """And Hebrew words do not turn the line around."""
    call = play(agent(["שלום"], ["hello"]), [(0.5, voice(1.0))], 8.0)
    with terminal() as (stream, reader):
        live = Live(stream)
        for at, event in call.told:
            live.agent(at, event)
        shown = reader.readline() + reader.readline()
    assert "\x1b[36mcaller  \u2068שלום\u2069\x1b[0m" in shown and "\x1b[35magent   hello\x1b[0m" in shown
