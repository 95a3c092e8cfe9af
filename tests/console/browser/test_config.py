"""The config page in a browser: faults are marked where they are while one types, and no text is lost."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from tests.kit.browser import Page
from tests.kit.chain import chain
from tests.kit.consoles import Visitor, browsing_console, with_browser

TEXT = chain("# שלום 👍\nname: one\n").replace("\n", "\r\n").removesuffix("\r\n")
FIELD = "document.querySelector('.editor textarea')"
MARKS = "[...document.querySelectorAll('.marks mark')].map((it) => it.textContent)"
SAVABLE = "document.querySelector('.save:not([disabled])')"


@asynccontextmanager
async def editing(path: Path) -> AsyncIterator[tuple[Visitor, Page]]:
    """The page of a config that may be edited."""
    path.write_bytes(TEXT.encode())  # noqa: ASYNC240 - the server is not there yet
    async with browsing_console(path, at="/config", editing=True) as (visitor, page):
        await page.until(f"{FIELD}?.value && document.querySelector('.verdict')?.textContent === 'No faults.'")
        yield visitor, page
        assert not [it for it in page.complaints if "409" not in it]  # a conflict is told as one


async def replace(page: Page, old: str, new: str) -> None:
    """Select a piece of the text and type another one in its place."""
    place = f"{FIELD}.value.indexOf({json.dumps(old)})"
    await page.evaluate(f"{FIELD}.focus(), {FIELD}.setSelectionRange({place}, {place} + {len(old)})")
    await page.write(new)


@with_browser
async def test_faults_are_marked_where_they_are(tmp_path: Path) -> None:
    """After a pause the wrong word is marked; a click on its line in the list selects it; the picture stays."""
    async with editing(tmp_path / "one.yaml") as (_, page):
        await replace(page, "say: [hello]", 'say: ["👍 שלום"], "<b>": 1')
        assert await page.until(f"{MARKS}.length && {MARKS}") == ['"<b>"']
        assert (
            await page.evaluate("document.querySelector('.faults span').textContent")
            == "`asr.script` has no setting `<b>`"
        )
        await page.click(".faults button")
        assert await page.evaluate(f"{FIELD}.value.slice({FIELD}.selectionStart, {FIELD}.selectionEnd)") == '"<b>"'
        assert await page.evaluate(f"!{SAVABLE} && document.querySelectorAll('.picture .stale .step').length") == 8
        await replace(page, ', "<b>": 1', "")
        await page.until(f"{SAVABLE} && !document.querySelector('.stale')")
        await replace(page, "tts.tone", "intro_filter\n  - tts.tone")
        await page.until("document.querySelectorAll('.picture .step').length === 9")


@with_browser
async def test_marks_stand_behind_their_words(tmp_path: Path) -> None:
    """The layer of marks has its lines and columns where the field has them, also when both are scrolled."""
    async with editing(tmp_path / "one.yaml") as (_, page):
        await page.screen(390, 400)
        await replace(page, "vad.energy", "vad.enrgy:     # " + "x" * 200)
        await page.until(f"{MARKS}.length === 1")
        await page.evaluate(f"{FIELD}.scrollTo(0, 0)")
        field = f"{FIELD}.getBoundingClientRect()"
        mark = "document.querySelector('.marks mark').getBoundingClientRect()"
        await page.until(f"{mark}.left > {field}.left")  # the layer follows a moment later
        # Rows are 20 px and letters are all as wide: the mark's place says in which line and column it is.
        line, column, width = await page.evaluate(
            f"[({mark}.top - {field}.top) / 20, {mark}.left - {field}.left, {mark}.width / 9]"
        )
        assert 4 <= line < 5.5 and 3.5 * width < column - 9 < 4.5 * width
        await page.evaluate(f"{FIELD}.scrollTo(40, 30)")
        await page.until(f"Math.abs({mark}.left - {field}.left - {column} + 40) < 1")


@with_browser
async def test_a_text_is_saved(tmp_path: Path) -> None:
    """Only the change is in the file, its line ends and its end are as they were, and the page says what came of it."""
    path = tmp_path / "one.yaml"
    async with editing(path) as (visitor, page):
        await replace(page, "Good morning.", "בוקר טוב")
        await page.until(SAVABLE)
        await page.click(".save")
        text = await page.until("document.querySelector('.told')?.textContent")
        assert text == f"Saved: one {visitor.server.board.agents[0].config.hash} answers the next call"
        assert path.read_bytes() == TEXT.replace("Good morning.", "בוקר טוב").encode()
        assert await page.evaluate(f"!{SAVABLE}")


@with_browser
async def test_no_text_is_lost(tmp_path: Path) -> None:
    """An unsaved text outlives other pages; if the file has changed underneath, both texts are there to choose from."""
    path = tmp_path / "one.yaml"
    async with editing(path) as (_, page):
        await replace(page, "Good morning.", "Mine.")
        await page.until(SAVABLE)
        await page.evaluate("location.hash = '#/chain'")
        await page.until("document.querySelector('.chain-head')")
        path.write_text(TEXT + " # theirs", encoding="utf-8", newline="")
        await page.evaluate("location.hash = '#/config/one'")
        await page.until("document.querySelector('.conflict textarea')?.value.endsWith('# theirs')")
        assert "Mine." in await page.evaluate(f"{FIELD}.value") and await page.evaluate(f"!{SAVABLE}")
        await page.click(".conflict button")
        await page.until(SAVABLE)
        path.write_text(TEXT + " # theirs again", encoding="utf-8", newline="")
        await page.click(".save")
        await page.until("document.querySelector('.conflict textarea')?.value.endsWith('# theirs again')")
        assert "# theirs again" in path.read_text(encoding="utf-8")
        await page.click(".conflict button:last-child")
        await page.until(f"{FIELD}.value.endsWith('# theirs again')")
        await page.until("document.querySelector('details .other')?.value.includes('Mine.')")


@with_browser
async def test_without_leave_a_config_is_read_only(tmp_path: Path) -> None:
    """The text is there, with its secrets masked and no button to save, and the page says how to switch editing on."""
    path = tmp_path / "one.yaml"
    path.write_text(TEXT + "\n# token: abcdefghijkl", encoding="utf-8")
    async with browsing_console(path, at="/config/one") as (_, page):
        await page.until(f"{FIELD}?.readOnly && !document.querySelector('.save')")
        assert (await page.evaluate(f"{FIELD}.value")).endswith("# token: " + "•" * 12)
        assert "--console-edit" in await page.evaluate("document.querySelector('.notice.warn').textContent")
        assert not page.complaints
