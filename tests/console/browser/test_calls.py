"""The calls page: all calls under way, and one of them live, drawn from the feed alone."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from pipeline import audio
from pipeline.vocabulary import Cause
from tests.kit.fed_console import NOW, SID, FedConsole, fed_console, row, rows, snapshot

TEXT = "document.querySelector('main').innerText"
ROWS = "Array.from(document.querySelectorAll('table.calls tbody tr'), (it) => it.cells[1].innerText)"
CHOOSE = """((it) => {
    it.value = %s;
    it.dispatchEvent(new Event("change"));
})(document.querySelector("%s"))"""
HOSTILE = (
    "<img src=x onerror=\"document.title='gone'\">",
    "<script>document.title='gone'</script>",
    "\u202eagent \u2067 evil",
    "{{constructor.constructor('return 1')()}} ${document.title='gone'} </p></li></ol>",
    "x" * 10_000,
    "א" * 10_000,
)


def shown(scene: Callable[[FedConsole], Awaitable[None]]) -> None:
    """Run a scene in a browser; in its end the page has no complaint, of its policy or otherwise."""

    async def run() -> None:
        async with fed_console() as console:
            await scene(console)
            assert console.page.complaints == []

    asyncio.run(asyncio.wait_for(run(), 120))


def sid(number: int) -> str:
    """The SID of a call."""
    return f"CA{number:032x}"


def frame(at: float, what: str, place: int | None = None, /, **fields: Any) -> dict[str, Any]:
    """A frame as the feed has it."""
    return {"at": at, "what": what, "frame": fields, "step": "Step" if place is not None else "", "place": place}


def spoken(turn: int, text: str, at: float) -> list[dict[str, Any]]:
    """A turn of the caller, and the first sound of its answer 0.7 s after the caller's last word."""
    return [
        frame(at, "SpeechStarted", 1, turn=turn, at=at, pcm=0.1),
        frame(at + 1.5, "SpeechStopped", 1, turn=turn, at=at + 1.5),
        frame(at + 1.5, "Utterance", 1, turn=turn, pcm=1.5, started=at, ended=at + 1, voiced=1.0),
        frame(at + 1.6, "Transcript", 2, turn=turn, text=text, final=True, language="he-IL", confidence=0.9),
        frame(at + 1.6, "ReplyText", 3, turn=turn, text=f"Answer {turn} is long."),
        frame(at + 1.7, "AgentSpeaking", 4, on=True, heard=""),
    ]


# ---- the overview ---------------------------------------------------------------------------------------------------


def test_calls_under_way_are_rows() -> None:
    """Each with its parties, agent, state, figures and a way to it; above, the state of the server."""

    async def scene(console: FedConsole) -> None:
        page = console.page
        await console.open()
        await console.say("rows", rows())
        await page.until(f"{TEXT}.includes('No call is under way')")
        providers = [{"agent": "demo", "provider": "llm.openai", "state": "open", "left": 7.2}]
        quotas = [{"name": "asr.google", "limit": "sessions", "used": 0.83}]
        told = rows(
            row(sid(1), faults=2),
            row(sid(2), agent="office", state="THINKING", started=NOW - 75, gap=None),
            providers=providers, quotas=quotas, draining=True, blocked=0.004, refused=3,
        )  # fmt: skip
        await console.say("rows", told)
        await page.until(f"{ROWS}.length === 2")
        text = await page.evaluate(TEXT)
        for words in (
            "2 of 50",
            "open, 8 s left",
            "asr.google sessions",
            "83 %",
            "draining",
            "4 ms",
            "+972500000001 → +97230000001",
            "700 ms",
        ):
            assert words in text
        cells = "Array.from(document.querySelector('table.calls tbody tr:nth-child(2)').cells, (it) => it.innerText)"
        assert (await page.evaluate(cells))[2:8] == ["office", "thinking", "1", "–", "0", "0"]
        assert await page.evaluate("document.querySelectorAll('table.calls svg.strip rect').length") == 6
        await page.click(f'a[href="#/calls/{sid(2)}"]')
        await console.until(lambda: console.feeds[-1] == f"/api/feed?call={sid(2)}")

    shown(scene)


