"""YAML text becomes positioned nodes, or faults in plain words; FAULTS A1, A4, A5, A6."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.config.findings import Findings
from pipeline.config.yaml.nodes import Mapping
from pipeline.config.yaml.tree import MAX_ALIASES, MAX_BYTES, parse, read_file
from pipeline.faults import ConfigError
from tests.kit.trees import faults


@pytest.mark.fault("A5")
def test_an_alias_bomb_is_refused_at_once() -> None:
    """Nine levels of nine aliases are refused by their weight, long before anybody walks them."""
    lines = ["a: &a [x, x, x, x, x, x, x, x, x]"]
    lines += [f"{chr(98 + level)}: &{chr(98 + level)} [{', '.join(['*' + chr(97 + level)] * 9)}]" for level in range(8)]
    assert [text.split(" ", 1)[1] for text in faults("\n".join(lines))] == ["has more than 50000 values"]


@pytest.mark.fault("A5")
def test_aliases_have_a_cap_and_a_depth() -> None:
    """Aliases are counted, and what they stand for counts as nested where they stand."""
    assert not faults("a: &a 1\nb: [" + ", ".join(["*a"] * MAX_ALIASES) + "]\n")
    many = faults("a: &a 1\nb: [" + ", ".join(["*a"] * (MAX_ALIASES + 1)) + "]\n")
    assert many[0].endswith("has more than 64 aliases")
    deep = faults("a: &a " + "[" * 20 + "]" * 20 + "\nb: " + "[" * 20 + "*a" + "]" * 20 + "\n")
    assert deep[0].endswith("is nested deeper than 32 levels")


@pytest.mark.fault("A5")
@pytest.mark.parametrize("text", ["[" * 5000, "- " * 5000 + "x", "{a: " * 5000, "[" * 5000 + "]" * 5000])
def test_thousands_of_brackets_recurse_nowhere(text: str) -> None:
    """Depth is refused at its thirty-third level, whatever follows."""
    depth = sys.getrecursionlimit()
    assert [each.split(" ", 1)[1] for each in faults(text)] == ["is nested deeper than 32 levels"]
    assert sys.getrecursionlimit() == depth


@pytest.mark.fault("A5")
def test_files_that_are_no_text_are_faults(tmp_path: Path) -> None:
    """A missing file, a folder, a file too large and one that is not UTF-8 each say so."""
    latin, large = tmp_path / "latin.yaml", tmp_path / "large.yaml"
    latin.write_bytes(b"a: b\nc: caf\xe9\n")
    large.write_bytes(b"#" * (MAX_BYTES + 1))
    findings = Findings()
    for path in (tmp_path / "none.yaml", tmp_path, latin, large):
        assert read_file(path, path.name, findings) is None
    texts = [(fault.line, fault.text) for fault in findings.faults]
    assert texts == [
        (0, "no such file"),
        (0, "is a folder, not a file"),
        (2, "is not UTF-8 text"),
        (0, "is larger than 256 kB"),
    ]


def test_a_byte_order_mark_is_no_part_of_the_first_key(tmp_path: Path) -> None:
    """A file that an editor began with a mark reads as if it had none, columns included."""
    path = tmp_path / "x.yaml"
    path.write_bytes("\ufeffa: b\n".encode())
    root = read_file(path, "x.yaml", Findings())
    assert isinstance(root, Mapping)
    assert (root.entries[0][0].text, root.entries[0][0].at.column) == ("a", 1)


@pytest.mark.fault("A1", "A5")
@given(st.text() | st.text(alphabet="ab:-[]{}&*!|>'\"#%@`,? \n\t$", max_size=60))
def test_no_text_raises(text: str) -> None:
    """Whatever is in a file, it is a tree or a fault, and the fault can be shown."""
    findings = Findings()
    root = parse(text, "x.yaml", findings)
    assert root is not None or findings.faults
    str(ConfigError(findings.faults, findings.lines)).encode()
