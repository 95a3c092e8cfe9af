"""The pages of a running server, under its own policy: each opens by its address, and the browser has no complaint."""

from __future__ import annotations

import asyncio

from pipeline.config import load
from tests.kit.browser import Page, browsing
from tests.kit.outside import ROOT
from tests.kit.visitor import visited

NO_CALL = f"CA{0:032x}"
AGENT = "bench"
BENCH = ROOT / "configs/bench.yaml"
PAGES = {
    "#/phone": "Call",
    "#/calls": "Calls",
    f"#/calls/{NO_CALL}": "not under way",
    "#/past": "Past",
    "#/chain": AGENT,
    f"#/chain/{AGENT}": AGENT,
    "#/config": AGENT,
}


async def opens(page: Page, address: str, words: str) -> None:
    """Go to a page by its address, wait for its words, and see that it fits into a narrow window."""
    await page.evaluate(f"void (location.hash = {address!r})")
    await page.until(f"location.hash === {address!r} && document.querySelector('main').innerText.includes({words!r})")
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth"), address


def test_every_page_opens() -> None:
    """From the printed address on, at 360 pixels, without a line in the browser's console."""

    async def scene() -> None:
        async with visited(load(BENCH), editing=True) as (server, _), browsing() as browser:
            page = await browser.page(server.console_url)
            await page.screen(width=360)
            await page.until("document.querySelector('button.go')")
            for address, words in PAGES.items():
                await opens(page, address, words)
            assert not page.complaints

    asyncio.run(scene())


def test_a_page_is_opened_by_its_own_address() -> None:
    """With a session, which a new tab has; without one, it says so."""

    async def scene() -> None:
        async with visited(load(BENCH)) as (server, visitor), browsing() as browser:
            stranger = await browser.page(f"{visitor.base}/#/past")
            await stranger.until("document.querySelector('.notices').innerText.includes('CONSOLE')")
            page = await browser.page(server.console_url)
            await page.until("document.querySelector('button.go')")
            other = await browser.page(f"{visitor.base}/#/chain")
            await opens(other, "#/chain", AGENT)
            assert not other.complaints

    asyncio.run(scene())