def test_rows_are_sorted_and_filtered_and_keep_their_places() -> None:
    """By any column; by agent, state, faults and words; a row under the focus stays under it."""

    async def scene(console: FedConsole) -> None:
        page = console.page
        await console.open()
        calls = [
            row(sid(3), caller="+3", started=NOW - 30, turns=2, agent="a"),
            row(sid(1), caller="+1", started=NOW - 10, turns=7, agent="a", faults=1),
            row(sid(2), caller="+2", started=NOW - 20, turns=7, agent="b", state="THINKING"),
        ]
        order = f"{ROWS}.map((it) => it[1]).join('')"
        await console.say("rows", rows(*calls))
        await page.until(f"{order} === '123'")
        await page.evaluate(f"document.querySelector('a[href=\"#/calls/{sid(2)}\"]').focus()")
        await console.say("rows", rows(row(sid(9), caller="+9", started=NOW), *calls[::-1]))
        await page.until(f"{order} === '9123'")
        assert await page.evaluate("document.activeElement.hash") == f"#/calls/{sid(2)}"
        await console.say("rows", rows(*calls))
        await page.until(f"{order} === '123'")
        await page.click("th:nth-child(5) button")
        await page.until(f"{order} === '312'")
        await page.click("th:nth-child(5) button")
        await page.until(f"{order} === '123' && document.querySelector('[aria-sort=descending]')")
        await page.click("th:nth-child(1) button")
        for select, chosen, left in ((1, "a", "13"), (2, "THINKING", "2")):
            choose = CHOOSE % ("%s", f"label:nth-of-type({select}) select")
            await page.evaluate(choose % json.dumps(chosen))
            await page.until(f"{order} === '{left}'")
            await page.evaluate(choose % "''")
        await page.click("input[type=checkbox]")
        await page.until(f"{order} === '1'")
        await page.click("input[type=checkbox]")
        await page.click("input[type=search]")
        await page.write("+2 thinking")
        await page.until(f"{order} === '2'")

    shown(scene)


# ---- one call -------------------------------------------------------------------------------------------------------


def test_a_call_is_followed_while_it_goes_on() -> None:
    """From its middle: words, interim ones pale, the interruption with what was unheard, bars, lit steps, the end."""

    async def scene(console: FedConsole) -> None:
        page = console.page
        await console.open(SID)
        start = frame(0.0, "CallStarted", 0, call_sid=SID, stream_sid="MZ", parameters={})
        await console.say("call", snapshot(start, *spoken(1, "שלום", 1.0), at=3.0))
        await page.until(f"{TEXT}.includes('שלום') && {TEXT}.includes('700 ms')")
        assert await page.evaluate("document.querySelectorAll('.step.lit').length") == 0  # nothing happens now
        cut = frame(3.5, "Interrupt", 4, turn=1, heard="Answer 1", heard_seconds=0.4)
        await console.say("events", [frame(3.4, "SpeechStarted", 3, turn=2, at=3.3, pcm=0.1), cut])
        await page.until("document.querySelector('.step.lit[data-place=\"4\"]')")
        assert not await page.evaluate("document.querySelector('.step.lit[data-place=\"1\"]')")  # the other `dedup`
        await page.until("document.querySelector('.transcript del')?.innerText === 'is long.'")
        await page.until("!document.querySelector('.step.lit')")
        await console.say("events", [frame(3.8, "Transcript", 2, turn=2, text="wait", final=False)])
        await page.until("document.querySelector('.transcript .pale')?.innerText === 'wait'")
        await console.say("events", [{"at": 3.9, "what": "fault", "step": "Pacer (line 9)", "error": "KeyError"}])
        await page.until("document.querySelector('.step.faulty[data-place=\"4\"]')?.innerText.includes('1 fault')")
        await console.say(
            "rows", rows(row(), providers=[{"agent": "demo", "provider": "asr.script", "state": "open", "left": 3}])
        )
        await page.until("document.querySelector('[data-place=\"2\"]').innerText.includes('breaker open, 3 s left')")
        await console.say("lost", {"count": 12})
        await page.until(f"{TEXT}.includes('12 events did not reach this page')")
        await console.say("over", {"at": 4.0, "cause": "goodbye"})
        await page.until(f"{TEXT}.includes('the agent said goodbye')")
        assert await page.evaluate(f"document.querySelector('a[href=\"/reports/{SID}\"]') !== null")
        assert not await page.evaluate("document.querySelector('.controls')")
        await console.say("over", {"at": None, "cause": ""})  # of a feed that was opened again
        await console.say("lost", {"count": 1})
        await page.until(f"{TEXT}.includes('At least 13 events')")
        assert "the agent said goodbye" in await page.evaluate(TEXT)

    shown(scene)


