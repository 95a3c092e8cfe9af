"""The console's frame: its session, its pages by address, and its words when the server is gone."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.kit.browser import Page
from tests.kit.phone_console import PhoneConsole, Seen, rows, seeing

NOTICES = ".notices"


@pytest.fixture(scope="module")
def seen() -> Iterator[Seen]:
    """Plays a scene before this file's browser."""
    with seeing() as one:
        yield one


async def words(page: Page, *wanted: str) -> None:
    """Wait until a notice has all these words."""
    for each in wanted:
        await page.until(f"document.querySelector('{NOTICES}')?.innerText.includes({json.dumps(each)})")


def test_the_token_opens_a_session_and_leaves_the_address(seen: Seen) -> None:
    """It is sent once; neither the address nor the history keeps it."""

    async def scene(console: PhoneConsole) -> None:
        page = console.page
        await console.start("#k=right%20%2B%25%D7%90")
        await page.until("document.querySelector('button.go')")
        assert console.tokens == ["right +%א"]
        assert await page.evaluate("location.hash") == "#/phone"
        history = await page.send("Page.getNavigationHistory")
        assert not [it for it in history["entries"] if "k=" in it["url"]]
        assert not page.complaints

    seen(scene)


def test_without_a_session_it_says_where_to_get_one(seen: Seen) -> None:
    """Also with a token that is not right; and the right one, opened in the same tab, is taken."""

    async def scene(console: PhoneConsole) -> None:
        console.session = False
        page = console.page
        await console.start()
        await words(page, "no session", "CONSOLE")
        await page.evaluate("void (location.hash = 'k=wrong')")
        await console.until(lambda: console.tokens == ["wrong"])
        await words(page, "no session", "CONSOLE")
        await page.evaluate("void (location.hash = 'k=right')")
        await page.until("document.querySelector('button.go')")
        assert await page.evaluate(f"document.querySelector('{NOTICES}').innerText") == ""

    seen(scene)


def test_addresses_lead_to_pages(seen: Seen) -> None:
    """One that leads nowhere leads to the phone; a page that cannot be loaded is told of, and the others go on."""

    async def scene(console: PhoneConsole) -> None:
        page = console.page
        await console.start("#/nowhere")
        await page.until("location.hash === '#/phone' && document.title === 'Phone · Kav'")
        await page.evaluate("void (location.hash = '/calls')")
        await page.until("document.title === 'Calls · Kav' && document.querySelector('main').innerText")
        assert await page.evaluate("document.querySelector('[aria-current]').innerText.trim()") == "Calls"
        await page.evaluate("void (location.hash = '/calls/%E0%A4%A')")  # which cannot be decoded
        await page.until("document.querySelector('main').innerText")
        await page.evaluate("history.go(-2)")
        await page.until("document.querySelector('button.go')")

    seen(scene)


def test_the_config_page_is_offered_only_where_configs_can_be_edited(seen: Seen) -> None:
    """The others always are."""

    async def scene(console: PhoneConsole) -> None:
        page = console.page
        await console.start()
        await page.until("document.querySelector('button.go')")
        offered = "[...document.querySelectorAll('nav a')].map((it) => it.innerText.trim())"
        assert await page.evaluate(offered) == ["Phone", "Calls", "Past", "Chain"]
        console.editing = True
        await page.send("Page.reload")
        assert "Config" in await page.until(f"({offered}).length === 5 && {offered}")

    seen(scene)


def test_a_tab_has_one_feed(seen: Seen) -> None:
    """All of the page share it; a watched call is asked for in it; a hidden tab has none until it is seen again."""

    async def scene(console: PhoneConsole) -> None:
        await console.open()
        await console.say("rows", rows())
        await console.page.until("document.querySelector('.slots').innerText.includes('0 of 50')")
        assert console.feeds == ["/api/feed"]
        await console.page.evaluate(f"void (location.hash = '/calls/CA{7:032x}')")
        await console.until(lambda: console.feeds == ["/api/feed", f"/api/feed?call=CA{7:032x}"])
        await hide(console.page, True)
        await console.until(lambda: console.open_feeds == 0)
        await hide(console.page, False)
        await console.until(lambda: len(console.feeds) == 3 and console.open_feeds == 1)

    seen(scene)


async def hide(page: Page, hidden: bool) -> None:
    """Have the page believe that another tab is in front of it, as headless browsers have no tabs to click on."""
    said: Any = f"Object.defineProperty(document, 'hidden', {{value: {json.dumps(hidden)}, configurable: true}})"
    await page.evaluate(f"void ({said}, document.dispatchEvent(new Event('visibilitychange')))")


def test_a_feed_that_breaks_off_is_told_of(seen: Seen) -> None:
    """With the server's reason if it refuses the feed; once it is open again, nothing is told any more."""

    async def scene(console: PhoneConsole) -> None:
        await console.open()
        console.unwilling = "eight browsers follow the feed already"
        await console.cut()
        await words(console.page, "Eight browsers follow the feed already.")
        console.unwilling = ""
        await console.page.until(f"document.querySelector('{NOTICES}').innerText === ''")

    seen(scene)


def test_a_server_that_is_gone_is_told_of(seen: Seen) -> None:
    """In words, in the place where a screen reader hears them."""

    async def scene(console: PhoneConsole) -> None:
        await console.open()
        await console.page.send("Network.enable")
        offline = {"offline": True, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1}
        await console.page.send("Network.emulateNetworkConditions", **offline)
        await console.cut()
        await words(console.page, "The server does not answer.")
        assert await console.page.evaluate(f"document.querySelector('{NOTICES}').getAttribute('aria-live')") == "polite"
        await console.page.send("Network.emulateNetworkConditions", **{**offline, "offline": False})
        await console.page.until(f"document.querySelector('{NOTICES}').innerText === ''")

    seen(scene)


def test_a_session_that_ends_is_told_of(seen: Seen) -> None:
    """The server has been started anew: the feed is refused."""

    async def scene(console: PhoneConsole) -> None:
        await console.open()
        console.session = False
        await console.cut()
        await words(console.page, "no session", "CONSOLE")

    seen(scene)


def test_the_keyboard_reaches_everything(seen: Seen) -> None:
    """The first stop leads past the pages to the one that is open."""

    async def scene(console: PhoneConsole) -> None:
        await console.open()
        await console.page.press("Tab")
        await console.page.press("Enter", "\r")
        await console.page.until("document.activeElement === document.querySelector('main')")
        await console.page.press("Tab")
        assert await console.page.evaluate("document.activeElement.className") == "go"

    seen(scene)
