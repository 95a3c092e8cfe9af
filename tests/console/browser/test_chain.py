"""The chain page in a browser: every step drawn and named, by mouse and by keys, with lights for a call under way."""

from __future__ import annotations

import asyncio
from pathlib import Path

from tests.kit.chain import chain
from tests.kit.consoles import browsing_console, with_browser
from tests.kit.peer import Peer, stream

TEXT = chain(
    "name: one\n", asr=("dedup", "asr.script: {say: [hello]}", "dedup"), llm='llm.script: {say: ["<b>שלום</b>"]}'
)
WORDS = "[...document.querySelectorAll('.drawing .word')].map((it) => it.textContent)"


def file(folder: Path, text: str = TEXT, name: str = "one") -> Path:
    """A config in a folder."""
    path = folder / f"{name}.yaml"
    path.write_text(text, encoding="utf-8")
    return path


@with_browser
async def test_the_chain_is_drawn(tmp_path: Path) -> None:
    """Each step by its place; a click shows its settings as text, keys go on; nothing is wider than a phone."""
    async with browsing_console(file(tmp_path), at="/chain") as (_, page):
        await page.screen(390, 844)
        words = await page.until(f"{WORDS}.length && {WORDS}")
        assert words == [
            *("twilio_serializer", "vad.energy", "end_of_utterance", "dedup", "asr.script", "dedup"),
            *("llm.script", "tts.tone", "pacer", "twilio_sink"),
        ]
        assert await page.evaluate("document.documentElement.scrollWidth") <= 390
        await page.click('.drawing [data-step="5"]')
        await page.until(
            "document.querySelector('.drawing .chosen').dataset.step === '5' && document.querySelector('.card')"
        )
        await page.evaluate("document.querySelector('.drawing .chosen').focus()")
        await page.send("Input.dispatchKeyEvent", type="keyDown", key="ArrowDown")
        await page.until("document.querySelector('.settings td:last-child')?.textContent.includes('<b>שלום</b>')")
        assert await page.evaluate("document.activeElement.dataset.step") == "6"
        told = await page.evaluate("document.querySelector('.as-list').textContent")
        assert "Raises" in told and "Interrupt (to " in told and "Transcript" in told
        assert not page.complaints


@with_browser
async def test_the_steps_of_a_watched_call_light_up(tmp_path: Path) -> None:
    """The newest call is watched by itself: the step that sends is lit, and counted, and no other is."""
    async with browsing_console(file(tmp_path), at="/chain") as (visitor, page):
        await page.until(f"{WORDS}.length")
        async with stream(visitor.server, visitor.http) as peer:
            await peer.start()
            pressing = asyncio.create_task(press(peer))
            await page.until("document.querySelector('.drawing .step.lit')")
            lit = "[...document.querySelectorAll('.drawing .step.lit')].map((it) => it.dataset.step)"
            assert await page.until(f"{lit}.length && {lit}") == ["0"]
            await page.until("parseFloat(document.querySelector('[data-step=\"0\"] .figures').textContent) > 0")
            assert await page.evaluate("document.querySelector('[data-step=\"1\"] .figures').textContent") == "0.0/s"
            pressing.cancel()
            await asyncio.wait((pressing,))
            await page.evaluate(
                "Object.assign(document.querySelector('.lights'), {value: ''}).dispatchEvent(new Event('change'))"
            )
            await page.until("document.querySelector('[data-step=\"0\"] .figures').textContent === ''")
        assert not page.complaints


async def press(peer: Peer) -> None:
    """Press keys for as long as somebody looks."""
    while True:
        await peer.press("5")
        await asyncio.sleep(0.05)


@with_browser
async def test_each_agent_has_its_chain(tmp_path: Path) -> None:
    """Another is chosen from the list, and an unknown name is said to be one."""
    one = file(tmp_path, "numbers: ['+97231111111']\n" + TEXT)
    two = file(tmp_path, chain("numbers: ['+97232222222']\nname: 'a / b'\n"), "two")
    async with browsing_console(one, two, at="/chain/one") as (_, page):
        await page.until(f"{WORDS}.length === 10")
        choice = "document.querySelector('.chain-head select')"
        await page.evaluate(f"Object.assign({choice}, {{value: 'a / b'}}).dispatchEvent(new Event('change'))")
        await page.until(f"{WORDS}.length === 8")
        await page.evaluate("location.hash = '#/chain/none'")
        await page.until("document.querySelector('main .notice').textContent.includes('No agent is called “none”')")
        assert not page.complaints
