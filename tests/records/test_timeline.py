"""A call's turns, gaps and barge-ins: derived once, the same wherever they are shown."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from msgspec.structs import astuple

from pipeline import events
from pipeline.agent import Agent
from pipeline.config import Config, RecordSettings, load
from pipeline.frames import (
    AgentSpeaking,
    CallStarted,
    Clear,
    Interrupt,
    ReplyText,
    SpeechStarted,
    SpeechStopped,
    Transcript,
    TurnDropped,
    Utterance,
)
from pipeline.phone.virtual_line import CALL_SID, LaggingNetwork, VirtualLine, converse
from pipeline.records.files import kept
from pipeline.records.reader import Event, Recording, folders
from pipeline.records.recorder import Recorder
from pipeline.records.timeline import Timeline, timeline
from pipeline.server.metrics import Metrics
from pipeline.testing import play, run_virtual, spoken, voice
from pipeline.tools.call.live import Live
from pipeline.tools.configtest.event_log import EventLog
from pipeline.tools.configtest.figures import FIGURES
from pipeline.tools.replay import table
from pipeline.tools.replay.player import replay
from pipeline.tools.report.record import read
from pipeline.tools.report.summary import summarise
from pipeline.tools.storm.call_log import CallLog
from pipeline.vocabulary import DropReason

BREATH = {"pacer.min_delay": "0.3s", "pacer.max_delay": "0.3s"}
CALLER = spoken((0.5, voice(0.8)), (5.0, voice(0.8, 350.0)))
GAPS = [0.66, 1.26]  # 0.36 s of silence, a breath of 0.3 s; the second turn's sound comes 0.6 s late


class Shown(NamedTuple):
    """One call as each reader has it."""

    line: VirtualLine
    recording: Recording
    trace: EventLog
    story: CallLog
    live: Live
    page: str  # /metrics


def lagging(at: float) -> float:
    """The network is 0.6 s behind from 4 s on."""
    return 0.6 if at >= 4.0 else 0.0


@pytest.fixture
def shown(agent: Callable[..., Config], tmp_path: Path) -> Shown:
    """A call of two turns on a line that lags, told to every reader while it goes on, and kept."""
    return run_virtual(_call(agent(["hello", "bye"], ["Yes.", "Goodbye."], BREATH), tmp_path))


async def _call(config: Config, folder: Path) -> Shown:
    loop, told_of = asyncio.get_running_loop(), list[Any]()
    trace, live, metrics = EventLog(loop), Live(), Metrics(Counter)
    counts, start = metrics.counts(), loop.time()

    def watch(at: float, event: events.Event) -> None:
        trace.watch(at, event)
        live.agent(at, event)
        told_of.append((at - start, event.what, event.particulars()))
        if event.kind in counts:
            counts[event.kind](at, event)

    async with Agent.open(config) as served:
        with closing(Recorder()) as recorder:
            record = recorder.open(RecordSettings(folder=str(folder)), CALL_SID, start, config)
            line = VirtualLine(loop, LaggingNetwork(loop, lagging, ()), record)
            call, chain = await converse(served, line, CALLER, 9.0, watch)
    story = CallLog(call, chain, told_of, line.messages, loop.time() - start)
    return Shown(line, Recording.load(folders(folder)[0]), trace, story, live, metrics.page().decode())


def test_a_lagging_call_has_one_response_gap_everywhere(shown: Shown) -> None:
    """The caller's ears, replay, report, config tests, storm, the live table and /metrics agree to the millisecond."""
    line, recording, trace, story, live, page = shown
    heard = [first - line.start - ended for first, ended in zip(line.playback.replies, (1.3, 5.8), strict=True)]
    assert heard == pytest.approx(GAPS, abs=1e-3)
    again = replay(recording, load(recording.config))
    was, now = timeline(recording.events).turns, timeline(again.events).turns
    rows = table.as_data(recording, was, now, again)["turns"]
    assert [row["was"]["gap"] for row in rows] == [row["would_be"]["gap"] for row in rows] == pytest.approx(GAPS)
    assert "660 ms" in table.render(recording, was, now, again) and "1260 ms" in table.render(
        recording, was, now, again
    )
    assert summarise(read(recording.folder)).gaps == pytest.approx(GAPS)
    assert [value for _, value in FIGURES["response_gap"][1](trace)] == pytest.approx(GAPS)
    assert story.timeline.gaps == pytest.approx(GAPS)
    assert [turn.gap for turn in live.timeline.turns] == pytest.approx(GAPS)
    assert _metric(page, "kav_response_gap_seconds_sum") == pytest.approx(sum(GAPS))
    assert _metric(page, "kav_response_gap_seconds_count") == _metric(page, "kav_turns_total") == 2


