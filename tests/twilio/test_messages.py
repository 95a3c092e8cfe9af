from __future__ import annotations

import json
from base64 import b64decode
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.twilio import messages
from pipeline.twilio.messages import Outbound, Refused, parse
from pipeline.twilio.playback import Playback

SID = "MZ" + "a" * 32


def test_a_start_is_read_as_twilio_documents_it() -> None:
    """Every field that Kav uses, from Twilio's own example."""
    data = b"""{"event":"start","sequenceNumber":"1","start":{"accountSid":"AC1","streamSid":"MZ1","callSid":"CA1",
        "tracks":["inbound"],"mediaFormat":{"encoding":"audio/x-mulaw","sampleRate":8000,"channels":1},
        "customParameters":{"FirstName":"Jane"}},"streamSid":"MZ1"}"""
    start = parse(data).start
    assert start == messages.Start("MZ1", "CA1", "AC1", ["inbound"], messages.MediaFormat(), {"FirstName": "Jane"})


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b'{"event":"connected","protocol":"Call","version":"1.0.0"}', None),
        (b'{"event":"media","streamSid":"MZ1","media":{"track":"inbound","chunk":"2","timestamp":"5","payload":"//8="}}',
         messages.Chunk(b"\xff\xff", "inbound", "2", "5")),
        (b'{"event":"dtmf","streamSid":"MZ1","dtmf":{"track":"inbound_track","digit":"1"}}', messages.Digit("1")),
        (b'{"event":"mark","streamSid":"MZ1","mark":{"name":"my label"}}', messages.Named("my label")),
        (b'{"event":"stop","streamSid":"MZ1","stop":{"accountSid":"AC1","callSid":"CA1"}}', None),
    ],
    ids=["connected", "media", "dtmf", "mark", "stop"],
)  # fmt: skip
def test_each_event_is_read(data: bytes, what: Any) -> None:
    """Its body is in the field of its name."""
    message = parse(data)
    assert getattr(message, message.event, None) == what


@given(st.binary(max_size=2000))
def test_a_payload_survives_the_line(payload: bytes) -> None:
    """What one side sends the other gets."""
    sent = json.loads(Outbound(SID).media(payload))
    assert b64decode(sent["media"]["payload"]) == payload
    assert parse(json.dumps(sent).encode()).media.payload == payload


@given(st.text(max_size=40), st.text(max_size=40))
def test_any_name_and_sid_make_json(sid: str, name: str) -> None:
    """Quotes, control characters, any letter at all."""
    out = Outbound(sid)
    assert json.loads(out.mark(name)) == {"event": "mark", "streamSid": sid, "mark": {"name": name}}
    assert json.loads(out.clear) == {"event": "clear", "streamSid": sid}


def test_twilio_would_not_complain() -> None:
    """A strict reading of each message finds no field too many and none too few."""
    out, twilio = Outbound(SID), Playback(SID)
    for message in (out.media(b"\xff" * 160), out.mark("1.1"), out.clear):
        twilio.feed(message, 0.0)
    assert twilio.media == 1 and twilio.due(0.0) == ["1.1"]


@given(st.binary(max_size=300) | st.text(max_size=300).map(lambda text: text.encode("utf-8", "surrogatepass")))
def test_what_cannot_be_read_is_refused_for_one_of_three_reasons(data: bytes) -> None:
    """Whatever it is, nothing else is raised."""
    with pytest.raises(Refused) as refused:
        parse(data)
    assert refused.value.reason in ("json", "event", "field")


@given(
    st.fixed_dictionaries(
        {"event": st.sampled_from(sorted(messages.EVENTS)) | st.text(max_size=9)},
        optional={
            key: st.none()
            | st.integers()
            | st.text(max_size=5)
            | st.dictionaries(st.text(max_size=5), st.text(max_size=5))
            for key in ("media", "start", "dtmf", "mark", "streamSid")
        },
    )
)
def test_what_is_read_has_what_its_event_needs(message: dict[str, Any]) -> None:
    """A message that passes has the body of its event."""
    try:
        found = parse(json.dumps(message).encode())
    except Refused as refused:
        assert refused.reason in ("event", "field")
    else:
        assert found.event in messages.EVENTS
        assert found.event in ("connected", "stop") or getattr(found, found.event) is not None


def test_a_refusal_says_what_was_wrong() -> None:
    """Reason first, detail after it; an unknown event is quoted in part."""
    with pytest.raises(Refused, match=r"^field: `mark` has no `mark`$"):
        parse(b'{"event":"mark"}')
    with pytest.raises(Refused) as refused:
        parse(msgspec.json.encode({"event": "x" * 5000}))
    assert str(refused.value) == "event: " + "x" * 40


@pytest.mark.parametrize("sid", ["CA" + "0" * 32, "CA" + "a1" * 16])
def test_a_callsid_looks_like_one(sid: str) -> None:
    """And nothing that could be a path does."""
    assert messages.CALL_SID.fullmatch(sid)
    assert not messages.CALL_SID.fullmatch(sid[:-1]) and not messages.CALL_SID.fullmatch(sid + "\n")
    assert not messages.CALL_SID.fullmatch("../" + sid) and not messages.STREAM_SID.fullmatch(sid)
