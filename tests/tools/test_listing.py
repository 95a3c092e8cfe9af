"""`list`: every processor with what it says of itself, and nothing imported that takes long."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline import spec
from pipeline.tools.listing import list_processors

ROOT = Path(__file__).parents[2]
HEAVY = {"aiohttp", "google", "grpc", "httpx2", "loguru", "numpy", "onnxruntime", "openai", "samplerate", "yaml"}


@pytest.mark.parametrize("word", spec.words())
def test_every_word_has_its_sentence(word: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A line with the word and its sentence, then one with what it takes and gives."""
    assert list_processors() == 0
    lines = capsys.readouterr().out.split("\n")
    (at,) = [number for number, line in enumerate(lines) if line.split(" ")[0] == word]
    assert lines[at].endswith(spec.doc(spec.find(word))) and " → " in lines[at + 1]


def test_programs_get_json(capsys: pytest.CaptureFixture[str]) -> None:
    """Every word with what it takes, gives, holds, hears, raises and needs."""
    assert list_processors(as_json=True) == 0
    listed = {each["word"]: each for each in json.loads(capsys.readouterr().out)["processors"]}
    assert tuple(listed) == spec.words()
    assert listed["pacer"]["raises"] == ["Clear", "Interrupt", "AgentSpeaking"]
    assert listed["end_of_utterance"]["needs"] == ["vad"]


def test_it_imports_nothing_heavy() -> None:
    """A fresh interpreter lists everything without a provider's library, numpy, YAML or the log."""
    main = "import sys; from pipeline import cli\ntry: cli.main(['list'])\n"
    code = main + "finally: print(*sys.modules, file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert len(done.stdout.splitlines()) == 2 * len(spec.words())
    assert not {name.partition(".")[0] for name in done.stderr.split()} & HEAVY
