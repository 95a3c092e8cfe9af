"""The vocabulary: nothing is told, ended or refused in words that are not in it, and nothing on disk changes."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest

from pipeline import frames, vocabulary
from pipeline.call import IllegalMove
from pipeline.config import Config
from pipeline.events import EVENTS, Event, Passed, Refused
from pipeline.frames import Mark, TurnDropped
from pipeline.processor import Processor, on
from pipeline.records.files import from_record, kept
from pipeline.server.metrics import Metrics
from pipeline.testing import run
from pipeline.tools.diagnose.rules import CAUSES
from pipeline.tools.report.summary import FAULTS
from pipeline.tools.show.events import page
from pipeline.vocabulary import MOVES, OUR_FAULT, USUAL, Cause, DropReason, Refusal, State, Word
from tests.house.measures import ROOT, SOURCES, nodes, tree
from tests.kit.each_file import each_file

WORDS = [each for each in vars(vocabulary).values() if isinstance(each, type) and issubclass(each, Word)][1:]
TEXTS = {str(word) for words in WORDS for word in words}
ENDING = {"hang_up", "note_cause", "ended", "release", "finish", "close", "stop", "reject", "_alarm"}
TELLING = {"Refused", "StreamRefused", "StateChanged", "RecordEnded", "AnsweredAhead", "HangUp", "Hangup"}
TAKE_WORDS = ENDING | TELLING | {"becomes", "refuse", "refused", "CallEnded", "TurnDropped", "ReplyEnded"}
HOLD_WORDS = frozenset(("what", "state", "cause", "reason", "outcome", "now", "was"))
OWN = {ROOT / "pipeline/tools/storm/monitor.py"}  # events that are told in a storm only
ON_DISK = {
    "state": ("was", "now"),
    "refused": ("reason",),
    "fault": ("step", "error"),
    "late": ("tasks",),
    "ended": ("cause", "dropped", "cut"),
    "voiced": ("step", "settings", "frames"),
    "echo": ("since", "seconds", "lag", "level"),
    "asr": ("turn", "text", "confidence"),
    "asr_reopened": ("why",),
    "bit": ("to", "ask", "after", "got", "error", "ended"),
    "sound": ("to", "ask", "after", "got", "error", "ended"),
    "provider_failed": ("provider", "error"),
    "breaker": ("provider", "state"),
    "ahead": ("turn", "outcome"),
    "prompt_leak": (),
    "intro_dropped": ("turn", "text", "kept"),
    "first_audio": ("turn", "after", "breath"),
    "reply_unfinished": ("turn", "heard", "heard_seconds"),
    "tts_failed": ("provider",),
    "tts_underrun": ("turn",),
}


def texts(node: ast.AST) -> Iterator[str]:
    """The string literals that an expression may have as its value, or hold."""
    for each in ast.walk(node):
        if isinstance(each, ast.Constant) and isinstance(each.value, str):
            yield each.value


def name(node: ast.AST) -> str:
    """The last name of `a.b.c`; empty for what is none."""
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


@each_file(SOURCES)
def test_nothing_is_told_in_words_outside_the_vocabulary(path: Path) -> None:
    """No call passes and no comparison asks for a state, cause, reason or event as a literal; events are classes."""
    known = TEXTS | set(EVENTS)
    for node in nodes(path):
        line = getattr(node, "lineno", 0)
        if isinstance(node, ast.Call) and name(node.func) in TAKE_WORDS:
            arguments = [*node.args, *(each.value for each in node.keywords)]
            assert not [text for each in arguments for text in texts(each) if text in TEXTS], f"line {line}"
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and name(node.func.value) == "call":
            assert node.func.attr != "event", f"line {line}"
        elif isinstance(node, ast.Compare) and name(node.left) in HOLD_WORDS:
            assert not [text for each in node.comparators for text in texts(each) if text in known], f"line {line}"
        elif isinstance(node, ast.ClassDef) and ROOT / "pipeline/events" not in path.parents and path not in OWN:
            assert not [base for base in node.bases if name(base) in ("Event", "Exchange", "Passed")], f"line {line}"


@each_file(SOURCES)
def test_a_state_is_written_in_one_place(path: Path) -> None:
    """No other file has the text of a state; a docstring may, and a pattern for lines of a log."""
    if path != ROOT / "pipeline/vocabulary.py":
        assert not set(State).intersection(texts(tree(path)))


def test_what_is_on_disk_stays() -> None:
    """Every name and field that was in a record once can be read, and is written in the same order."""
    assert {what: ON_DISK[what] for what in EVENTS if what in ON_DISK} == ON_DISK
    for what, fields in ON_DISK.items():
        assert EVENTS[what].__struct_fields__[: len(fields)] == fields
        assert EVENTS[what].name == what


def test_an_event_can_be_read_back() -> None:
    """From what a record keeps of it; a field that a later Kav has added is no trouble."""
    refused = Refused(Refusal.BINARY)
    line = kept(refused)
    assert line == {"what": "refused", "reason": "binary"}
    assert from_record(line.pop("what"), {**line, "new": 1}) == refused
    assert kept(Passed(TurnDropped(3, DropReason.COUGH), "Script")) == {
        "what": "TurnDropped",
        "frame": {"turn": 3, "reason": "cough"},
        "step": "Script",
    }


@pytest.mark.parametrize("kind", [Passed, *EVENTS.values()])
def test_an_event_explains_itself(kind: type[Event]) -> None:
    """In a sentence."""
    assert re.fullmatch(r"[A-Z].*\.", (kind.__doc__ or "").split("\n")[0])


@pytest.mark.parametrize("word", [word for words in WORDS for word in words], ids=repr)
def test_a_word_is_its_text_and_explains_itself(word: Word) -> None:
    """It is equal to its text, also in JSON, and there is a sentence for it."""
    assert word == word.value and msgspec.json.encode(word) == msgspec.json.encode(word.value)
    assert repr(word) == repr(word.value) and f"{word}" == word.value
    assert re.fullmatch(r"[A-Z].*\.", word.says)


def test_every_field_has_a_comment() -> None:
    """The page has a type and a meaning for each field of an event, and a type for each of a frame."""
    rows = [line.split(" | ") for line in page().splitlines() if line.startswith("| `")]
    fields = [row for row in rows if len(row) == 3]
    assert len(fields) > 50 and all(row[1].strip() for row in fields)
    events = page().split("## Frames and controls")[0].splitlines()
    assert not [line for line in events if line.endswith("|  |")]


@pytest.mark.parametrize("what", FAULTS)
def test_the_report_fills_its_sentences(what: str) -> None:
    """Each names only fields that its event, or its frame, has."""
    kind = EVENTS[what] if what in EVENTS else getattr(frames, what)
    assert set(re.findall(r"{(\w+)}", FAULTS[what])) <= set(kind.__struct_fields__)


def test_every_reason_has_a_label_of_its_own(agent: Callable[..., Config]) -> None:
    """No cause and no refusal is counted as another one, or as other."""
    metrics = Metrics(Counter)
    counts, config = metrics.counts(), agent()
    for reason in Refusal:
        counts[Refused](0.0, Refused(reason))
    for cause in Cause:
        metrics.ended(cause, config)
    page = metrics.page().decode()
    for reason in Refusal:
        assert f'kav_refused_total{{reason="{reason}"}} 1.0' in page
    for cause in Cause:
        assert f'kav_calls_total{{cause="{cause}"}} 1.0' in page
    assert '"other"' not in page


def test_own_words_of_a_plug_in_are_one_label(agent: Callable[..., Config]) -> None:
    """Labels are a closed set, so that a cause that is in no list is `other`."""
    metrics = Metrics(Counter)
    metrics.ended("the caller was rude", agent())
    assert 'kav_calls_total{cause="other"} 1.0' in metrics.page().decode()


def test_causes_are_defined_once() -> None:
    """The groups and the advice of `diagnose` are about causes that there are."""
    assert not USUAL & OUR_FAULT
    assert set(CAUSES) | USUAL | OUR_FAULT <= set(Cause)
    assert set(MOVES) == set(State) and {to for some in MOVES.values() for to in some} <= set(State)


class Muser(Processor):
    """Would think while it speaks."""

    @on(Mark)
    def think(self, frame: Mark) -> None:
        self.call.becomes(State.SPEAKING)
        self.call.becomes(State.THINKING)
        self.push(frame)


def test_an_illegal_move_is_a_fault_of_its_step(log: list[str]) -> None:
    """The call stays in its state and goes on; the door counts a fault of the step that asked."""
    muser = Muser()
    after = TurnDropped(0, DropReason.SHORT)
    assert run(muser, [Mark("1"), after]) == [Mark("1"), after]
    assert muser.call.faults == 1
    assert [line for line in log if line.startswith("FAULT")] == [f"FAULT in Muser (): {IllegalMove.__name__}"]


def test_the_page_is_fresh() -> None:
    """docs/events.md is what `make docs` would write now."""
    assert (ROOT / "docs/events.md").read_text(encoding="utf-8") == page()


def test_the_pages_links_lead_somewhere() -> None:
    """Each to a heading, of which there is one by that name."""
    headings = Counter(re.sub(r"\W+", "-", each.lower()) for each in re.findall(r"^#+ (.*)$", page(), re.MULTILINE))
    assert all(headings[link] == 1 for link in re.findall(r"\(#(.*?)\)", page()))
