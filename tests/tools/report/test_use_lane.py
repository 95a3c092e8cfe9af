"""The uses of tools on the page of a call: their lane, their share of the wait, their rows beside the words."""

from __future__ import annotations

import re
from html import unescape
from itertools import pairwise
from typing import Any
from xml.etree.ElementTree import Element

import pytest

from pipeline.tools.report.drawing import HEIGHT, strips
from pipeline.tools.report.page import page
from pipeline.tools.report.summary import stages, summarise
from pipeline.tools.report.use_lane import ROW, WIDTH
from tests.kit.pages_of_calls import HOSTILE, Told, answer, parsed, told, turn


def use(number: int, name: str, at: float, until: float | None = None, how: str = "done", **more: Any) -> list[Told]:
    """The events of a use, which is under way without `until`."""
    of_it = {"_": 1, "to": f'{name} {{"id":"•"}}', "ask": number, "tool": name}
    if until is None:
        return [(at, "tool", of_it)]
    ended = {**of_it, "after": until - at}
    result = (until, "tool", {**ended, "got": '{"state":"found"}', **more})
    return [(at, "tool", of_it), result, (until, "tool", {**ended, "ended": True, "outcome": how})]


CALL = told(
    *turn(1, 0.4),
    *use(1, "find_listings", 2.1, 2.9, facts={"city": "Haifa", "pin": "•"}),
    *use(2, "find_prices", 2.2, 3.0, "failed"),
    *use(3, "book_viewing", 3.1, 3.1, "refused"),
    *answer(1, 3.5),
    *use(4, HOSTILE, 9.5, 11.0, "withdrawn"),
    *use(5, "ask_id", 12.0),
    (12.9, "Handover", {"to": "sales", "brief": ""}),
    (13.0, "ended", {"_": 1, "cause": "stop"}),
)


def drawn() -> list[Element]:
    """The strips of the call."""
    return [parsed(each) for each in strips(CALL, summarise(CALL))]


def test_uses_side_by_side_have_a_row_each() -> None:
    """Inside the strip, below the voices, and none over another; a strip without uses is as high as ever."""
    first, second = drawn()
    assert first.get("viewBox") == f"0 0 {WIDTH} {HEIGHT + 4 * ROW:g}"
    for strip in (first, second):
        bars = [it for it in strip.iter("rect") if (it.get("class") or "").startswith("use")]
        for bar in bars:
            assert 0 <= float(bar.get("x", "")) < float(bar.get("x", "")) + float(bar.get("width", "")) <= WIDTH + 1
            assert float(bar.get("y", "")) >= HEIGHT
        spans = sorted((it.get("y"), float(it.get("x", "")), float(it.get("width", ""))) for it in bars)
        pairs = pairwise(spans)
        assert all(one[0] != two[0] or one[1] + one[2] <= two[1] for one, two in pairs)
    [plain] = strips(told(*turn(1, 0.4)), summarise(told(*turn(1, 0.4))))
    assert f"0 0 {WIDTH} {HEIGHT}" in plain and "use" not in plain


def test_the_wait_is_split_into_model_tool_and_model() -> None:
    """Tools that worked side by side are one wait; without them the model's time is whole."""
    summary = summarise(CALL)
    [answered] = summary.turns
    parts = [(name, round(end - since, 2)) for name, since, end in stages(answered, summary.tools.all)]
    assert parts[2:5] == [("model", 0.1), ("tool", 0.9), ("model", 0.2)]
    assert [name for name, *_ in stages(answered)].count("model") == 1
    assert stages(answered, summary.tools.all)[-1] == pytest.approx(stages(answered)[-1])


def test_the_page_has_the_uses_beside_the_words_and_the_facts_at_the_side() -> None:
    """Bullets stay bullets, hostile names are words, and a page without tools says nothing of them."""
    html = page(CALL).html
    assert parsed(html) and "<script>alert" not in html
    said = unescape(re.sub(r"<[^>]+>", "", html))
    assert 'find_listings {"id":"•"} — done 0.80 s' in said and "city: Haifa, pin: •" in said
    for words in ("find_listings done 0.80 s", "find_prices failed 0.80 s", "ask_id under way"):
        assert words in said
    assert "transferred tosales" in said
    assert "2 done" not in said and "1 done, 1 failed, 1 refused, 1 withdrawn, 1 under way" in said
    plain = re.sub(r"(?s)<style>.*?</style>|<script.*?</script>", "", page(told(*turn(1, 0.4), *answer(1, 2.6))).html)
    assert "tool" not in plain and "collected" not in plain
