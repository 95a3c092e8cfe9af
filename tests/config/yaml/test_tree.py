"""YAML text becomes positioned nodes, or faults in plain words; FAULTS A1, A4, A5, A6."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.config.findings import Findings
from pipeline.config.yaml.nodes import Broken, Mapping, Scalar, Sequence, from_python
from pipeline.config.yaml.scalars import core, seconds, span
from pipeline.config.yaml.tree import MAX_ALIASES, MAX_BYTES, parse, read_file
from pipeline.faults import ConfigError


def faults(text: str) -> list[str]:
    """What is wrong with a text, each as line:column and words."""
    findings = Findings()
    parse(text, "x.yaml", findings)
    return [f"{fault.line}:{fault.column} {fault.text}" for fault in findings.faults]


def test_every_node_knows_its_line_its_column_and_its_width() -> None:
    """Places count from 1, in characters, whatever the line ends with and whatever stands before."""
    findings = Findings()
    root = parse("\n# note\r\nשלום: [a, 'bc']\rx: y\n", "x.yaml", findings)
    assert isinstance(root, Mapping)
    (hello, items), (key, _) = root.entries
    assert isinstance(items, Sequence)
    places = [(node.at.line, node.at.column, node.at.width) for node in (hello, items, *items.items, key)]
    assert places == [(3, 1, 4), (3, 7, 9), (3, 8, 1), (3, 11, 4), (4, 1, 1)]
    assert not findings.faults


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("NO", "NO"),
        ("on", "on"),
        ("yes", "yes"),
        ("012", 12),
        ("0o14", 12),
        ("0x0C", 12),
        ("12:30", "12:30"),
        ("12:30:00", "12:30:00"),
        ("1_000", "1_000"),
        ("2001-01-01", "2001-01-01"),
        ("true", True),
        ("False", False),
        ("tRUE", "tRUE"),
        ("~", None),
        ("", None),
        ("-1", -1),
        ("+1", 1),
        ("1.", 1.0),
        (".5", 0.5),
        ("1e3", 1000.0),
        ("-.inf", float("-inf")),
        ("1.2.3", "1.2.3"),
        ("=", "="),
    ],
)
def test_plain_text_means_what_yaml_1_2_says(text: str, meaning: object) -> None:
    """None of YAML 1.1's traps: countries, switches, leading zeros, times and dates stay what they look like."""
    assert core(text) == meaning
    assert type(core(text)) is type(meaning)


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("300ms", 0.3),
        ("0.48s", 0.48),
        ("2min", 120),
        ("1h", 3600),
        (".5 s", 0.5),
        ("3", None),
        ("3m", None),
        ("s", None),
    ],
)
def test_a_duration_has_a_unit(text: str, amount: float | None) -> None:
    """Milliseconds, seconds, minutes and hours; a number alone is none."""
    assert seconds(text) == amount


@given(st.integers(0, 10_000_000).map(lambda ms: ms / 1000))
def test_a_span_reads_back(amount: float) -> None:
    """What a message writes for a duration is a duration that a config may have."""
    back = seconds(span(amount))
    assert back is not None
    assert abs(back - amount) <= amount * 1e-5


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "0:0 is empty"),
        ("# only a note\n", "0:0 is empty"),
        ("a: 1\n---\nb: 2\n", "2:1 a second document begins here"),
        ("a: 1\nb: 2\na: 3\n", "3:1 `a` stands twice, first on line 1"),
        ("x: {a: 1, a: 2}\n", "1:11 `a` stands twice, first in column 5"),
        ("a: !!python/object/apply:os.system [ls]\n", "1:4 a tag (`!…`) is not allowed"),
        ("a: !secret x\n", "1:4 a tag (`!…`) is not allowed"),
        ("a: &x {b: 1}\nc:\n  <<: *x\n", "3:3 merge keys (`<<`) are not allowed"),
        ("? [a]\n: b\n", "1:3 a key has to be text"),
        ("a: *b\n", "1:4 `*b` has no finished `&b` above it"),
        ("&a [*a]\n", "1:5 `*a` has no finished `&a` above it"),
        ("a: b: c\n", "1:5 a second `:` in this value"),
        ("a:\n\t- b\n", "2:1 a tab cannot begin a value here"),
        ("a:\n  - b\n c: d\n", "3:2 this does not fit the lines above"),
        ("a: 'x\n\n", "1:4 this quote is never closed"),
        ("a: @x\n", "1:4 `@` cannot begin a value here"),
        ("a: {b: ${C}}\n", "1:8 a `${…}` between brackets has to be quoted"),
        ("a: [b}\n", "1:6 a `,` or `]` is missing before this"),
        ("a: [b\nc: d\n", "1:4 this `[` is not closed"),
        ("- a\nb: c\n", "2:1 this does not fit the list above"),
        ("- a\n- {b} [c]\n", "2:7 something after the closing bracket"),
        ('a: "\\q"\n', "1:5 an unknown `\\` escape in double quotes"),
        ("a: - b\n", "1:4 a `-` where none belongs"),
        ("a: |x\n b\n", "1:5 text right after `|` or `>`"),
        ("a: 1\n b: 2\n", "2:2 this is indented further than the line above"),
        ("a\nb: 1\n", "1:1 a key without its `:`"),
        ("a: b\nc:d\ne: f\n", "2:1 a key without its `:`"),
        ('a: "b" c\n', "1:8 text after the closing quote"),
        ("a: 'it's'\n", "1:8 text after the closing quote"),
        ("a: [b]]\n", "1:7 something after the closing bracket"),
        ("a: [b]\n]\n", "2:1 a closing bracket without an opening one"),
        ("a: &\n", "1:4 an `&` or `*` without a name"),
        ("a: `b`\n", "1:4 a backtick cannot begin a value here"),
        ('a: "\\uD800"\n', "1:7 a `\\` escape that is no character"),
        ("a:\n  b: 1\n\tc: 2\n", "3:1 a tab cannot begin a value here"),
        ("a: \x1b[31m\n", "1:4 a control character, U+001B"),
        ("a: \ud800\n", "1:4 a control character, U+D800"),
    ],
)
def test_what_cannot_be_read_is_one_fault_at_its_place(text: str, expected: str) -> None:
    """Each thing that YAML or this house refuses is named once, in plain words, where it stands."""
    assert faults(text) == [expected]