def test_a_lag_is_no_part_of_what_the_agent_took_from_its_decision(shown: Shown) -> None:
    """From the decision on it is the breath alone, in /metrics and config tests."""
    assert [value for _, value in FIGURES["decision_to_audio"][1](shown.trace)] == pytest.approx([0.3, 0.3])
    assert _metric(shown.page, "kav_decision_to_audio_seconds_sum") == pytest.approx(0.6)


def test_the_pauses_of_the_agent_and_what_came_of_them_are_told(agent: Callable[..., Config]) -> None:
    """One for a nod, after which it goes on, one for an interruption; and one that was a nod by its words alone."""
    reply = "One two three four five six seven eight. Nine ten eleven."
    config = agent(["hello", "mm-hm", "mm-hm", "stop"], [reply, "Yes."], BREATH)
    sounds = [(0.5, voice(0.8)), (2.4, voice(0.2)), (3.4, voice(0.6, 350.0)), (6.0, voice(0.6, 400.0))]
    call = play(config, sounds, 12.0)
    made = Timeline()
    for event in call.events:
        made.tell(*event)
    holds = made.holds
    assert [hold.at for hold in holds.all] == pytest.approx([2.46, 3.46, 6.06])
    assert holds.gone_on == pytest.approx([2.76]) and len(holds.nods) == 2 and len(holds.resumed) == 1
    assert [value for _, value in made.samples["onset_to_silent"]] == pytest.approx([0.13, 0.25], abs=0.05)
    assert len(made.utterances) == 3 and len(made.barge_ins) == 2


@pytest.mark.parametrize(("later", "counts"), [(0.3, 1), (0.8, 1), (1.4, 0)])
def test_an_answer_over_which_the_caller_goes_on_within_a_second_is_a_talk_in(
    agent: Callable[..., Config], later: float, counts: int
) -> None:
    """One that is interrupted later had been waited for; a greeting answers nothing."""
    config = agent(["a flat", "in Haifa"], ["One two three four five six seven eight nine.", "Yes."], BREATH)
    began = next(at for at, it in play(config, [(0.5, voice(0.8))], 3.0).frames(AgentSpeaking) if it.on)
    made = Timeline()
    for event in play(config, [(0.5, voice(0.8)), (began + later, voice(0.8, 350.0))], 7.0).events:
        made.tell(*event)
    assert [value for _, value in made.samples["talk_in"]] == pytest.approx([later] * counts, abs=0.03)
    assert len(made.barge_ins) == 1


def test_a_word_that_interrupts_late_is_a_turn_with_its_times(agent: Callable[..., Config]) -> None:
    """The agent had gone on: the turn has its utterance, and its gap is counted from its last voiced frame."""
    config = agent(["hello", "stop"], ["One two three four five six seven eight. Nine ten eleven.", "Yes."], BREATH)
    made = Timeline()
    for event in play(config, [(0.5, voice(0.8)), (2.4, voice(0.2, 350.0))], 7.0).events:
        made.tell(*event)
    _, late = made.utterances
    assert (late.started, late.ended, late.text) == (pytest.approx(2.4), pytest.approx(2.6), "stop")
    assert late.gap is not None and late.gap == made.gaps[1]


