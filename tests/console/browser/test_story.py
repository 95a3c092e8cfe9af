"""The page derives the same turns, replies, gaps and interruptions from a call's events as the records do."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pipeline.config import Config
from pipeline.events import FirstAudio, IntroDropped, Passed, ReplyUnfinished, StateChanged
from pipeline.frames import (
    AgentSpeaking,
    AudioOut,
    CallStarted,
    Clear,
    Interrupt,
    ReplyStopped,
    ReplyText,
    SpeechStarted,
    SpeechStopped,
    Transcript,
    TurnDropped,
    Utterance,
)
from pipeline.records.files import kept
from pipeline.records.reader import Event, events
from pipeline.records.timeline import Timeline, timeline
from pipeline.testing import play, voice
from pipeline.tools.report.summary import FAULTS, stages
from pipeline.vocabulary import DropReason, State
from tests.kit.browser import Page
from tests.kit.static_pages import blank_page

RECORDS = Path(__file__).parents[2] / "data/records"
STORY = """Promise.all(["story", "turns"].map((it) => import(`/static/calls/${it}.js`))).then((modules) => {
    const [{storyOf}, {stages}] = modules;
    const told = %s, story = storyOf(told), turns = [...story.turns.values()];
    return {
        turns: turns.map((it) => ({...it, gap: it.gap, stages: stages(it)})),
        replies: story.replies.map((it) => ({...it, cut: it.cut, unheard: it.unheard})),
        utterances: story.utterances.map((it) => it.number),
        gaps: story.gaps.map((it) => it.seconds), bargeIns: story.bargeIns.map((it) => it.seconds),
        unspoken: story.unspoken.map(({turn, started, pieces}) => ({turn, started, pieces})),
        cutIns: story.cutIns.map(({started}) => started),
        clears: story.clears, marks: story.marks, faults: story.faults.map(({at, text}) => [at, text]),
    };
})"""
PREFIXES = """import("/static/calls/story.js").then(({Story, storyOf}) => {
    const told = %s, shown = (it) => JSON.stringify([[...it.turns], it.replies, it.gaps, it.unspoken, it.cutIns]);
    const grown = new Story(), missing = [];
    for (let end = 0; end <= told.length; end++) {
        if (shown(grown) !== shown(storyOf(told.slice(0, end)))) throw new Error(`not the same up to ${end}`);
        if (end < told.length) grown.tell(told[end]);
        missing.push(storyOf(told.slice(end), {partial: true}));
    }
    return missing.map(({turns, replies}) => [[...turns.values()].map((it) => it.text), replies.map((it) => it.heard)]);
})"""


def entry(at: float, what: str, content: dict[str, Any]) -> dict[str, Any]:
    """An event as the feed has it."""
    return {"at": at, "what": what, **content}


def record(name: str) -> list[dict[str, Any]]:
    """The events of a record in the repository."""
    return [entry(it.at, it.what, it.content) for it in events(RECORDS / name)[0]]


def made_of(*told: tuple[float, Any]) -> list[dict[str, Any]]:
    """The events of frames, controls and other events, each with its moment."""
    all_told = [(0.0, CallStarted("CA", "MZ", {})), *told]
    passing = [
        (at, it if hasattr(it, "name") and hasattr(it, "kind") else Passed(it, "Step", 3)) for at, it in all_told
    ]
    return [{"at": at, **json.loads(json.dumps(kept(it)))} for at, it in passing]


def spoke(turn: int, started: float, ended: float, over: float) -> list[tuple[float, Any]]:
    """A turn of the caller on a line without lag."""
    return [
        (started + 0.06, SpeechStarted(turn, started)),
        (over, SpeechStopped(turn, over)),
        (over, Utterance(turn, b"", started, ended, ended - started)),
    ]


COUGHED = made_of(
    *spoke(1, 0.5, 1.5, 2.0),
    (2.2, Transcript(1, "wie gehts", False)),
    (2.3, Transcript(1, "hello", True, "en-US", 0.9)),
    *spoke(2, 2.4, 2.5, 3.0),
    (3.1, TurnDropped(2, DropReason.COUGH)),
    (3.2, ReplyText(1, "Yes, I am the assistant.")),
    (3.2, IntroDropped(1, "Yes, I am the assistant.", "Yes.")),
    (3.2, ReplyText(1, "Yes.")),
    (3.5, FirstAudio(1, 0.4)),
    (3.5, AgentSpeaking(True)),
    (5.0, AgentSpeaking(False, "Yes.")),
)
CUT = made_of(
    *spoke(1, 0.5, 1.5, 2.0),
    (2.1, ReplyText(1, "One two three.")),
    (2.5, AgentSpeaking(True)),
    (2.8, SpeechStarted(2, 2.7)),
    (2.9, Clear(1)),
    (2.9, Interrupt(1, "One two", 0.4)),
    (3.3, SpeechStopped(2, 3.3)),
    (3.3, Utterance(2, b"", 2.7, 3.0, 0.3)),
    (3.4, Transcript(2, "", True)),
    (3.5, ReplyText(2, "Pardon?")),
    (3.7, AgentSpeaking(True)),
    (3.9, Clear(2)),
    (3.9, ReplyStopped(2, "", 0.2)),
)
BROKEN_OFF = made_of(  # the agent speaks into the caller's second turn, and the call ends in its words
    *spoke(1, 0.5, 1.5, 2.0),
    (2.1, Transcript(1, "hello", True)),
    (2.2, ReplyText(1, "One two three.")),
    (2.3, AudioOut(1, b"\0\0", "One two three.", False)),
    (2.4, SpeechStarted(2, 2.35)),
    (2.5, AudioOut(1, b"\0\0", "One two three.", False)),
    (2.6, FirstAudio(1, 0.6, 0.55)),
    (2.6, AgentSpeaking(True)),
    (3.4, SpeechStopped(2, 3.4)),
    (3.4, Utterance(2, b"", 2.35, 3.0, 0.65)),
    (3.5, ReplyText(2, "Never heard.")),
    (3.6, ReplyUnfinished(1, "One two", 0.7)),
    (3.6, StateChanged(State.SPEAKING, State.ENDED)),
)
ODD: list[dict[str, Any]] = [
    {"at": 0.0, "what": "SpeechStopped", "frame": {"turn": 7, "at": 1.0}},
    {"at": 0.0, "what": "intro_dropped"},
    {"at": 0.0, "what": "Transcript", "frame": None},
    {"at": 0.1, "what": "Interrupt", "frame": {"turn": 0, "heard": "x", "heard_seconds": 1.0}},
    {"at": 0.1, "what": "plugged_in", "words": ["one", None]},
    {"at": 0.2, "what": "fault", "step": "Dedup (line 7)", "error": "ValueError"},
    *COUGHED,
]


def wanted(told: list[dict[str, Any]]) -> dict[str, Any]:
    """The story in the page's terms, as the records' reader derives it."""
    made = timeline(Event(it["at"], 0, it["what"], it) for it in told)
    return {
        "turns": [_turn(it) for it in made.turns],
        "replies": [_reply(it) for it in made.replies],
        "utterances": [it.number for it in made.utterances],
        "gaps": made.gaps,
        "bargeIns": _values(made, "barge_in"),
        "unspoken": [{"turn": it.turn, "started": it.started, "pieces": list(it.pieces)} for it in made.unspoken],
        "cutIns": [it.started for it in made.cut_ins],
        "clears": [it["at"] for it in told if it["what"] == "Clear"],
        "marks": [it["at"] for it in told if it["what"] == "MarkPlayed"],
        "faults": [[it["at"], _sentence(it)] for it in told if it["what"] in FAULTS],
    }


def _turn(turn: Any) -> dict[str, Any]:
    names = {"number": "number", "started": "started", "ended": "ended", "decided": "decided", "text": "text"}
    names |= {"dropped": "dropped", "heard": "heard", "endedAt": "ended_at", "decidedAt": "decided_at"}
    names |= {"wordsAt": "words_at", "replyAt": "reply_at", "audioAt": "audio_at", "gap": "gap"}
    names |= {"startedAt": "started_at", "soundAt": "sound_at", "breathUntil": "breath_until"}
    reached = [{"name": name, "from": since, "to": until} for name, since, until in stages(turn)]
    return {mine: getattr(turn, name) for mine, name in names.items()} | {"stages": reached}


def _reply(reply: Any) -> dict[str, Any]:
    names = {"turn": "turn", "started": "started", "ended": "ended", "heard": "heard", "heardSeconds": "heard_seconds"}
    names |= {"stopped": "stopped", "unfinished": "unfinished", "cut": "cut", "unheard": "unheard"}
    return {mine: getattr(reply, name) for mine, name in names.items()} | {"pieces": list(reply.pieces)}


def _values(made: Timeline, figure: str) -> list[float]:
    return [it.value for it in made.samples[figure]]


def _sentence(told: dict[str, Any]) -> str:
    sentence = FAULTS[told["what"]]
    for name, value in told.get("frame", told).items():
        sentence = sentence.replace(f"{{{name}}}", str(value))
    return sentence


def same(shown: Any, expected: Any) -> None:
    """Everything expected is shown, figures to the nanosecond."""
    if isinstance(expected, dict):
        for name, value in expected.items():
            same(shown[name], value)
    elif isinstance(expected, list):
        assert len(shown) == len(expected), (shown, expected)
        for one, other in zip(shown, expected, strict=True):
            same(one, other)
    else:
        assert shown == (pytest.approx(expected, abs=1e-9) if isinstance(expected, float) else expected)


async def scene(page: Page, calls: list[list[dict[str, Any]]]) -> None:
    """Each call is the same here and there, at its end and, in the page, at each of its events."""
    for told in calls:
        same(await page.evaluate(STORY % json.dumps(told)), wanted(told))
        await page.evaluate(PREFIXES % json.dumps(told))
    assert page.complaints == []


def test_a_call_has_one_story(agent: Callable[..., Config]) -> None:
    """Recorded calls; calls with a cough, an interruption, an end in the middle; odd events; a barge-in with a lag."""
    config = agent(["hello", "stop"], ["One two three four five six.", "Yes."], {"pacer.max_delay": "0.3s"})
    caller = [(0.5, voice(0.8)), (2.4, voice(0.6, 350.0))]
    played = play(config, caller, 9.0, late=lambda at: 0.6 if at >= 2.0 else 0.0)
    of_play = [{"at": at, **json.loads(json.dumps(kept(event)))} for at, event in played.told]
    calls = [record("demo_en"), record("maximus_he"), COUGHED, CUT, BROKEN_OFF, ODD, of_play]

    async def run() -> None:
        async with blank_page() as page:
            await scene(page, calls)

    asyncio.run(asyncio.wait_for(run(), 120))


def test_a_late_viewer_has_the_story_from_there() -> None:
    """Without the first events, a turn begins at the first event that names it, and a reply at its end."""

    async def run() -> None:
        async with blank_page() as page:
            rest = await page.evaluate(PREFIXES % json.dumps(CUT))
        stories = {json.dumps(it) for it in rest}
        assert json.dumps([[None, ""], ["One two", ""]]) in stories  # from the end of the first turn's silence on
        assert json.dumps([[""], ["One two", ""]]) in stories  # from the first words of the agent on
        assert json.dumps([[""], [""]]) in stories  # from the second turn on

    asyncio.run(asyncio.wait_for(run(), 60))
