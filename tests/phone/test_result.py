"""What a placed call measured."""

from __future__ import annotations

import wave
from pathlib import Path
from typing import Any

from aiohttp import web

from pipeline import audio
from pipeline.phone.phone import place_call
from pipeline.phone.script import InterruptAfter, WaitAudio, WaitReply
from pipeline.twilio.messages import Outbound
from tests.kit.alone import run
from tests.kit.answering import MEDIA, SPEECH, WORDS, Agent, echo, loud, out, say, when


def test_a_conversation_is_heard_and_measured(tmp_path: Path) -> None:
    """The answer's gap, its mark, and both voices in true time."""

    async def main() -> None:
        async with Agent(echo).serve() as agent:
            result = await place_call(f"ws://{agent.url}{MEDIA}", [WORDS, WaitReply(5)])
            await agent.ended.wait()
        turn = result.turns[0]
        assert result.ok and result.rx == 1 and turn.words == "words"
        assert turn.started <= turn.ended < turn.audio == result.replies[0] and turn.gap > 0
        assert [name for _, name in result.marks] == [agent.of("mark")[0]["mark"]["name"]] == ["said"]
        assert result.marks[0][0] >= turn.audio + 0.06
        assert result.barge_ins == () and result.underruns == ()
        assert result.agent_track.strip(b"\0") in audio.decode(SPEECH * 3)
        result.write_wav(tmp_path / "call.wav")
        with wave.open(str(tmp_path / "call.wav")) as file:
            assert file.getnchannels() == 2 and file.getframerate() == 8000

    run(main())


def test_a_barge_in_is_measured() -> None:
    """From the caller's first and third voiced frame to the agent's `clear`, which gives back every mark."""

    heard = []

    async def talk(ws: web.WebSocketResponse, messages: list[dict[str, Any]]) -> None:
        to = Outbound(messages[-1].get("streamSid", ""))
        heard.extend(loud(messages[-1:]))
        if len(heard) == 1:
            await say(ws, to.media(SPEECH * 500), to.mark("a"), to.mark("b"))
        elif heard[-3:] == [True] * 3 and sum(heard) == 3:
            await say(ws, to.clear)
        elif heard[-2:] == [True, False]:
            await say(ws, to.media(SPEECH))

    async def main() -> None:
        async with Agent(talk).serve() as agent:
            result = await place_call(f"ws://{agent.url}{MEDIA}", [InterruptAfter(0.1, WORDS), WaitAudio(5)])
            await agent.ended.wait()
        barge_in = result.barge_ins[0]
        assert barge_in.first <= barge_in.third <= barge_in.clear
        assert barge_in.stopped >= barge_in.reaction >= 0
        assert [name for _, name in result.marks] == ["a", "b"] and len(agent.of("mark")) == 2
        assert result.ok and result.clears[0][1] > 5

    run(main())


def test_what_twilio_warns_of_fails_the_call_and_does_not_end_it() -> None:
    """Each warning is told as it happens, and counted."""
    events = []

    async def wrong(ws: web.WebSocketResponse, messages: list[dict[str, Any]]) -> None:
        await ws.send_bytes(out(messages).clear)
        await ws.send_str('{"event":"clear"}')
        await say(ws, out(messages).media(SPEECH))

    async def main() -> None:
        async with Agent(when("media", 1, wrong)).serve() as agent:
            url = f"ws://{agent.url}{MEDIA}"
            result = await place_call(url, [WaitAudio(5)], on_event=lambda at, what, told: events.append((what, told)))
        assert not result.ok and result.error.startswith("Twilio 31950") and result.rx == 1
        assert [warning.code for warning in result.warnings] == [31950, 31951]
        assert [told["code"] for what, told in events if what == "warning"] == [31950, 31951]
        assert [what for what, _ in events][:2] == ["start", "step"]

    run(main())
