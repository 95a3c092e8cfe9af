"""The shipped agent of Maximus Nadlan, called over real sockets with a stand-in for each of its providers."""

from __future__ import annotations

import io
import json
from contextlib import redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from pipeline.tools.call.dial import call
from pipeline.tools.call.options import CallOptions
from tests.kit.alone import SLOW, run

CONFIG = Path(__file__).parents[2] / "configs/maximus_he.yaml"
FAST = ("tts.speaking_rate=2.0", "record.folder=")  # a voice that does not waste a test's time


@dataclass
class Told:
    """What was printed: the transcript line by line, and the figures."""

    lines: list[str]
    report: dict[str, Any]

    def by(self, who: str) -> list[str]:
        """What one of the two said."""
        return [text for line in self.lines for name, text in [line.split("  ", 1)] if name == who]


@pytest.fixture(scope="module")
def told() -> Told:
    """One call, placed as `run.py call configs/maximus_he.yaml --stand-ins` places it."""
    out = io.StringIO()
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(out):
        for name in ("AI_GREETING_HE", "OPENAI_API_KEY", "LLM_MODEL", "GOOGLE_APPLICATION_CREDENTIALS"):
            patch.delenv(name, raising=False)
        code = run(call(CallOptions(target=str(CONFIG), stand_ins=True, as_json=True, changes=FAST)), limit=SLOW)
    lines = out.getvalue().splitlines()
    assert code == 0, lines[-1]
    return Told([line.split(" s  ", 1)[1].replace("   ", "  ", 1) for line in lines[:-1]], json.loads(lines[-1]))


def test_an_enquiry_of_five_turns_goes_well(told: Any) -> None:
    """Every turn is answered within the time that its stages took."""
    assert told.report["ok"] and told.report["ended_by"] == "caller"
    assert len(told.report["turns"]) == 5
    for turn in told.report["turns"]:
        stages = [turn[name] for name in ("ended", "decided", "transcript", "piece", "audio")]
        assert stages == sorted(stages)


def test_what_the_caller_says_is_understood_in_hebrew(told: Any) -> None:
    """The transcript is the caller's own words, in their order."""
    heard = [line for line in told.by("caller") if not line.startswith("—")]
    assert heard == [turn["said"] for turn in told.report["turns"]]
    assert heard[0] == "שלום, אני מחפש דירה לקנייה"


def test_the_caller_interrupts(told: Any) -> None:
    """The agent stops, and what it is then told is answered."""
    assert [each["said"] for each in told.report["barge_ins"]] == ["ארבעה חדרים"]
    (over,) = [line for line in told.by("caller") if line.startswith("—")]
    assert "תל אביב" in over and "כמה חדרים" not in over


def test_it_introduces_itself_once(told: Any) -> None:
    """What the model says again of who it is, the caller does not hear."""
    said = told.by("agent")
    assert "מקסימוס" in said[0] and not any("מקסימוס" in line for line in said[1:])
    assert "מצוין, ארבעה חדרים בתל אביב. מה התקציב שלך בערך?" in " ".join(said)