def test_the_clock_is_never_behind_what_has_happened() -> None:
    """A snapshot that came late sets it too low; sound and events that come after set it right."""

    async def scene(console: FedConsole) -> None:
        clock = "document.querySelector('.facts .n').innerText"
        await console.open(SID)
        await console.say("call", snapshot(at=1.0))
        await console.say("levels", {"way": "out", "at": 500.0, "peaks": [9]})  # is ahead of the present
        await console.say("levels", {"way": "in", "at": 64.9, "peaks": [9] * 6})
        await console.page.until(f"{clock} === '1:05'")
        await console.say("events", [frame(130.0, "Dtmf", 0, digit="5")])
        await console.page.until(f"{clock} === '2:10'")

    shown(scene)


def test_an_interrupted_feed_begins_again_with_the_whole_call() -> None:
    """The second snapshot takes the place of the first: nothing is there twice."""

    async def scene(console: FedConsole) -> None:
        await console.open(SID)
        for _ in range(2):
            await console.say("call", snapshot(*spoken(1, "hello", 1.0), at=3.0, cut=5))
        await console.page.until(f"{TEXT}.includes('hello')")
        await console.page.until("document.querySelectorAll('.transcript li').length === 2")
        assert await console.page.evaluate("document.querySelectorAll('table.events tbody tr').length") == 6
        assert "5 older events" in await console.page.evaluate(TEXT)

    shown(scene)


def test_a_call_that_is_not_under_way_leads_to_its_report() -> None:
    """An old address, or one that was made up."""

    async def scene(console: FedConsole) -> None:
        await console.open(SID)
        await console.say("rows", rows(row(sid(1))))
        await console.page.until(f"{TEXT}.includes('This call is not under way')")
        assert await console.page.evaluate(f"document.querySelector('a[href=\"/reports/{SID}\"]') !== null")

    shown(scene)


def test_a_config_without_words_shows_none() -> None:
    """It says why."""

    async def scene(console: FedConsole) -> None:
        await console.open(SID)
        await console.say("call", snapshot(*spoken(1, "", 1.0), at=3.0, words=False))
        await console.page.until(f"{TEXT}.includes('log_words: false')")
        assert "Answer" not in await console.page.evaluate("document.querySelector('.said').innerText")

    shown(scene)


def test_the_operator_interrupts_and_hangs_up() -> None:
    """Hanging up takes two presses, by mouse or keyboard; a refusal is shown in the server's words."""

    async def scene(console: FedConsole) -> None:
        page = console.page
        await console.open(SID)
        await console.say("call", snapshot(at=1.0))
        await page.until("document.querySelector('.controls')")
        await page.click(".controls button:nth-child(1)")
        await console.until(lambda: console.asked == [f"/api/calls/{SID}/interrupt"])
        await page.click(".controls button:nth-child(2)")
        await page.until("document.querySelector('.danger').innerText.includes('again')")
        await page.press("Enter", "\r")  # the focus is on it
        await console.until(lambda: console.asked[1:] == [f"/api/calls/{SID}/hangup"])
        await page.until("document.querySelector('.danger').innerText === 'Hang up'")
        console.refusal = "The call is not under way."
        await page.click(".controls button:nth-child(1)")
        await page.until(f"{TEXT}.includes('The call is not under way.')")
        page.complaints[:] = [it for it in page.complaints if "404" not in it]  # the browser itself notes the status

    shown(scene)


