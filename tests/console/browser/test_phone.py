"""The phone page: its choices, the call, and its words for each thing that can go wrong."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Iterator
from typing import Any

import pytest

from tests.kit.browser import Page
from tests.kit.phone_console import SID, PhoneConsole, Seen, rows, seeing, snapshot

PHONE = ".phone .set"
SILENCE = b64encode(b"\xff" * 160).decode()


@pytest.fixture(scope="module")
def seen() -> Iterator[Seen]:
    """Plays a scene before this file's browser."""
    with seeing() as one:
        yield one


def event(at: float, what: str, /, **frame: Any) -> dict[str, Any]:
    """An event of a frame."""
    return {"at": at, "what": what, "frame": frame, "step": "", "place": 0}


SAID = (
    event(0.1, "CallStarted", call_sid=SID, stream_sid="MZ", parameters={}),
    event(1.0, "SpeechStarted", turn=1, at=0.94),
    event(2.6, "SpeechStopped", turn=1, at=2.5),
    event(2.6, "Utterance", turn=1, started=0.9, ended=2.0),
    event(2.8, "Transcript", turn=1, text="שלום <b>לכם</b>", final=True, language="he-IL", confidence=0.9),
    event(3.0, "ReplyText", turn=1, text="שלום רב"),
    event(3.2, "AgentSpeaking", on=True, heard=""),
)


async def shows(page: Page, words: str, where: str = "main") -> None:
    """Wait until a part of the page has these words."""
    await page.until(f"document.querySelector('{where}')?.innerText.includes({json.dumps(words)})")


def test_a_call(seen: Seen) -> None:
    """Before it, what will happen; in it, its state, words and waterfall; after it, its report, and another call."""

    async def scene(console: PhoneConsole) -> None:
        page = console.page
        await console.open()
        await console.say("rows", rows())
        await shows(page, "The browser asks for your microphone.")
        await shows(page, "0 of 50 slots in use.", PHONE)
        await console.dial()
        await console.say("call", snapshot(*SAID[:1]))
        await console.say("events", [*SAID[1:4], event(2.7, "Transcript", turn=1, text="שלום", final=False)])
        await page.until("document.querySelector('.transcript .pale[dir=auto]')?.innerText === 'שלום'")
        await console.say("events", SAID[4:])
        await console.say("events", [{"at": 3.2, "what": "state", "was": "THINKING", "now": "SPEAKING"}])
        await shows(page, "שלום <b>לכם</b>", ".transcript")
        await shows(page, "speaking", f"{PHONE} .badge")
        assert await page.until("document.querySelector('.falls [role=img]')?.getAttribute('aria-label')")
        await page.until("Number(document.querySelector('#meter-caller').style.getPropertyValue('--level')) > 0.5")
        await page.click("button.danger")
        await shows(page, "You have hung up.", PHONE)
        await console.until(lambda: console.of("stop"))
        assert await page.until("document.querySelector('.set a.button')?.getAttribute('href')") == f"/reports/{SID}"
        await shows(page, "שלום <b>לכם</b>", ".transcript")
        await shows(page, "Call again", "button.go")
        assert not page.complaints

    seen(scene)


def test_keys_and_mute(seen: Seen) -> None:
    """By the page's keys and the keyboard's; not those that are typed with Ctrl, before the call or after it."""

    async def scene(console: PhoneConsole) -> None:
        page = console.page
        await console.open()
        await page.press("1", "1")
        await console.dial()
        await page.until("document.querySelector('.keypad')")
        for key in "5#x":
            await page.press(key, key)
        await page.click(".keypad button[aria-label=star]")
        await page.send("Input.dispatchKeyEvent", type="keyDown", key="7", modifiers=2)
        await console.until(lambda: len(console.of("dtmf")) == 3)
        await shows(page, "5#*", ".pressed")
        await page.click("button[aria-pressed]")
        await shows(page, "Muted", "button[aria-pressed=true]")
        before = len(console.of("media"))
        await console.until(lambda: len(console.of("media")) > before + 10)
        assert {it["payload"] for it in console.of("media")[-5:]} == {SILENCE}
        await page.press("Escape")
        await page.click("button.danger")
        await shows(page, "You have hung up.", PHONE)
        await page.press("9", "9")
        await console.until(lambda: console.of("stop"))
        assert [it["digit"] for it in console.of("dtmf")] == ["5", "#", "*"]

    seen(scene)


def test_the_keyboard_alone(seen: Seen) -> None:
    """Enter on the button calls, and a second Enter does nothing; Tab leads to the keys and to the end of the call."""

    async def scene(console: PhoneConsole) -> None:
        page = console.page
        await console.open()
        await page.until("document.querySelector('button.go')?.focus() === undefined")
        await page.press("Enter", "\r")
        await page.press("Enter", "\r")
        await page.until("document.querySelector('.keypad')")
        labels = []
        for _ in range(14):
            await page.press("Tab")
            labels.append(await page.evaluate("document.activeElement.ariaLabel ?? document.activeElement.innerText"))
        assert labels == [*"123456789", "star", "0", "hash", "Mute", "Hang up"]
        await page.press("Enter", "\r")
        await shows(page, "You have hung up.", PHONE)
        await page.press("Tab")
        assert await page.evaluate("document.activeElement.className") == "go"

    seen(scene)


