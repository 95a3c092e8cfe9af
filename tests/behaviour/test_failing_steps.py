"""Every step of the shipped chain, failing at every class that it handles, or dropping it: no caller hears silence."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.config import load
from pipeline.frames import AudioEnded, AudioOut, Control, ReplyEnded, ReplyText, Transcript, Utterance
from pipeline.testing import Played, play, voice
from pipeline.vocabulary import Cause, State
from processors.pacer.turn_limit import LATE

BENCH = Path(__file__).parents[2] / "configs" / "bench.yaml"
STEPS = load(BENCH).steps
FAILING = """\
from typing import Annotated
from {module} import {name} as Shipped
from pipeline.settings import doc

class Failing(Shipped):
    class Settings(Shipped.Settings, frozen=True, kw_only=True):
        at: Annotated[str, doc("The class at which it fails.")]
        late: Annotated[bool, doc("Handle it first.")] = False
        drops: Annotated[bool, doc("Drop it instead.")] = False

def failing(method):
    def handler(self, it):
        fails = self.settings.at in [kind.__name__ for kind in type(it).__mro__]
        if self.settings.late or not fails:
            method(self, it)
        if fails and not self.settings.drops:
            raise ValueError("broken on purpose")
    return handler

for each in set(Failing.handlers.values()):
    setattr(Failing, each, failing(getattr(Shipped, each)))
"""

TURNS = [(1.0, voice(1.0)), (4.0, voice(1.0, 400))]  # the second one is an interruption
ENDS = (2.0, 5.0)
LIMIT = 2.0  # seconds
CASES = [
    (place, kind.__name__, late)
    for place, step in enumerate(STEPS)
    for kind in step.kind.handlers
    for late in ((False,) if issubclass(kind, Control) else (False, True))
]


def package(place: int) -> str:
    """Return the name of the package with the failing copy of the step at this place."""
    return f"failing_{place}"


@pytest.fixture(scope="module", autouse=True)
def copies(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Make a plug-in of each step that does as the step does, and fails at one class."""
    root = tmp_path_factory.mktemp("plugins")
    for place, step in enumerate(STEPS):
        path = root / package(place) / f"{step.word.replace('.', '/')}.py"
        path.parent.mkdir(parents=True)
        path.write_text(FAILING.format(module=step.kind.__module__, name=step.kind.__name__))
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(root)
        yield


def failing(place: int, at: str, how: str) -> str:
    """Return the shipped config with the failing copy in the place of one step."""
    lines = BENCH.read_text(encoding="utf-8").splitlines()
    line = next(number for number, line in enumerate(lines) if line == "pipeline:") + 1 + place
    word, _, settings = lines[line].partition("#")[0].strip(" -").partition(":")
    own = [each for each in (settings.strip(" {}"), f"at: {at}", how) if each]
    lines[line] = f"  - {package(place)}.{word}: {{{', '.join(own)}}}"
    return "\n".join([f"plugins: [{package(place)}]", *lines])


def longest_silence(call: Played) -> float:
    """Return the longest time from the end of a turn to an answer, or to the call's end with an apology in TwiML."""
    faults = [at for at, what, _ in call.events if what == "fault"]
    over = faults[-1:] if call.call.cause == Cause.FAULTS else []
    ways_out = sorted((*call.times("media"), *(max(at, end) for at in over for end in ENDS)))
    return max(next((at - end for at in ways_out if at >= end), 99.0) for end in ENDS)


@pytest.mark.fault("G1")
@pytest.mark.parametrize(("place", "at", "late"), CASES)
def test_a_step_that_fails_leaves_no_silence(place: int, at: str, late: bool, tmp_path: Path) -> None:
    """Words, a beep or the call's end with an apology follow each turn in two seconds."""
    (tmp_path / "failing.yaml").write_text(failing(place, at, f"late: {late}".lower()), encoding="utf-8")
    call = play(load(tmp_path / "failing.yaml"), TURNS, 8.0)
    assert longest_silence(call) <= LIMIT


LOSABLE = (Utterance, Transcript, ReplyText, ReplyEnded, AudioOut, AudioEnded)
LOST = [(place, kind.__name__) for place, step in enumerate(STEPS) for kind in step.kind.handlers if kind in LOSABLE]
GIVEN_UP = 7.0 + LATE  # seconds after a turn: its time, and the limit of the pacer


@pytest.mark.fault("G1")
@pytest.mark.parametrize(("place", "at"), [it for it in LOST if STEPS[it[0]].word not in ("pacer", "twilio_sink")])
def test_what_a_step_drops_ends_in_words(place: int, at: str, tmp_path: Path) -> None:
    """Fillers, and then an apology or the part that came; after it the agent listens, and the fault is counted."""
    (tmp_path / "dropping.yaml").write_text(failing(place, at, "drops: true"), encoding="utf-8")
    call = play(load(tmp_path / "dropping.yaml"), TURNS[:1], 30.0)
    states = [it["now"] for _, what, it in call.events if what == "state"]
    heard = [at for at in call.times("media") if at > ENDS[0]]
    assert [what for _, what, _ in call.events].count("fault") <= 1
    assert heard[0] - ENDS[0] <= LIMIT and heard[-1] < ENDS[0] + GIVEN_UP + 12.0
    assert states[-2:] == [State.LISTENING, State.ENDED]
