"""The commands `label` and `tune`, and a caller who pauses for breath."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline import cli
from pipeline.testing import voice

CALLER = [(1.0, voice(0.9)), (2.3, voice(0.9, 350.0)), (7.0, voice(0.6, 400.0))]  # a pause for breath of 0.4 s
HASTY = {
    "end_of_utterance.min_silence": "0.3s",
    "end_of_utterance.short_by": "0s",
    "end_of_utterance.short_floor": "0.1s",
}


def kav(*arguments: object) -> int:
    with pytest.raises(SystemExit) as ended:
        cli.main([str(each) for each in arguments])
    return int(ended.value.code or 0)


def tune(capsys: pytest.CaptureFixture[str], call: Path, *more: object) -> tuple[int, str, str]:
    code = kav("tune", call, "--jobs", 1, "--png", call / "tune.png", *more)
    return code, *capsys.readouterr()