def test_the_operator_listens() -> None:
    """Both ways are played until the button is pressed again; an end by the server is shown in its words."""

    async def scene(console: FedConsole) -> None:
        page, button = console.page, ".controls button:nth-child(3)"
        await console.open(SID)
        await console.say("call", snapshot(at=1.0))
        await page.until("document.querySelector('.controls')")
        # on, and off before the sound is open, and on: in one go, as a busy machine would open it in between
        await page.evaluate(f"[1, 2, 3].forEach(() => document.querySelector({button!r}).click())")
        await console.until(lambda: len(console.listeners) == 1)
        for message in (
            b"\0" + audio.encode(audio.tone(0.02)),
            b"\1" + audio.encode(audio.tone(0.3)),
            b"\2",
            b"\7",
            b"",
        ):
            await console.listeners[0].send_bytes(message)
        await page.click(button)
        await console.until(lambda: console.ended == [1000])
        await page.click(button)
        await console.until(lambda: len(console.listeners) == 2)
        await console.listeners[1].close(code=1013, message=b"another listener has taken over")
        await page.until(f"{TEXT}.includes('another listener has taken over')")
        await page.click(button)
        await console.until(lambda: len(console.listeners) == 3)
        await page.evaluate("location.hash = '#/calls'")
        await console.until(lambda: console.ended[2:] == [1000])

    shown(scene)


def test_events_are_filtered_paused_and_opened() -> None:
    """By class and step; one of them with all its fields; a bounded number of them, which is said."""

    async def scene(console: FedConsole) -> None:
        page = console.page
        count = "document.querySelectorAll('table.events tbody tr').length"
        await console.open(SID)
        await console.say("call", snapshot(*spoken(1, "hello", 1.0), at=3.0))
        await page.until(f"{count} === 6")
        await page.evaluate(CHOOSE % ("'Transcript'", ".happens label:nth-of-type(1) select"))
        await page.until(f"{count} === 1")
        await page.until("document.querySelector('table.events button')")
        await page.click("table.events button")
        await page.until("document.querySelector('.details').innerText.includes('confidence')")
        await page.evaluate(CHOOSE % ("''", ".happens label:nth-of-type(1) select"))
        await page.evaluate(CHOOSE % ("'1 Step'", ".happens label:nth-of-type(2) select"))
        await page.until(f"{count} === 3")
        await page.evaluate(CHOOSE % ("''", ".happens label:nth-of-type(2) select"))
        await page.click(".happens input[type=checkbox]")
        await page.until(f"{count} === 0")
        await page.click(".happens input[type=checkbox]")
        await page.until(f"{count} === 6")
        await page.click(".happens .filters button")
        await console.say("events", [frame(4.0, "Dtmf", 0, digit=str(it % 10)) for it in range(5000)])
        await page.until("document.querySelector('[data-place=\"0\"]').innerText.includes('5,000')")
        assert await page.evaluate(count) == 6
        await page.click(".happens .filters button")
        await page.until(f"{count} === 60")
        assert "older ones are not kept" in await page.evaluate("document.querySelector('.happens').innerText")

    shown(scene)


# ---- hostile words, and many of them --------------------------------------------------------------------------------


