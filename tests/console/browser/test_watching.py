"""A call of a stranger's phone, joined from its middle in a browser: seen, interrupted, hung up, and read afterwards.

All that a stranger, a model or a config can word is hostile: nothing of it may run or leave the window.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from itertools import count
from pathlib import Path

from aiohttp import ClientSession

from pipeline import audio
from pipeline.config import Config, load
from pipeline.server.app import Server
from tests.kit.browser import Page, browsing
from tests.kit.chain import WHOLE
from tests.kit.consoles import with_browser
from tests.kit.outside import until
from tests.kit.peer import SOUND, Peer, ring, sid
from tests.kit.visitor import visited

MARKUP = (
    "<img src=x onerror=document.title='ran'><script>document.title='ran'</script>\"><svg onload=document.write(1)>"
)
HOSTILE = f"{MARKUP} javascript:alert(1) \u202e evil \u2028"
TURN = 50  # messages of 20 ms
LONG = "x" * 10_000  # a word without a space
FILE = "x\"><svg onload=document.title='ran'>.yaml"
SHOWN = "document.querySelector('main').textContent.includes('<img src=x')"
WITHIN = "document.documentElement.scrollWidth <= innerWidth"
OUTSIDE = """[...document.querySelectorAll("main *")].filter((it) => it.getBoundingClientRect().right > innerWidth)
    .map((it) => `${it.localName}.${it.className}`).join() + ` of ${location.hash}`"""
SAID, BUTTONS = "document.querySelector('.said').textContent", "main button"
TYPED = f"document.querySelector('main textarea')?.value.includes({json.dumps(json.dumps(MARKUP))})"
PAGES = {"#/calls": "true", "#/past": SHOWN, "#/chain": SHOWN, "#/config": TYPED, "#/phone": "true"}


def hostile(folder: Path) -> Config:
    """An agent whose name, file and words are hostile; what it says lasts a while."""
    path = folder / FILE
    path.write_text(f"name: {json.dumps(MARKUP)}\n{WHOLE}", encoding="utf-8")
    said = {"asr.say": [f"{HOSTILE} {LONG}"], "llm.say": [f"{HOSTILE} {LONG}"], "greeting.text": HOSTILE}
    return load(path, set={**said, "greeting.after": "30s", "record.folder": str(folder / "calls")})


class Line:
    """The stranger's phone: a turn of the caller, then silence; it takes what it hears, until it is hung up."""

    def __init__(self, peer: Peer) -> None:
        self.peer = peer
        self.cleared = asyncio.Event()
        self._speaking = asyncio.create_task(self._speak())
        self.hearing = asyncio.create_task(self._hear())

    async def _speak(self) -> None:
        for number in count(1):
            await self.peer.speak(number, SOUND if number < TURN else audio.SILENCE)
            await asyncio.sleep(0.02)  # the pace of a line

    async def _hear(self) -> None:
        with suppress(AssertionError):  # the message is the line's end
            while True:
                if (await self.peer.hears())["event"] == "clear":
                    self.cleared.set()
        self._speaking.cancel()
        await asyncio.wait((self._speaking,))


async def fits(page: Page) -> None:
    """See that nothing ran, that nothing is complained of, and that the page fits into its window."""
    assert await page.evaluate(WITHIN), await page.evaluate(OUTSIDE)
    assert await page.evaluate("document.title !== 'ran' && !document.querySelector('main img, main script')")
    assert not page.complaints


@asynccontextmanager
async def calling(server: Server) -> AsyncIterator[Line]:
    """The stranger's call, announced by its webhook."""
    async with ClientSession() as session:
        twiml = await ring(server, session, sid(), From=HOSTILE, To=HOSTILE)
        found, parameters = twiml.find(".//Stream"), {it.get("name"): it.get("value") for it in twiml.iter("Parameter")}
        assert found is not None
        async with session.ws_connect(found.get("url") or "") as ws:
            peer = Peer(ws, sid(), parameters["token"] or "")
            await peer.start()
            line = Line(peer)
            yield line
            await line.hearing


async def go(page: Page, address: str, seen: str) -> None:
    """Go to a page of the console, wait for what it shows, and see that it is sound."""
    await page.evaluate(f"void (location.hash = {address!r})")
    await page.until(f"location.hash === {address!r} && ({seen})")
    await fits(page)


@with_browser
async def test_a_call_is_joined_interrupted_and_hung_up(tmp_path: Path) -> None:
    """From its middle to its report, at 390 pixels."""
    async with visited(hostile(tmp_path), editing=True) as (server, _), browsing() as browser:
        async with calling(server) as line:
            page = await browser.page(server.console_url)
            await page.screen(width=390)
            await page.until("document.querySelector('button.go')")
            await go(page, "#/calls", f"document.querySelector('main a[href*={sid()}]') && {SHOWN}")
            await go(page, f"#/calls/{sid()}", f"{SHOWN} && {SAID}.includes('javascript:')")
            await page.until("document.querySelector('.facts').textContent.toLowerCase().includes('speaking')")
            line.cleared.clear()  # the beginning of the caller's turn sends one, too
            await page.click(f"{BUTTONS}:nth-of-type(1)")
            await line.cleared.wait()
            await page.until(f"{SAID}.includes('stopped')")
            await page.until("document.querySelector('.happens').textContent.includes('ReplyStopped')")
            await fits(page)
            for _ in range(2):  # the second press is the answer to its question
                await page.click(f"{BUTTONS}.danger")
            await page.until("document.querySelector('.over')")
        assert server.registry.cause_of(sid()) == "operator"
        await fits(page)
        await until(lambda: any((tmp_path / "calls").rglob("audio.wav")))
        await page.evaluate("document.querySelector('.over a').click()")  # it runs over two lines
        await page.until(f"location.pathname === '/reports/{sid()}' && document.querySelector('h1')")
        await page.until(f"document.body.textContent.includes({json.dumps(MARKUP)})")
        assert await page.evaluate(f"{WITHIN} && document.title !== 'ran'")
        assert not page.complaints
        await page.go(server.console_url.partition("#")[0])
        await page.until("document.querySelector('button.go')")
        for address, seen in PAGES.items():
            await go(page, address, seen)
