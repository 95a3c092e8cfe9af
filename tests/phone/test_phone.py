from __future__ import annotations

from pipeline.phone.phone import place_call
from pipeline.phone.script import Dtmf, Wait
from tests.kit.alone import run
from tests.kit.answering import MEDIA, Agent


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