def test_a_barge_in_is_measured_from_when_the_caller_spoke(agent: Callable[..., Config]) -> None:
    """An agent that is told 0.6 s late stops 0.6 s late, and the reply has the words that were heard."""
    config = agent(
        ["hello", "stop"], ["One two three four five six.", "Yes."], {**BREATH, "end_of_utterance.confirm": "0s"}
    )
    call = play(config, [(0.5, voice(0.8)), (2.4, voice(0.6, 350.0))], 9.0, late=lambda at: 0.6 if at >= 2.0 else 0.0)
    made = Timeline()
    for event in call.events:
        made.tell(*event)
    assert [value for _, value in made.samples["barge_in"]] == pytest.approx([0.6])
    (cut,) = made.barge_ins
    assert cut.heard and f"{cut.heard} {cut.unheard}" == "One two three four five six."
    assert [turn.heard for turn in made.turns] == [None, cut.heard]
    assert len(made.utterances) == len(made.replies) == 2


def test_a_record_gives_the_same_as_the_call(shown: Shown) -> None:
    """Each turn and reply, whether its events came as frames or as what a record keeps of them."""
    of_record, live = timeline(shown.recording.events), shown.story.timeline
    assert [astuple(it) for it in of_record.turns] == [pytest.approx(astuple(it)) for it in live.turns]
    assert [it.pieces for it in of_record.replies] == [it.pieces for it in live.replies] == [["Yes."], ["Goodbye."]]
    assert [it.heard for it in of_record.replies] == [it.heard for it in live.replies] == ["Yes.", "Goodbye."]


# ---- which turn an answer answers -----------------------------------------------------------------------------------


def spoke(turn: int, started: float, ended: float, over: float) -> list[tuple[float, Any]]:
    """What the chain says of a turn on a line without lag."""
    return [
        (started + 0.06, SpeechStarted(turn, started)),
        (over, SpeechStopped(turn, over)),
        (over, Utterance(turn, b"", started, ended, ended - started)),
    ]


def made_of(*events: tuple[float, Any]) -> Timeline:
    """The timeline of frames and controls."""
    made = Timeline()
    for at, passing in [(0.0, CallStarted("CA", "MZ", {})), *events]:
        made.tell(at, type(passing).__name__, {"frame": passing, "step": ""})
    return made


def test_an_answer_that_a_cough_held_up_is_still_the_first_turns() -> None:
    """The caller waits from the end of the question, not of the cough."""
    cough = [*spoke(2, 2.0, 2.5, 3.0), (3.1, TurnDropped(2, DropReason.COUGH))]
    made = made_of(*spoke(1, 0.5, 1.5, 2.0), *cough, (3.5, AgentSpeaking(True)))
    assert [turn.gap for turn in made.turns] == [2.0, None]


def test_a_caller_who_goes_on_is_answered_once() -> None:
    """From the end of the last words; a second reply answers nothing that was asked."""
    asked = [*spoke(1, 0.5, 1.5, 2.0), *spoke(2, 2.25, 3.0, 3.5), (4.0, AgentSpeaking(True))]
    made = made_of(*asked, (5.0, AgentSpeaking(False, "Yes.")), (9.0, AgentSpeaking(True)))
    assert [turn.gap for turn in made.turns] == [None, 1.0]
    assert made.gaps == [1.0] and [reply.heard for reply in made.replies] == ["Yes.", ""]


def test_a_turn_too_short_to_be_one_has_no_gap_and_does_not_count() -> None:
    """Its sound is known, and that it was dropped."""
    short = [(0.5, SpeechStarted(1, 0.44)), (1.0, SpeechStopped(1, 1.0)), (1.0, TurnDropped(1, DropReason.SHORT))]
    made = made_of(*short, (1.5, AgentSpeaking(True)))
    assert made.utterances == [] and made.gaps == [] and [turn.dropped for turn in made.turns] == ["short"]


