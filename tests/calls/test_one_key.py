"""The shipped agents with one key and with none, called over real sockets with stand-ins for their providers."""

from __future__ import annotations

import io
import json
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

import pytest

from pipeline.tools.call.dial import call
from pipeline.tools.call.options import CallOptions
from tests.kit.alone import SLOW, run

CONFIGS = Path(__file__).parents[2] / "configs"
VARIABLES = ("OPENAI_API_KEY", "OPENAI_BASE_URL", "ASR_MODEL", "LLM_MODEL", "TTS_MODEL", "AI_GREETING")
MEASURED = 0.02  # seconds: `audio` is the sound's arrival at the phone, `answer` its way into the line
WORDS = ["a meeting room please", "thank you goodbye"]


@pytest.mark.parametrize("name", ["openai", "local"])
def test_a_call_of_two_turns(name: str, tmp_path: Path) -> None:
    """Placed as `run.py call configs/NAME.yaml --stand-ins` places it: both turns are understood and answered.

    The first sound may be a filler's, which need not wait for the words; the answer does.
    """
    said = tmp_path / "call.yaml"
    said.write_text("".join(f"- say: {words}\n- answer: Gladly.\n- wait_reply: 10s\n" for words in WORDS))
    options = CallOptions(
        target=str(CONFIGS / f"{name}.yaml"), stand_ins=True, as_json=True, script=said, changes=("record.folder=",)
    )
    report = placed(options)
    assert report["ok"] and [turn["said"] for turn in report["turns"]] == WORDS
    for turn in report["turns"]:
        assert turn["decided"] <= turn["transcript"] <= turn["answer"]
        assert turn["decided"] <= turn["audio"] <= turn["answer"] + MEASURED


def placed(options: CallOptions) -> dict[str, Any]:
    """Place a call, without any variable of this machine's, and return its report."""
    out = io.StringIO()
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(out):
        for variable in VARIABLES:
            patch.delenv(variable, raising=False)
        code = run(call(options), limit=SLOW)
    last = out.getvalue().splitlines()[-1]
    assert code == 0, last
    report: dict[str, Any] = json.loads(last)
    return report
