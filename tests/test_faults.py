"""Faults are shown so that people find the place and the way out."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline import faults
from pipeline.faults import (
    ConfigError,
    Fault,
    KavError,
    MissingExtra,
    UsageError,
    did_you_mean,
    render,
)
from pipeline.redaction.secrets import masked_source


def shown(line: str, word: str, **more: Any) -> list[str]:
    """The source line and the caret line of a fault at `word`."""
    fault = Fault("x.yaml", 1, line.index(word) + 1, "no", width=len(word), **more)
    return render(fault, line).split("\n")[1:3]


def test_a_fault_has_its_place_its_line_a_caret_and_a_hint() -> None:
    """The golden text: what stands in the design."""
    fault = Fault("configs/demo.yaml", 12, 18, "`vad.energy` has no setting `rsm`", "did you mean `rms`?", 3)
    assert render(fault, "  - vad.energy: {rsm: 210}\n") == (
        "configs/demo.yaml:12:18: `vad.energy` has no setting `rsm`\n"
        "    - vad.energy: {rsm: 210}\n"
        "                   ^^^\n"
        "  did you mean `rms`?"
    )


def test_a_fault_of_a_whole_file_has_no_line() -> None:
    """A missing file is named, and nothing is underlined."""
    assert render(Fault("x.yaml", 0, 0, "no such file"), "") == "x.yaml: no such file"


def test_a_warning_says_that_it_is_one() -> None:
    """Warnings look like faults, with a word before."""
    assert render(Fault("x.yaml", 1, 1, "hm", severity="warning")) == "x.yaml:1:1: warning: hm"


@pytest.mark.parametrize(
    ("line", "caret"),
    [
        ("a: bad", "     ^^^"),
        ("\tbad", "   ^^^"),
        ("a: bad\r", "     ^^^"),
        ("שלום: bad", "        ^^^"),
        ("日本: bad", "        ^^^"),
        ("e\u0301: bad", "     ^^^"),
        ("\x1b[2J: bad", "        ^^^"),
        ("\u202ex: bad", "      ^^^"),
    ],
)
def test_the_caret_stands_under_the_word(line: str, caret: str) -> None:
    """Tabs, carriage returns, Hebrew, wide and combining characters and what would move a terminal shift nothing."""
    source, under = shown(line, "bad")
    assert under == caret
    assert source.isprintable()


def test_a_wide_word_is_underlined_whole() -> None:
    """Two columns for each wide character."""
    assert shown("a: 日本", "日本")[1] == "     ^^^^"


def test_a_long_line_is_clipped_around_the_word() -> None:
    """The word stays in sight, and dots say that there is more on either side."""
    source, under = shown("x" * 300 + "bad" + "y" * 300, "bad")
    start = under.index("^")
    assert source[start : start + 3] == "bad"
    assert len(source) < 110
    assert source.strip().startswith("…")
    assert source.endswith("…")


@given(st.text(), st.integers(0, 50), st.integers(0, 400))
def test_anything_can_be_shown(line: str, column: int, width: int) -> None:
    """No line and no place make a fault that cannot be printed, or that acts on a terminal."""
    text = render(Fault("x", 1, column, "no \x1b[0m\ud800", width=width), line)
    assert all(part.isprintable() for part in text.split("\n"))
    text.encode()


def test_a_source_line_never_shows_a_secret() -> None:
    """What stands after `key:` and the like is dotted out, in place, and variables stay."""
    assert (
        shown("- llm.openai: {key: sk-abcdefgh, modl: x}", "modl")[0] == "  - llm.openai: {key: •••••••••••, modl: x}"
    )
    assert masked_source('{api_key: "${OPENAI_API_KEY}"}') == '{api_key: "${OPENAI_API_KEY}"}'
    assert masked_source("--set llm.key=sk-abcdefgh") == "--set llm.key=•••••••••••"


def test_faults_are_sorted_and_stand_once() -> None:
    """By file, then by line; the same fault found twice is one."""
    first, second, third = Fault("a", 2, 1, "x"), Fault("a", 10, 1, "x"), Fault("b", 1, 1, "x")
    assert ConfigError([third, second, first, second]).faults == (first, second, third)


def test_errors_know_their_exit_code() -> None:
    """1 for what failed, 2 for what was used wrongly."""
    assert (KavError.exit_code, ConfigError([]).exit_code, UsageError("x").exit_code) == (1, 1, 2)


def test_a_missing_extra_says_how_to_get_it() -> None:
    """The command to type is in the hint."""
    error = MissingExtra("silero", "onnxruntime")
    assert (error.text, error.hint) == (
        "needs onnxruntime, which is not installed",
        "`make setup` installs it with the extra `silero`; by hand: pip install onnxruntime",
    )


def test_the_nearest_word_is_proposed_if_one_is_near() -> None:
    """A letter missing is near, another word is not, and a very long word is not looked at."""
    assert did_you_mean("rsm", ["rms", "window"]) == "did you mean `rms`?"
    assert did_you_mean("RMS", ["rms"]) == "did you mean `rms`?"
    assert did_you_mean("banana", ["rms", "window"]) == ""
    assert did_you_mean("r" * 10_000, ["rms"]) == ""


def written() -> set[tuple[str, str]]:
    """Each error of the code with its parent, from KavError down."""
    found, root = {}, Path(__file__).parents[1]
    for path in (file for package in ("pipeline", "processors") for file in (root / package).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef) and node.bases:
                found[node.name] = ast.unparse(node.bases[0]).rpartition(".")[2]
    tree = {("KavError", "")}
    while more := {(name, base) for name, base in found.items() if base in {each for each, _ in tree}} - tree:
        tree |= more
    return tree


def drawn() -> set[tuple[str, str]]:
    """The same as the docstring draws it."""
    tree, above = set(), [""]
    for branch, name in re.findall(r"^((?:[│ ]   )*(?:[├└]── )?)([A-Z]\w+) {2,}\S", faults.__doc__ or "", re.MULTILINE):
        depth = len(branch) // 4
        above[depth + 1 :] = [name]
        tree.add((name, above[depth]))
    return tree


def test_the_drawn_tree_is_the_whole_tree() -> None:
    """Every subclass of KavError, wherever it is, hangs below its parent in the docstring of pipeline/faults.py."""
    assert drawn() == written()
