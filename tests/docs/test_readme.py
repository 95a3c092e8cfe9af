"""The README says what is so."""

from __future__ import annotations

import re
from pathlib import Path
from textwrap import indent

import pytest

from pipeline import catalog
from pipeline.catalog import spec
from pipeline.config import load
from pipeline.tools.check.check import check
from tests.kit.pages import blocks, read

README = read("README.md")
MISTAKES = (
    ("rms: 210", "rsm: 210"),
    ("0.48s", "0.48"),
    ("tts.espeak", "tts.tone:          {pitch: 20}"),
    ("  - pacer\n", ""),
)


def test_its_first_config_is_clean(tmp_path: Path) -> None:
    """What a newcomer copies passes `check`."""
    (text,) = blocks(README, "yaml")
    path = tmp_path / "first.yaml"
    path.write_text(text, encoding="utf-8")
    assert not load(path).warnings


def test_its_faults_are_those_of_its_first_config(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """With four mistakes in it, and without its comments."""
    (text,) = blocks(README, "yaml")
    text = re.sub(r" *# .*", "", text)
    for old, new in MISTAKES:
        assert text.count(old) == 1
        text = text.replace(old, new)
    monkeypatch.chdir(tmp_path)
    Path("my.yaml").write_text(text, encoding="utf-8")
    assert check(["my.yaml"]) == 1
    assert indent(capsys.readouterr().out, "    ") in README


def test_its_table_has_every_processor() -> None:
    """With the sentence that the processor says of itself."""
    rows = dict(re.findall(r"^\| `([\w.]+)` \| (.*) \|$", README, re.MULTILINE))
    assert rows == {word: spec.doc(catalog.find(word)) for word in catalog.words()}
