"""`list`: every processor with what it says of itself, and nothing imported that takes long."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline import catalog
from pipeline.catalog import spec
from pipeline.catalog.plugins import Plugins
from pipeline.tools.list.listing import list_processors

ROOT = Path(__file__).parents[3]
HEAVY = {
    "aiohttp",
    "google.api_core",
    "google.auth",
    "grpc",
    "httpx2",
    "loguru",
    "numpy",
    "onnxruntime",
    "openai",
    "samplerate",
    "yaml",
}


@pytest.mark.parametrize("word", catalog.words())
def test_every_word_has_its_sentence(word: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A line with the word and its sentence, then one with what it takes and gives."""
    assert list_processors() == 0
    lines = capsys.readouterr().out.split("\n")
    (at,) = [number for number, line in enumerate(lines) if line.split(" ")[0] == word]
    assert lines[at].endswith(spec.doc(catalog.find(word))) and " → " in lines[at + 1]


def test_every_tool_has_its_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    """Read from its source, and the same as its class has it."""
    assert list_processors() == 0
    _, _, shown = capsys.readouterr().out.partition("\ntools:\n")
    found = dict(line.strip().split(None, 1) for line in shown.splitlines())
    assert found == {word: spec.doc(catalog.find_tool(word)) for word in catalog.tool_words()}
    assert list_processors(as_json=True) == 0
    listed = {each["word"]: each["doc"] for each in json.loads(capsys.readouterr().out)["tools"]}
    assert listed == found


def test_programs_get_json(capsys: pytest.CaptureFixture[str]) -> None:
    """Every word with what it takes, gives, holds, hears, raises and needs."""
    assert list_processors(as_json=True) == 0
    listed = {each["word"]: each for each in json.loads(capsys.readouterr().out)["processors"]}
    assert tuple(listed) == catalog.words()
    raised = ["Clear", "Interrupt", "ReplyStopped", "ReplyHeld", "AgentSpeaking", "FillerDue"]
    assert listed["pacer"]["raises"] == raised
    assert listed["end_of_utterance"]["needs"] == ["vad"]


def test_a_configs_own_words_are_listed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """After those of the house, with what is wrong with one; of a package the modules that have a processor."""
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "kit_of_mine").mkdir()
    shutil.copy(ROOT / "processors/dedup.py", tmp_path / "kit_of_mine/again.py")
    for file in ("kit_of_mine/words.py", "hum.py"):
        (tmp_path / file).write_text("x = 1\n", encoding="utf-8")
    list_processors(Plugins(packages=("kit_of_mine",), files={"hum": tmp_path / "hum.py"}))
    *_, hum, again, _ = capsys.readouterr().out.partition("\n\n")[0].splitlines()
    assert hum.split(" ")[0] == "hum" and "cannot be used here: `hum` is a module with no processor in it" in hum
    assert again.startswith("kit_of_mine.again  Drops an utterance")


def test_it_imports_nothing_heavy() -> None:
    """A fresh interpreter lists everything without a provider's library, numpy, YAML or the log."""
    main = "import sys; from pipeline import cli\ntry: cli.main(['list'])\n"
    code = main + "finally: print(*sys.modules, file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    steps, tools = done.stdout.split("\n\n")
    assert len(steps.splitlines()) == 2 * len(catalog.words())
    assert len(tools.splitlines()) == 1 + len(catalog.tool_words())
    assert not set(done.stderr.split()) & HEAVY