@pytest.mark.parametrize(
    ("text", "columns"),
    [
        ("a:\n  b: 1\n c: 2\n", "line 2 begins in column 3, this one in column 2"),
        ("# note\na: 1\n# note\n\n  b: 2\n", "line 2 begins in column 1, this one in column 3"),
        ("a:\n  - b\n - c\n", "line 2 begins in column 3, this one in column 2"),
        ("a:\n  - b: 1\n    c: 2\n     d: 3\n", "line 3 begins in column 5, this one in column 6"),
    ],
)
def test_an_indentation_that_is_wrong_is_given_in_columns(text: str, columns: str) -> None:
    """The line that it does not fit is named; comments and blank lines are not counted as such."""
    findings = Findings()
    parse(text, "x.yaml", findings)
    assert [fault.hint for fault in findings.faults] == [f"check the indentation: {columns}"]


def test_a_dash_without_its_space_is_told_of() -> None:
    """It is no question of indentation."""
    findings = Findings()
    parse("a:\n  - b\n  -c:\n", "x.yaml", findings)
    assert [fault.hint for fault in findings.faults] == ["a `-` has a space after it"]


def test_several_faults_that_do_not_stop_the_reading_come_together() -> None:
    """A tag, a duplicate and a merge key are all found in one go."""
    assert len(faults("a: !x 1\nb: 1\nb: 2\n<<: {c: d}\n")) == 3


def test_what_is_broken_stays_in_the_tree_as_broken() -> None:
    """A tagged value keeps its key, so that nobody misses it a second time."""
    root = parse("a: !x 1\n", "x.yaml", Findings())
    assert isinstance(root, Mapping)
    assert isinstance(root.entries[0][1], Broken)


def test_an_alias_bomb_is_refused_at_once() -> None:
    """Nine levels of nine aliases are refused by their weight, long before anybody walks them."""
    lines = ["a: &a [x, x, x, x, x, x, x, x, x]"]
    lines += [f"{chr(98 + level)}: &{chr(98 + level)} [{', '.join(['*' + chr(97 + level)] * 9)}]" for level in range(8)]
    assert [text.split(" ", 1)[1] for text in faults("\n".join(lines))] == ["has more than 50000 values"]


def test_aliases_have_a_cap_and_a_depth() -> None:
    """Aliases are counted, and what they stand for counts as nested where they stand."""
    assert not faults("a: &a 1\nb: [" + ", ".join(["*a"] * MAX_ALIASES) + "]\n")
    many = faults("a: &a 1\nb: [" + ", ".join(["*a"] * (MAX_ALIASES + 1)) + "]\n")
    assert many[0].endswith("has more than 64 aliases")
    deep = faults("a: &a " + "[" * 20 + "]" * 20 + "\nb: " + "[" * 20 + "*a" + "]" * 20 + "\n")
    assert deep[0].endswith("is nested deeper than 32 levels")


@pytest.mark.parametrize("text", ["[" * 5000, "- " * 5000 + "x", "{a: " * 5000, "[" * 5000 + "]" * 5000])
def test_thousands_of_brackets_recurse_nowhere(text: str) -> None:
    """Depth is refused at its thirty-third level, whatever follows."""
    depth = sys.getrecursionlimit()
    assert [each.split(" ", 1)[1] for each in faults(text)] == ["is nested deeper than 32 levels"]
    assert sys.getrecursionlimit() == depth


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


def test_python_data_makes_the_same_tree() -> None:
    """Data of a test stands for the YAML that one would have written."""
    findings = Findings()
    root = parse('{a: [1, true, "1", null]}', "x", findings)
    at = root.at if root else None
    assert at is not None

    def bare(node: object) -> object:
        if isinstance(node, Mapping):
            return {key.text: bare(value) for key, value in node.entries}
        if isinstance(node, Sequence):
            return [bare(each) for each in node.items]
        assert isinstance(node, Scalar)
        return core(node.text) if node.plain else node.text

    assert bare(from_python({"a": [1, True, "1", None]}, at)) == bare(root) == {"a": [1, True, "1", None]}


@given(st.text() | st.text(alphabet="ab:-[]{}&*!|>'\"#%@`,? \n\t$", max_size=60))
def test_no_text_raises(text: str) -> None:
    """Whatever is in a file, it is a tree or a fault, and the fault can be shown."""
    findings = Findings()
    root = parse(text, "x.yaml", findings)
    assert root is not None or findings.faults
    str(ConfigError(findings.faults, findings.lines)).encode()
