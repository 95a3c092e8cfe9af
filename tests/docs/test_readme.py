"""The README says what is so."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from textwrap import indent

import pytest

from pipeline.cli import _parser
from pipeline.config import load
from pipeline.tools.check.check import check
from tests.kit.pages import ROOT, blocks, read

README = read("README.md")
MISTAKES = (
    ("rms: 210", "rsm: 210"),
    ("0.48s", "0.48"),
    ("tts.espeak", "tts.tone:          {pitch: 20}"),
    ("  - pacer\n", ""),
)


def test_its_first_config_is_clean(tmp_path: Path) -> None:
    """What a newcomer copies passes `check`."""
    text, tools = blocks(README, "yaml")
    path = tmp_path / "first.yaml"
    path.write_text(text, encoding="utf-8")
    assert not load(path).warnings
    path.write_text(text + tools, encoding="utf-8")
    assert [item.names for item in load(path).tools] == [("find_flats",), ("hang_up",)]


def test_its_faults_are_those_of_its_first_config(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """With four mistakes in it, and without its comments."""
    text = re.sub(r" *# .*", "", blocks(README, "yaml")[0])
    for old, new in MISTAKES:
        assert text.count(old) == 1
        text = text.replace(old, new)
    monkeypatch.chdir(tmp_path)
    Path("my.yaml").write_text(text, encoding="utf-8")
    assert check(["my.yaml"]) == 1
    assert indent(capsys.readouterr().out, "    ") in README


def test_its_figures_are_those_of_the_benchmark() -> None:
    """The table beside other frameworks has the measured values of docs/performance.md."""
    rows = dict(re.findall(r"^\| ([^|]+) \| (.*) \|$", README, re.MULTILINE))
    page = read("docs/performance.md")
    for number, title in enumerate(("Kav", "Pipecat")):
        cells = {name: row.split(" | ")[number] for name, row in rows.items() if len(row.split(" | ")) == 3}
        load = page.split(f"### {title}\n")[1].split("| 30 | ")[1].split("\n")[0].split(" | ")
        cores, memory, _, _, barge_in, late = (float(it) for it in load[:6])
        assert float(cells["cores a call, 30 calls on one core, no providers"]) == round(cores, 4)
        assert cells["memory a call, 30 calls"] == f"{memory:.0f} kB"
        wanted = f"{barge_in + 1e-9:.1f} / {late:.2g} ms"
        assert cells["the third voiced frame of an interruption → `clear`, p50 / p99, 30 calls"] == wanted
        knee = re.search(rf"^\| {title} \| [\d.]+ \| ([^|]+) \|", page, re.MULTILINE)
        assert knee and cells["calls on one core (knee)"].removesuffix(" or more") == knee[1].removeprefix("at least ")


def test_its_links_lead_to_files() -> None:
    """Pages, pictures and folders that it names are there."""
    links = re.findall(r"\]\(([^)#]+)\)", README)
    assert links and not [link for link in links if not (ROOT / link).exists()]


def test_its_commands_parse() -> None:
    """Each `python run.py` line, and each make target, is one that exists."""
    commands = re.findall(r"^    python run\.py (.*?)(?:  +#.*)?$", README, re.MULTILINE)
    assert len(commands) > 8
    for line in commands:
        arguments = shlex.split(line)
        _parser(arguments).parse_args(arguments)
    targets = set(re.findall(r"^    make (\w+)", README, re.MULTILINE))
    assert targets == {"run", "test"} and targets <= set(re.findall(r"^(\w+):", read("Makefile"), re.MULTILINE))


def test_its_log_is_that_of_the_demo() -> None:
    """The excerpt's words of both sides are those of the demo's caller and rules, and of a call's end."""
    demo = read("configs/demo.yaml")
    replies = re.findall(r"REPLY: (.*)$", README, re.MULTILINE)
    assert replies and "Kav Homes, hello." in demo
    assert re.search(r"CALL_ENDED cause=goodbye .*record=calls/", README)
    said = re.findall(r"s  agent   (.*)$", README, re.MULTILINE)
    assert said == [reply for reply in replies if "(interrupted)" not in reply][:2] + said[2:]