def test_an_agent_that_begins_while_the_caller_speaks_cuts_in() -> None:
    """Between the first and the last voice of an utterance, on the caller's clock; in a dropped turn it does not."""
    asked = [*spoke(1, 0.5, 1.5, 2.0), (2.3, AgentSpeaking(True)), (2.9, AgentSpeaking(False, "Yes."))]
    early = [(4.0, AgentSpeaking(True)), *spoke(2, 3.9, 4.8, 5.2)]
    assert [it.started for it in made_of(*asked, *early).cut_ins] == [4.0]
    assert made_of(*asked, *early, (5.3, TurnDropped(2, DropReason.COUGH))).cut_ins == []


def test_the_lines_echo_is_that_heard_last() -> None:
    """Its lag in seconds and its level in dB; None if none was found."""
    made = made_of(*spoke(1, 0.5, 1.5, 2.0))
    made.tell(1.0, events.EchoHeard.name, {"since": 0.2, "seconds": 0.5})  # not known yet
    assert made.echo is None
    for at, lag, level in ((2.0, 0.18, -12.0), (9.0, 0.3, -11.5)):
        made.tell(at, events.EchoHeard.name, {"since": at - 1, "seconds": 0.5, "lag": lag, "level": level})
    assert made.echo == (0.3, -11.5)


def test_a_reply_that_was_never_audible_is_known() -> None:
    """With its words and the moment of the first of them."""
    words = [(2.1, ReplyText(1, "Yes.")), (2.2, ReplyText(1, "It is."))]
    assert [astuple(it)[:3] for it in made_of(*spoke(1, 0.5, 1.5, 2.0), *words).unspoken] == [
        (1, 2.1, ["Yes.", "It is."])
    ]
    assert made_of(*spoke(1, 0.5, 1.5, 2.0), *words, (2.3, AgentSpeaking(True))).unspoken == []


def test_the_end_of_the_call_parts_a_reply_in_heard_and_unheard(agent: Callable[..., Config]) -> None:
    """As a barge-in does; and the breath before it is known, which is not the voice's time."""
    config = agent(["hello"], ["One two three four five six."], BREATH | {"tts.ms_per_letter": 60})
    call = play(config, [(0.5, voice(0.8))], 2.8)
    made = Timeline()
    for event in call.events:
        made.tell(*event)
    ((turn,), (reply,)) = made.turns, made.replies
    assert reply.unfinished and not reply.cut and reply.heard and reply.unheard
    assert f"{reply.heard} {reply.unheard}" == "One two three four five six."
    assert [turn.breath_until, turn.audio_at] == pytest.approx([(turn.decided_at or 0) + 0.3] * 2)
    assert turn.sound_at is not None and turn.sound_at < turn.breath_until


def test_a_late_first_turn_is_told_from_the_start_of_the_stream() -> None:
    """A line that lags before anything was said lags all the same."""
    late = [(at + 0.5, passing) for at, passing in spoke(1, 0.5, 1.5, 2.0)]
    assert made_of(*late, (3.0, AgentSpeaking(True))).gaps == [1.5]


def test_odd_events_of_a_record_are_passed_over() -> None:
    """Another version may have written them; the others count."""
    odd = [
        Event(0.0, 0, "SpeechStopped", {"frame": {"turn": 7}}),
        Event(0.0, 1, "intro_dropped", {}),
        Event(0.0, 2, "Transcript", {"frame": None}),
    ]
    answer = [(2.1, Transcript(1, "hello")), (2.2, ReplyText(1, "Yes.")), (2.5, AgentSpeaking(True))]
    cut = [(2.9, Clear(1)), (2.9, Interrupt(1, "", 0.4))]
    good = [_event(at, passing) for at, passing in [*spoke(1, 0.5, 1.5, 2.0), *answer, *cut]]
    made = timeline([*odd, *good])
    assert [(turn.text, turn.gap) for turn in made.turns] == [("hello", 1.0)]
    assert [reply.unheard for reply in made.barge_ins] == ["Yes."]


def _event(at: float, passing: Any) -> Event:
    content = json.loads(json.dumps(kept(events.Passed(passing, ""))))
    return Event(at, 0, content.pop("what"), content)


def _metric(page: str, name: str) -> float:
    return float(next(line for line in page.splitlines() if line.startswith(f"{name} ")).split()[1])
