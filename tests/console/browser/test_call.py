"""A whole call from the browser: a microphone's sound to a served agent, and its answers to the loudspeaker."""

from __future__ import annotations

import asyncio
import json
import wave
from pathlib import Path
from typing import Any

from pipeline import audio
from pipeline.records import wav
from pipeline.records.reader import Recording
from tests.kit.browser import Page, browsing
from tests.kit.outside import ROOT, launched
from tests.kit.taped import likeness, pcm, pieces, tape, taped

CONFIG = """
name: flats
extends: {demo}
set: {{greeting.after: 30s}}
record: {{folder: {folder}}}
"""
CALL = """(async () => {
    const {Line} = await import("/static/phone/line.js");
    const {post} = await import("/static/api.js");
    await post("/api/session", {token: %s});
    window.warnings = [];
    window.line = new Line({
        closed: (it) => { window.ended = it; }, warning: (it) => warnings.push(it),
        levels: ({microphone}) => { window.loudest = Math.max(window.loudest ?? 0, microphone); },
    });
    await line.prepare({way: "headset"});
    const answer = await post("/api/calls", {agent: "flats"});
    line.dial(answer);
    return answer.call_sid;
})()"""


def microphone(file: Path) -> Path:
    """Write the caller's part: an answer, an interruption of the reply to it, and goodbye; then a long silence.

    The browser plays it from the moment that the microphone opens, and the call begins a little later.
    """
    recorded = [audio.read_wav(ROOT / f"configs/demo/{name}.wav") for name in ("rooms", "wait", "bye")]
    parts = zip((2.0, 2.2, 5.0), recorded, strict=True)  # seconds of silence before each
    sound = b"".join(bytes(2 * round(silence * audio.RATE)) + said for silence, said in parts)
    with wave.open(str(file), "wb") as out:
        out.setparams((1, 2, audio.RATE, 0, "NONE", ""))
        out.writeframes(sound + bytes(2 * 6 * audio.RATE))
    return file


async def called(page: Page, token: str) -> tuple[str, dict[str, Any]]:
    """Place the call, and return its sid and its end as the page was told."""
    await tape(page)
    sid = await page.evaluate(CALL % json.dumps(token))
    return sid, await page.until("window.ended", within=40)


def test_a_call_from_the_browser(tmp_path: Path) -> None:
    """Two answers of which one interrupts, and goodbye; and the page has played what the record says was heard."""
    config, calls = tmp_path / "flats.yaml", tmp_path / "calls"
    config.write_text(CONFIG.format(demo=ROOT / "configs/demo.yaml", folder=calls), encoding="utf-8")
    serve = ("run.py", "serve", str(config), "--allow", str(ROOT), "--port", "0", "--admin", "0", "--console", "0")

    async def scene() -> None:
        async with launched(*serve) as server, browsing(microphone=microphone(tmp_path / "caller.wav")) as browser:
            await server.says("READY")
            console, token = (await server.says(r"CONSOLE (http\S+)/#k=(\S+)")).groups()
            page = await browser.page(f"{console}/static/vendor/manifest.json")  # none of the console's own pages
            sid, ended = await called(page, token)
            assert (ended["code"], ended["text"]) == (1000, "The agent has hung up.")
            record = Path((await server.says(rf"CALL_ENDED .*record=(\S+{sid})"))[1])
            played = await taped(page)
            assert await page.evaluate("warnings") == page.complaints == []
            server.process.terminate()
            await server.process.wait()  # the record is complete
        judge(Recording.load(record))
        heard = pieces(pcm(audio.decode(wav.read(record / "audio.wav").agent)))
        assert len(heard) == 3 and min(likeness(it, played) for it in heard) > 0.9

    asyncio.run(asyncio.wait_for(scene(), 120))


def judge(record: Recording) -> None:
    """The record has the caller's words, one interruption, and goodbye as its cause."""
    heard = [it.frame["text"] for it in record.events if it.what == "Transcript" and it.frame["final"]]
    assert heard == ["three rooms please", "no wait four rooms", "thank you goodbye"]
    (interrupt,) = [it for it in record.events if it.what == "Interrupt" and it.frame["heard"]]
    assert "Three rooms. In which city would you like to live?".startswith(interrupt.frame["heard"])
    assert record.events[-1].content["cause"] == "goodbye" and not record.cut
    assert (record.about.caller, record.about.called) == ("browser", "")