@pytest.mark.fault("I-4")
def test_hostile_words_stay_words() -> None:
    """In every place that shows a caller's, a model's or a config's words: nothing runs, nothing leaves its place."""

    async def scene(console: FedConsole) -> None:
        page = console.page
        await page.screen(390, 800)
        wide = "document.documentElement.scrollWidth - innerWidth"
        await console.open()
        calls = [
            row(sid(place), caller=it, called=it, agent=it, state=it, cause=it) for place, it in enumerate(HOSTILE)
        ]
        providers = [{"agent": it, "provider": it, "state": it, "left": None} for it in HOSTILE]
        quotas = [{"name": it, "limit": it, "used": 0.5} for it in HOSTILE]
        await console.say("rows", rows(*calls, providers=providers, quotas=quotas))
        await page.until(f"{ROWS}.length === {len(HOSTILE)}")
        assert await page.evaluate(wide) == 0
        await console.open(SID)
        steps = [{"place": place, "word": it, "class": it} for place, it in enumerate(HOSTILE)]
        parties = {"agent": HOSTILE[0], "caller": HOSTILE[1], "called": HOSTILE[4], "language": HOSTILE[2]}
        await console.say("call", snapshot(at=1.0, **parties, steps=steps, state=HOSTILE[0]))
        await page.until(f"{TEXT}.includes('<img')")
        for turn, words in enumerate(HOSTILE):
            await console.say("events", _hostile(turn + 1, words))
        await page.until("document.querySelectorAll('.transcript li').length >= 12")
        await page.until("document.querySelector('table.events button')")
        await page.click("table.events button")
        await page.until("document.querySelector('.details')")
        assert await page.evaluate(wide) == 0
        await console.say("over", {"at": 30.0, "cause": HOSTILE[0]})
        await page.until("document.querySelector('.over').innerText.includes('<img')")
        assert await page.evaluate("document.querySelectorAll('main img, main script, main iframe').length") == 0
        assert await page.evaluate("document.title") == "Calls · Kav"

    shown(scene)


def _hostile(turn: int, words: str) -> list[dict[str, Any]]:
    at = 4.0 * turn
    return [
        frame(at - 0.5, "Transcript", 2, turn=turn, text=words, final=False),
        *spoken(turn, words, at),
        frame(at + 1.7, "ReplyText", 3, turn=turn, text=words),
        frame(at + 2.0, "Interrupt", 4, turn=turn, heard=words[:9], heard_seconds=0.1),
        frame(at + 2.1, "TurnDropped", 1, turn=turn + 100, reason=words),
        {"at": at + 2.2, "what": "fault", "step": words, "error": words},
        {"at": at + 2.2, "what": words, words: words, "step": words},
        {"at": at + 2.3, "what": "state", "was": words, "now": words},
        {"at": at + 2.3, "what": "tts_unspoken", "text": {"<b>": [words]}},
    ]


def test_a_hundred_calls_and_a_fast_one_keep_the_page_small() -> None:
    """However many events come, the page holds as many nodes as before, and draws no more often than it is seen."""

    async def scene(console: FedConsole) -> None:
        page = console.page
        await console.open()
        many = [row(sid(place), turns=place) for place in range(100)]
        await console.say("rows", rows(*many))
        await page.until(f"{ROWS}.length === 100")
        nodes = "document.querySelectorAll('*').length"
        before = await page.evaluate(nodes)
        for second in range(20):
            await console.say("rows", rows(*many[second % 3 :], *many[: second % 3], now=NOW + second))
        await page.until("document.querySelector('tbody td').innerText === '0:29'")
        assert await page.evaluate(nodes) == before
        await console.open(SID)
        await console.say("call", snapshot(at=1.0))
        sizes = []
        for burst in range(1, 11):
            await console.say("events", _many(burst))
            await page.until(f"document.querySelector('[data-place=\"3\"]').innerText.includes('{500 * burst:,}')")
            await page.until("document.querySelectorAll('table.events tbody tr').length === 60")
            sizes.append(await page.evaluate(nodes))
        assert len(set(sizes)) == 1

    shown(scene)


def _many(at: float) -> list[dict[str, Any]]:
    of = {"turn": 1, "pcm": 0.1, "text": "x", "last": False}
    return [frame(at, "AudioOut", place, **of) for place in (1, 3) for _ in range(500)]


# ---- words ----------------------------------------------------------------------------------------------------------


def test_every_cause_has_words() -> None:
    """The page explains all causes that a call can end with."""

    async def scene(console: FedConsole) -> None:
        known = await console.page.evaluate(
            'import("/static/words.js").then(({causes}) => causes().map(([name]) => name))'
        )
        assert set(Cause) <= set(known)

    shown(scene)
