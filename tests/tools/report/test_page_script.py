"""A call's page in a real browser: what moves, what a hand can do, and what it looks like."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from pipeline.tools.report.page import page
from pipeline.tools.report.record import CallRecord, read
from tests.kit.browser import Page, browsing
from tests.kit.pages_of_calls import HOSTILE, answer, told, turn
from tests.tools.report.test_page import hostile

NOW = "document.querySelector('.said [aria-current]')?.innerText.replace(/\\s+/g, ' ') ?? ''"
SHOWN = "[...document.querySelectorAll('.event')].map(it => it.children[1].textContent)"
CHOSEN = "document.querySelector('.chosen').innerText"
CHOOSE = """(() => {
    const filter = document.getElementById("%s");
    filter.value = "%s";
    filter.dispatchEvent(new Event("change"));
})()"""
OUTSIDE = """[...document.querySelectorAll("body *")].filter(it => {
    const box = it.getBoundingClientRect();
    return it.checkVisibility() && !it.closest("pre, .event, title, head") && box.width > 1
        && (box.right > innerWidth + 1 || box.left < -1);
}).map(it => it.outerHTML.slice(0, 200))"""
DEMO, HEBREW = (Path("tests/data/records") / name for name in ("demo_en", "maximus_he"))


def shown(folder: Path, record: CallRecord, act: Callable[[Page], Awaitable[None]], sound: bool = False) -> None:
    """Show the page of a call in a browser, act on it, and see that the browser has no complaint."""

    async def main() -> None:
        (folder / "call.html").write_text(page(record, sound=sound).html, encoding="utf-8")
        async with browsing("--autoplay-policy=no-user-gesture-required") as browser:
            opened = await browser.page((folder / "call.html").as_uri())
            await act(opened)
            assert opened.complaints == []

    asyncio.run(main())


def test_a_row_plays_from_its_moment_and_the_marker_moves_along(tmp_path: Path) -> None:
    """The row of the moment, in the transcript and in the list of events, moves with the sound; space pauses it."""

    async def act(opened: Page) -> None:
        await opened.click(".said tr:nth-child(3) .moment")
        assert "Gladly. How" in await opened.evaluate(NOW)
        place = "document.querySelector('svg.now .head').getAttribute('transform')"
        before = await opened.evaluate(place)
        await opened.until(f"at > 7.5 && {place} !== {json.dumps(before)}")
        await opened.until("list.querySelector('[aria-current]').textContent.includes('Mark')")
        await opened.press(" ", " ")
        assert await opened.until("player.paused && document.getElementById('play').textContent === 'Play'")

    shown(tmp_path, read(DEMO), act, sound=True)


def test_hands_move_through_the_call(tmp_path: Path) -> None:
    """Arrows by five seconds, Enter on a row to its moment, up and down in the events; a click on the drawing."""

    async def act(opened: Page) -> None:
        await opened.press("ArrowRight")
        assert await opened.evaluate("at") == 5 and "apartment" in await opened.evaluate(NOW)
        await opened.press("ArrowRight")
        assert await opened.evaluate("at === end")
        await opened.press("ArrowLeft")
        assert await opened.evaluate("at === end - 5")
        for _ in range(2):  # the slider, then the first row
            await opened.press("Tab")
        await opened.press("Enter", "\r")
        assert "Kav Homes" in await opened.evaluate(NOW) and await opened.evaluate("at") == pytest.approx(0.809)
        await opened.click("svg[data-start='0']")  # in its middle, the fifth second
        assert await opened.evaluate("at") == pytest.approx(5.0, abs=0.05)
        assert await opened.evaluate("document.querySelectorAll('svg.now').length") == 1
        await opened.evaluate("document.querySelector('.event').focus()")
        for key in ("ArrowDown", "ArrowDown", "ArrowUp"):
            await opened.press(key)
        await opened.press("Enter", "\r")
        assert "ReplyText" in await opened.evaluate(CHOSEN)
        assert await opened.evaluate("document.querySelectorAll('.event[tabindex=\"0\"]').length") == 1

    shown(tmp_path, read(DEMO), act)


def test_the_events_are_filtered_by_class_and_step(tmp_path: Path) -> None:
    """Each says how many there are; the chosen one has its fields, and its step leads into the chain."""
    call = told(*turn(1, 0.5), *answer(1, 2.6, until=3.5), folder=DEMO)
    for event, place in zip(call.events, (1, 1, 2, 3, 3), strict=False):
        event.content.update(step="Dedup", place=place)

    async def act(opened: Page) -> None:
        await opened.evaluate(CHOOSE % ("step", "3 Dedup"))
        assert await opened.evaluate(SHOWN) == ["Transcript", "ReplyText"]
        await opened.evaluate(CHOOSE % ("class", "Transcript"))
        assert await opened.evaluate("document.getElementById('count').textContent") == "1 of 9"
        # Not by its place: rows that were never in view are laid out when they come into it, and move.
        await opened.evaluate("document.querySelector('.event').click()")
        fields = await opened.evaluate(CHOSEN)
        assert "confidence\n0.87" in fields and await opened.evaluate("at") == pytest.approx(2.1)
        await opened.click(".chosen a")
        assert await opened.until("document.querySelector('#step-3 details').open")

    shown(tmp_path, call, act)


def test_hostile_words_stay_words_in_a_browser(tmp_path: Path) -> None:
    """Nothing of them runs, in the page or in what its script shows of the events."""

    async def act(opened: Page) -> None:
        await opened.evaluate("for (const it of document.querySelectorAll('.event')) it.click()")
        assert not await opened.evaluate(
            "document.querySelectorAll('img, iframe, body script:not([id]) ~ script').length"
        )
        assert HOSTILE[:20] in await opened.evaluate(CHOSEN)

    shown(tmp_path, hostile(), act, sound=True)


@pytest.mark.parametrize("call", [read(DEMO), read(HEBREW), hostile()], ids=["english", "hebrew", "hostile"])
def test_nothing_is_outside_of_a_narrow_page(tmp_path: Path, call: CallRecord) -> None:
    """At 390 pixels all figures are in sight, and the page does not scroll sideways; nor does it when it is wide."""

    async def act(opened: Page) -> None:
        for width in (390, 1280):
            await opened.screen(width, 844)
            assert await opened.evaluate("document.documentElement.scrollWidth") <= width
            assert await opened.evaluate(OUTSIDE) == []

    shown(tmp_path, call, act, sound=True)
