"""A call drawn in true time."""

from __future__ import annotations

import re
from itertools import pairwise
from xml.etree.ElementTree import Element

from pipeline.tools.report.drawing import HEIGHT, strips
from pipeline.tools.report.labels import LETTER
from pipeline.tools.report.summary import summarise
from pipeline.tools.report.use_lane import WIDTH
from pipeline.tools.report.waterfall import waterfall
from tests.kit.pages_of_calls import answer, parsed, told, turn

CUT = (3.1, "Interrupt", {"turn": 1, "heard": "Yes", "heard_seconds": 0.4})
STATE = (1.9, "state", {"_": 1, "was": "LISTENING", "now": "THINKING"})
CALL = told(
    *(*turn(1, 0.4), STATE, *answer(1, 2.6), CUT, *turn(2, 3.0), *answer(2, 5.1), *turn(3, 5.0), *answer(3, 12.0)),
    *((6.0, "MarkPlayed", {"name": "1.1"}), (7.0, "fault", {"_": 1, "step": "x", "error": "y"})),
    *((9.9, "Interrupt", {"turn": 2, "heard": "", "heard_seconds": 0.1}), (19.0, "ended", {"_": 1, "cause": "stop"})),
)


def drawn() -> list[Element]:
    """The strips of a call."""
    return [parsed(each) for each in strips(CALL, summarise(CALL))]


def test_nothing_is_drawn_outside() -> None:
    """Ten seconds a strip, and all of its shapes and words inside."""
    assert [each.get("data-start") for each in drawn()] == ["0", "10"]
    for strip in drawn():
        for each in strip.iter("rect"):
            assert 0 <= float(each.get("x", "")) <= float(each.get("x", "")) + float(each.get("width", "")) <= WIDTH + 1
        for each in strip.iter("text"):
            assert 0 <= float(each.get("x", "")) <= WIDTH - 1 and 0 < float(each.get("y", "")) < HEIGHT


def test_no_two_labels_collide() -> None:
    """Nor does a figure with the line of a barge-in beside it."""
    for strip in drawn():
        ends = [(float(it.get("y", "")), float(it.get("x", "")), it.text or "") for it in strip.iter("text")]
        for (row, left, label), (other, right, _) in pairwise(sorted(ends)):
            assert row != other or left + LETTER * len(label) <= right
        lines = [
            float(re.findall(r"M([\d.]+)", it.get("d", ""))[0]) for it in strip.iter("path") if it.get("class") == "cut"
        ]
        for each in strip.iter("text"):
            start = float(each.get("x", ""))
            if each.get("class") == "gap":
                assert not [x for x in lines if start < x < start + LETTER * len(each.text or "")]


def test_the_states_have_a_lane_and_every_strip_its_marker() -> None:
    """One rectangle a state; and an agent that cuts in is marked."""
    first, second = drawn()
    lane = [each.get("class") for each in first.iter("rect") if (each.get("class") or "").startswith("st")]
    assert lane == ["st-LISTENING", "st-THINKING"]
    kinds = [each.get("class") for each in first.iter("path")]
    assert kinds.count("head") == 1 and kinds.count("cut-in") == 1 and "mark" in kinds and "fault" in kinds
    assert [each.get("class") for each in second.iter("path")].count("head") == 1


def test_the_waterfall_has_its_figures_as_text_before_the_bars() -> None:
    """A narrow page shows them as a wide one does."""
    rows = [list(each) for each in parsed(waterfall(summarise(CALL)).partition("</ul>")[2]).iter("tr")]
    assert ["".join(cell.itertext()) for cell in rows[0][1:3]] == ["turn 1", "1200 ms"]
    (bar,) = rows[0][3]
    told = "endpointing 500 ms, recognition 100 ms, model 300 ms, voice 200 ms, breath 100 ms"
    assert bar.get("aria-label") == told and [each.get("class") for each in bar] == [f"s{n}" for n in range(5)]
