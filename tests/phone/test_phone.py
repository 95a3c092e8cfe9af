from __future__ import annotations

import wave
from pathlib import Path
from typing import Any

from aiohttp import web
from twilio.request_validator import RequestValidator

from pipeline import audio
from pipeline.phone.phone import place_call
from pipeline.phone.script import Dtmf, InterruptAfter, Wait, WaitAudio, WaitReply
from pipeline.twilio.messages import Outbound
from tests.kit.alone import run
from tests.kit.answering import ACTION, MEDIA, SPEECH, STATUS, WEBHOOK, WORDS, Agent, echo, loud, out, say, when

TOKEN = "0123456789abcdef"


def test_the_socket_is_opened_and_spoken_to_as_twilio_does() -> None:
    """No subprotocol, no extension, no origin; connected, start, media, dtmf, stop, every number a string."""

    async def main() -> None:
        async with Agent().serve() as agent:
            result = await place_call(f"ws://{agent.url}{MEDIA}", [Wait(0.04), Dtmf("5"), Wait(0.04)])
            await agent.ended.wait()
        request, _ = agent.requests[0]
        assert request.headers["User-Agent"] == "Twilio.TmeWs/1.0"
        assert not {"Sec-WebSocket-Protocol", "Sec-WebSocket-Extensions", "Origin"} & set(request.headers)
        connected, start, *rest, stop = agent.messages
        assert connected == {"event": "connected", "protocol": "Call", "version": "1.0.0"}
        assert start["start"]["mediaFormat"] == {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1}
        assert start["start"]["tracks"] == ["inbound"] and start["start"]["callSid"] == result.call_sid
        assert [message["event"] for message in rest] == ["media", "media", "dtmf", "media", "media", "media"]
        assert [message["sequenceNumber"] for message in (start, *rest, stop)] == [str(n) for n in range(1, 9)]
        assert [(media["media"]["chunk"], media["media"]["timestamp"]) for media in agent.of("media")[:2]] == [
            ("1", "0"),
            ("2", "20"),
        ]
        assert agent.of("dtmf")[0]["dtmf"] == {"track": "inbound_track", "digit": "5"}
        assert stop["event"] == "stop" and stop["stop"]["callSid"] == result.call_sid
        assert result.ok and result.ended_by == "caller" and result.tx == 5

    run(main())


def test_a_subprotocol_is_offered_when_told() -> None:
    """Some agents want `audio.twilio.com`, which Twilio does not offer."""

    async def main() -> None:
        async with Agent().serve() as agent:
            assert (await place_call(f"ws://{agent.url}{MEDIA}", [Wait(0.02)], subprotocol=True)).ok
        assert agent.requests[0][1] == "audio.twilio.com"

    run(main())


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


def test_the_webhook_is_asked_signed_and_obeyed() -> None:
    """Public URLs are signed, the loopback address is dialled, parameters come along, and `action` follows."""
    twiml = (
        f'<Response><Say>Hello</Say><Connect action="{ACTION}"><Stream url="wss://example.org{MEDIA}" '
        f'statusCallback="https://example.org{STATUS}"><Parameter name="call_sid" value="CA1"/></Stream></Connect>'
        "<Hangup/></Response>"
    )

    async def main() -> None:
        async with Agent(when("media", 3, lambda ws, messages: ws.close()), twiml).serve() as agent:
            url = "https://example.org"
            result = await place_call(url, [Wait(5)], token=TOKEN, connect_to=agent.url, caller="+9721", called="+9722")
        asked: dict[str, Any] = {}
        validator = RequestValidator(TOKEN)
        for request, form in agent.requests:
            public = ("wss" if request.path == MEDIA else "https") + "://example.org" + request.path
            assert validator.validate(public, form or {}, request.headers["X-Twilio-Signature"])
            asked.setdefault(request.path, []).append(form)
        form = asked[WEBHOOK][0]
        assert form["CallSid"] == result.call_sid and form["AccountSid"].startswith("AC")
        assert (form["From"], form["To"], form["CallStatus"]) == ("+9721", "+9722", "ringing")
        assert agent.of("start")[0]["start"]["customParameters"] == {"call_sid": "CA1"}
        assert {each["StreamEvent"] for each in asked[STATUS]} == {"stream-started", "stream-stopped"}
        assert asked[ACTION][0]["CallStatus"] == "in-progress"
        assert result.verbs == ("Say", "Connect", "Hangup", "Hangup")
        assert result.ok and result.ended_by == "agent" and result.close_code == 1000

    run(main())
