"""Labels that keep clear of each other."""

from __future__ import annotations

from pipeline.tools.report.labels import LETTER, SPACE, LabelRow
from tests.kit.pages_of_calls import parsed


def placed(row: LabelRow, label: str, left: float, right: float) -> float:
    """The left end of a label that stands beside something."""
    return float(parsed(row.beside(label, left, right)).get("x", ""))


def test_a_label_stands_to_the_right_to_the_left_or_further_on() -> None:
    """Where there is no line, no other label, and no edge of the drawing."""
    assert placed(LabelRow(0, 500), "abc", 100, 110) == 110 + SPACE
    assert placed(LabelRow(0, 500, [120]), "abc", 100, 110) == 100 - SPACE - 3 * LETTER
    assert placed(LabelRow(0, 500), "abc", 470, 490) == 470 - SPACE - 3 * LETTER
    row = LabelRow(0, 500, [90, 120])
    assert placed(row, "abc", 100, 110) == 120 + 2 * SPACE
    assert placed(row, "abc", 100, 110) >= 120 + 2 * SPACE + 3 * LETTER + SPACE


def test_a_label_under_a_line_keeps_off_what_crosses_the_row() -> None:
    """Under its middle, else under an end; and inside the drawing."""
    for crossings, start in (([], 85 - 1.5 * LETTER), ([85], 70 - 3 * LETTER), ([60, 85], 100)):
        row = LabelRow(0, 500, crossings)
        assert float(parsed(row.under("abc", 70, 100)).get("x", "")) == start
    assert float(parsed(LabelRow(0, 500).under("abc", 495, 500)).get("x", "")) == 500 - 3 * LETTER


def test_a_label_without_room_collides_as_little_as_can_be() -> None:
    """It is never left out."""
    assert placed(LabelRow(0, 40, [20]), "abcde", 10, 12) >= -5 * LETTER