@pytest.mark.parametrize(
    ("code", "reason", "cause", "told", "kind"),
    [
        (1000, "", "goodbye", "The agent said goodbye and hung up.", "good"),
        (1000, "", "", "The agent has hung up.", "good"),
        (1001, "", "shutdown", "The server was stopped.", "good"),
        (1011, "no <b>", "", "no <b>", "bad"),
    ],
)
def test_the_end_of_a_call_is_in_words(seen: Seen, code: int, reason: str, cause: str, told: str, kind: str) -> None:
    """The server's cause if it tells one, else that of the line's close code."""

    async def scene(console: PhoneConsole) -> None:
        await console.open()
        await console.dial()
        await console.say("call", snapshot(*SAID))
        if cause:
            await console.say("over", {"at": 5.0, "cause": cause})
        await console.hang_up(code, reason)
        await shows(console.page, told, f"{PHONE} .notice.{kind}")

    seen(scene)


def test_a_server_without_a_free_slot_says_so(seen: Seen) -> None:
    """The page has its words, lets go of the microphone, and can call again."""

    async def scene(console: PhoneConsole) -> None:
        await console.open()
        await console.say("rows", rows(max_calls=0))
        await shows(console.page, "All 0 slots are taken: the agent is busy.", PHONE)
        await console.say("rows", rows(draining=True))
        await shows(console.page, "The server is ending: it takes no new calls.", PHONE)
        console.busy = {"error": "No slot is free.", "advice": "Try again in a minute."}
        await console.page.click("button.go")
        await shows(console.page, "No slot is free.", f"{PHONE} .notice.bad")
        await shows(console.page, "Try again in a minute.", f"{PHONE} .notice.bad")
        console.busy = None
        await console.dial()

    seen(scene)


def test_a_microphone_that_is_refused_is_told_of() -> None:
    """No call is placed."""

    async def scene(console: PhoneConsole) -> None:
        await console.open()
        await console.page.until("document.querySelector('button.go')")
        await console.page.click("button.go")
        await shows(console.page, "may not use the microphone", f"{PHONE} .notice.bad")
        assert not console.heard and not console.page.complaints

    with seeing("--use-fake-ui-for-media-stream=deny") as seen:
        seen(scene)


def test_the_choices_are_kept(seen: Seen) -> None:
    """The agent, and the way of hearing; an agent that is gone is the first one again."""

    async def scene(console: PhoneConsole) -> None:
        page = console.page
        console.agents = [console.agent("demo"), console.agent("other", log_words=False)]
        await console.open()
        await page.until("document.querySelector('select[name=agent]')")
        await page.evaluate("void document.querySelector('select[name=agent]').focus()")
        await page.press("o", "o")
        await page.click("input[value=raw]")
        await shows(page, "Call other", "button.go")
        await shows(page, "This config shows no words")
        await page.send("Page.reload")
        await shows(page, "Call other", "button.go")
        assert await page.evaluate("document.querySelector('[name=way]:checked').value") == "raw"
        console.agents = [console.agent("demo")]
        await page.send("Page.reload")
        await shows(page, "Call demo", "button.go")

    seen(scene)


def test_a_config_that_shows_no_words(seen: Seen) -> None:
    """The page says so; the times are there."""

    async def scene(console: PhoneConsole) -> None:
        await console.open()
        await console.dial()
        hidden = [{**it, "frame": {**it["frame"], "text": ""}} if "text" in it["frame"] else it for it in SAID]
        await console.say("call", snapshot(*hidden, words=False))
        await shows(console.page, "log_words: false")
        await console.page.until("document.querySelector('.falls [role=img]')")

    seen(scene)


def test_leaving_the_page_hangs_up(seen: Seen) -> None:
    """The line ends as a caller ends it, and a call without a record has no report."""

    async def scene(console: PhoneConsole) -> None:
        console.kept = False
        await console.open()
        await console.dial()
        await console.page.click("nav a[href='#/calls']")
        await console.until(lambda: console.of("stop"))

    seen(scene)


def test_events_that_were_dropped_are_told_of(seen: Seen) -> None:
    """And that the words pause while the feed is interrupted; the story begins anew with the next snapshot."""

    async def scene(console: PhoneConsole) -> None:
        await console.open()
        await console.dial()
        await console.say("call", snapshot(*SAID))
        await console.say("lost", {"count": 3})
        await shows(console.page, "3 events of this call did not come")
        console.unwilling = "too many"
        await console.cut()
        await shows(console.page, "The call goes on without its words")
        console.unwilling = ""
        await console.until(lambda: console.open_feeds == 1)
        await console.say("call", snapshot(*SAID[:1]))
        await shows(console.page, "Nothing has been said yet.")

    seen(scene)
