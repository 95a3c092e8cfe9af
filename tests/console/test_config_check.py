"""The faults of a text stand where a browser's text field counts them."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.config import Config, load
from pipeline.console.config_check import checked
from tests.kit.chain import chain


@pytest.fixture
def served(tmp_path: Path) -> Config:
    """A config in a file."""
    path = tmp_path / "a.yaml"
    path.write_text(chain(), encoding="utf-8")
    return load(path)


def marked(served: Config, text: str) -> list[tuple[int, str, str]]:
    """Each fault's line, the text that is marked there, counted in UTF-16 units, and the fault."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    found = []
    for fault in checked(served, text.encode()).faults:
        units = lines[fault["line"] - 1].encode("utf-16-le") if fault["line"] else b""
        word = units[2 * (fault["column"] - 1) : 2 * (fault["end_column"] - 1)].decode("utf-16-le")
        found.append((fault["line"], word, fault["text"]))
    return found


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("before", ["", "שלום ", "👍👍 ", "e\u0301 👩‍👩‍👧 "])
def test_the_marked_word_is_the_wrong_one(served: Config, end: str, before: str) -> None:
    """After Hebrew, combined and astral characters, with any line ends, up to the end of the line."""
    steps = chain(llm=f'llm.script: {{say: ["{before}"], wrong: 1}}').replace("pacer", "pacr")
    assert marked(served, f"# {before}\n{steps}".replace("\n", end)) == [
        (7, "wrong", "`llm.script` has no setting `wrong`"),
        (9, "pacr", "no processor `pacr`"),
    ]


@pytest.mark.parametrize(
    ("text", "line", "word"),
    [
        ("pipeline:\n\t- pacer\n", 2, "\t"),
        ("a: 1\tb: 2\n", 1, ":"),
        ("pipeline: [\n", 1, "["),
        ("name: x\x00y\n", 1, "\x00"),
        ("name: 👍\x00y\n", 1, "\x00"),
        ("a: b\n👍: c\n", 2, "👍"),
    ],
)
def test_broken_yaml_has_its_place(served: Config, text: str, line: int, word: str) -> None:
    """A tab, a missing bracket, a control character: one fault, or more, the first where it is."""
    found = [it for it in marked(served, text) if it[0] == line]
    assert found and found[0][1] == word


def test_a_fault_of_the_whole_text_has_no_line(served: Config) -> None:
    """An empty text is wrong as a whole."""
    (fault,) = checked(served, b"").faults
    assert (fault["line"], fault["column"], fault["file"], fault["text"]) == (0, 0, "", "is empty")


def test_secrets_are_masked_in_the_shown_text(served: Config) -> None:
    """The shown text has as many lines, and not the key."""
    text = chain(asr="asr.openai: {model: m, key: k👍-secret-value, base_url: 'https://x.example/v1'}")
    shown = checked(served, text.encode()).shown
    assert "secret-value" not in shown and "key: •••" in shown and shown.count("\n") == text.count("\n")
