"""YAML that cannot be read, told at its place."""

from __future__ import annotations

import pytest

from pipeline.config.findings import Findings
from pipeline.config.yaml.tree import parse
from tests.kit.trees import faults


@pytest.mark.fault("A1")
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


@pytest.mark.fault("A1")
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


@pytest.mark.fault("A4", "A6")
def test_several_faults_that_do_not_stop_the_reading_come_together() -> None:
    """A tag, a duplicate and a merge key are all found in one go."""
    assert len(faults("a: !x 1\nb: 1\nb: 2\n<<: {c: d}\n")) == 3
