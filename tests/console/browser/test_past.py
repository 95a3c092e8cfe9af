"""The page of past calls in a browser, on a real server: search, filters, more, reports, and its empty states."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec

from pipeline.config import Config
from pipeline.records.files import Words
from tests.kit import parrot
from tests.kit.alone import alone
from tests.kit.browser import Page, browsing
from tests.kit.kept_calls import THEIRS, call_sid, kept_call
from tests.kit.past_calls import DEMO, copied, past_calls

ROOMS = Words(caller="three rooms please\nbye", agent="In which city?")
HOSTILE = Words(caller='<img src=x onerror="document.title=1"> \u202e', agent="")
ROWS = "[...document.querySelectorAll('.past tbody tr:not(.commands)')]"


def agent(folder: Path | None, **changes: Any) -> Config:
    """A config that keeps its calls there."""
    return msgspec.structs.replace(parrot.config(folder=folder), **changes)


@asynccontextmanager
async def page_of(*configs: Config, address: str = "#/past") -> AsyncIterator[Page]:
    """The page of past calls of a server with these configs; it may complain of nothing."""
    async with past_calls(*configs) as pages, browsing() as browser:
        url, _, token = pages.server.console_url.partition("/#k=")
        page = await browser.page(f"{url}/static/style.css")
        asked = {
            "method": "POST",
            "headers": {"Content-Type": "application/json"},
            "body": json.dumps({"token": token}),
        }
        await page.evaluate(f"fetch('/api/session', {json.dumps(asked)}).then(() => null)")
        await page.go(f"{url}/{address}")
        await page.until("document.querySelector('.past[aria-busy=false]')")
        yield page
        assert not page.complaints


async def shows(page: Page, *numbers: int) -> None:
    """Wait until the page has these calls, in this order."""
    sids = json.dumps([call_sid(number) for number in numbers])
    await page.until(f"{ROWS}.map((row) => row.querySelector('a').title).join() === {sids}.join()")


@alone
async def test_calls_are_searched_and_filtered(tmp_path: Path) -> None:
    """As they are typed; the address has the search, and the way back from a report leads to it."""
    kept_call(tmp_path, 1, words=ROOMS, faults={"fault": 1})
    kept_call(tmp_path, 2, timedelta(hours=1), caller=THEIRS, agent="other", gap=1.7)
    kept_call(tmp_path, 3, timedelta(hours=2), cause="no_media", words=HOSTILE)
    async with page_of(agent(tmp_path)) as page:
        await shows(page, 1, 2, 3)
        assert await page.evaluate(f"{ROWS}[2].querySelector('.words p').textContent") == HOSTILE.caller
        await page.click(".past input[type=search]")
        await page.write("city")
        await shows(page, 1)
        assert await page.evaluate("location.hash") == "#/past/query=city"
        await page.click(".past tbody a")
        await page.until("location.pathname.startsWith('/reports/CA') && document.querySelector('h1')")
        await page.evaluate("history.back()")
        await page.until("document.querySelector('.past input[type=search]')?.value === 'city'")
        await shows(page, 1)
        await page.evaluate("void (location.hash = '#/past')")
        await shows(page, 1, 2, 3)
        await page.click(".past input[name=faults]")
        await shows(page, 1)
        await page.click(".past input[name=faults]")
        await page.click(".past input[name=gap]")
        await page.write("1.5")
        await shows(page, 2)
        await page.write("x")
        await page.evaluate(
            "(() => { const it = document.querySelector('select[name=cause]'); it.value = 'no_media';"
            "it.dispatchEvent(new Event('change')); })()"
        )
        await page.until("document.querySelector('.past .empty')?.innerText.includes('No call is like that.')")
        await page.click(".past .empty button")
        await shows(page, 1, 2, 3)


@alone
async def test_more_calls_are_shown_by_a_button(tmp_path: Path) -> None:
    """Fifty at a time, by keyboard, each once."""
    for number in range(60):
        kept_call(tmp_path, number, timedelta(minutes=number))
    async with page_of(agent(tmp_path)) as page:
        await shows(page, *range(50))
        await page.evaluate("document.querySelector('.past .more').focus()")
        await page.press("Enter", "\r")
        await shows(page, *range(60))
        await page.until("!document.querySelector('.past .more')")


@alone
async def test_a_call_has_its_commands_and_its_report(tmp_path: Path) -> None:
    """The commands are there to be copied; the report opens in the same tab, its script and style allowed."""
    folder = copied(tmp_path)
    async with page_of(agent(tmp_path)) as page:
        await page.click(".past tbody button")
        await page.until("document.querySelectorAll('.past .commands code').length === 2")
        assert f"replay {folder}" in await page.evaluate("document.querySelector('.past .commands code').textContent")
        await page.click(".past tbody a")
        await page.until(f"location.pathname === '/reports/{DEMO}' && document.body?.innerText.includes('apartment')")
        await page.until("document.querySelector('audio').duration > 8")


@alone
async def test_without_a_folder_the_page_says_what_to_set() -> None:
    """No call can be kept."""
    async with page_of(agent(None)) as page:
        await page.until("document.querySelector('.past .empty').innerText.includes('record.folder')")


@alone
async def test_without_calls_the_page_says_so(tmp_path: Path) -> None:
    """And of which agents no words are shown."""
    async with page_of(agent(tmp_path, log_words=False)) as page:
        await page.until("document.querySelector('.past .empty').innerText.includes('No call has been kept yet.')")
        assert "no words are shown" in await page.evaluate("document.querySelector('.past').innerText")
        kept_call(tmp_path, 1, agent="parrot", words=ROOMS)
        await page.evaluate("document.querySelector('.past form').requestSubmit()")
        await shows(page, 1)
        assert await page.evaluate(f"{ROWS}[0].querySelector('.words p').textContent") == "not shown"
