from __future__ import annotations

import json
from base64 import b64encode
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline import audio
from pipeline.frames import AudioIn, CallStarted, Clear, Dtmf, Frame, Hangup, MarkPlayed, WireMessage
from pipeline.testing import run
from processors.twilio_serializer import TwilioSerializer

SID = "MZ" + "a" * 32
REASONS = {"json", "event", "field", "stream", "second_start", "late", "lost", "digit", "digit_flood"}


def wire(serializer: TwilioSerializer) -> Any:
    """The wire of its call, which keeps what was done to it."""
    return serializer.call.wire


def message(event: str, sid: str = SID, **body: Any) -> WireMessage:
    return WireMessage(json.dumps({"event": event, "streamSid": sid, **body}).encode())


START = message("start", start={"streamSid": SID, "customParameters": {"lane": "7"}})


def media(number: int, payload: bytes = b"\x10" * 160, sid: str = SID) -> WireMessage:
    return message("media", sid, media={"chunk": str(number), "payload": b64encode(payload).decode()})


def level(number: int) -> bytes:
    """20 ms that say their own number."""
    return bytes([number]) * 160


def heard(*messages: float | WireMessage) -> tuple[TwilioSerializer, list[AudioIn]]:
    """The serializer after these messages, and the sound that it passed on."""
    serializer = TwilioSerializer()
    frames = run(serializer, [START, *messages])
    return serializer, [frame for frame in frames if isinstance(frame, AudioIn)]


def numbers(frames: list[AudioIn]) -> list[int]:
    """Which of the `level` payloads these are; 255 is silence."""
    return [audio.encode(frame.pcm)[0] for frame in frames]


def test_a_start_opens_the_call(log: list[str]) -> None:
    """`start` becomes CallStarted, with the TwiML's parameters."""
    [started] = run(TwilioSerializer(), [START])
    assert started == CallStarted("CA" + "0" * 32, SID, {"lane": "7"})
    assert log == [f"WS_START sid={SID} call_sid=CA{'0' * 32}"]


def test_media_becomes_sound_on_the_streams_own_clock() -> None:
    """Each 20 ms is one frame, stamped by how much was heard before it, whenever it came."""
    _, frames = heard(media(1, level(1)), 0.5, media(2, level(2)), media(3, level(3)))
    assert [frame.at for frame in frames] == [0.0, 0.02, 0.04]
    assert frames[0] == AudioIn(audio.decode(level(1)), 0.0, None)


@pytest.mark.fault("C15")
@pytest.mark.parametrize("size", [1, 80, 159, 160, 161, 480, 800])
def test_sound_comes_in_frames_of_20_ms_whatever_size_it_was_sent_in(size: int) -> None:
    """What is left of a message begins the next frame; not a sample is lost or doubled."""
    track = bytes(index % 251 for index in range(size * 7))
    _, frames = heard(*(media(index + 1, track[index * size : (index + 1) * size]) for index in range(7)))
    whole = len(track) // 160 * 160
    assert b"".join(frame.pcm for frame in frames) == audio.decode(track[:whole])
    assert {len(frame.pcm) for frame in frames} <= {320}


def test_the_fiftieth_media_message_is_logged(log: list[str]) -> None:
    """`WS_MEDIA … rx=50` says that sound flows, within a second of the start."""
    heard(*map(media, range(1, 50)))
    assert not any("WS_MEDIA" in line for line in log)
    log.clear()
    heard(*map(media, range(1, 51)))
    assert log[-1] == f"WS_MEDIA sid={SID} rx=50"


@pytest.mark.fault("C4")
def test_media_before_the_start_is_dropped_and_counted() -> None:
    """Sound of a stream that has not begun belongs to nobody (C4)."""
    serializer = TwilioSerializer()
    assert run(serializer, [media(1), media(2)]) == []
    assert serializer.call.refused == {"stream": 2} and serializer.call.rx == 0


@pytest.mark.fault("C5")
def test_a_second_start_is_refused_and_the_first_stream_goes_on() -> None:
    """Nobody takes over a running stream (C5)."""
    serializer, frames = heard(media(1), message("start", start={"streamSid": "MZ" + "b" * 32}), media(2))
    assert len(frames) == 2 and serializer.stream_sid == SID
    assert serializer.call.refused == {"second_start": 1} and wire(serializer).rejected == "1002 second start"


HOSTILE = {
    "nothing": (b"", "json"),
    "no JSON": (b"hello", "json"),
    "half of it": (b'{"event":"med', "json"),
    "two of it": (b'{"event":"stop"}{"event":"stop"}', "json"),
    "no UTF-8": (b'{"event":"\xff\xfe\xfd"}', "json"),
    "a byte order mark": (b'\xef\xbb\xbf{"event":"stop"}', "json"),
    "NaN": (b'{"event":NaN}', "json"),
    "30 000 brackets": (b"[" * 30_000 + b"]" * 30_000, "field"),
    "30 000 brackets inside": (b'{"x":' + b"[" * 30_000 + b"]" * 30_000 + b',"event":"stop"}', "json"),
    "a list": (b"[]", "field"),
    "a number": (b"12", "field"),
    "null": (b"null", "field"),
    "a lone surrogate": (b'{"event":"\\ud800"}', "json"),
    "no event": (b"{}", "field"),
    "an event that is a number": (b'{"event":1}', "field"),
    "an unknown event": (b'{"event":"' + b"x" * 5000 + b'"}', "event"),
    "media without media": (b'{"event":"media"}', "field"),
    "media that is null": (b'{"event":"media","media":null}', "field"),
    "media without payload": (b'{"event":"media","media":{}}', "field"),
    "a payload that is a number": (b'{"event":"media","media":{"payload":7}}', "field"),
    "a payload that is no base64": (b'{"event":"media","media":{"payload":"%%%%"}}', "field"),
    "a payload with bad padding": (b'{"event":"media","media":{"payload":"abc"}}', "field"),
    "a chunk that is a number": (b'{"event":"media","media":{"payload":"","chunk":1}}', "field"),
    "start without sid": (b'{"event":"start","start":{}}', "field"),
    "a mark without name": (b'{"event":"mark","mark":{}}', "field"),
    "dtmf without digit": (b'{"event":"dtmf","dtmf":{}}', "field"),
}


@pytest.mark.fault("C12", "C14", "C15")
@pytest.mark.parametrize(("data", "reason"), HOSTILE.values(), ids=HOSTILE.keys())
def test_what_is_not_twilios_is_counted_and_dropped(data: bytes, reason: str) -> None:
    """No message that was made up gets further than its reason (C12 to C15), and the call goes on."""
    serializer, frames = heard(WireMessage(data), media(1))
    assert len(frames) == 1 and serializer.call.faults == 0
    assert serializer.call.refused == {reason: 1}


@pytest.mark.fault("C12")
def test_a_5000_digit_number_is_nothing_special() -> None:
    """A number that no int would hold is in a field that nobody reads, or is refused."""
    serializer, frames = heard(WireMessage(b'{"event":"connected","version":' + b"9" * 5000 + b"}"), media(1))
    assert len(frames) == 1 and serializer.call.faults == 0


@pytest.mark.fault("C14")
def test_fields_that_nobody_knows_are_nobodys_business() -> None:
    """Twilio may add fields (C14)."""
    serializer, frames = heard(message("media", media={"payload": b64encode(level(1)).decode(), "hue": 1}, new=[]))
    assert len(frames) == 1 and not serializer.call.refused


@pytest.mark.parametrize(("bad", "limit", "code"), [(b"x", 20, 1007), (b"{}", 20, 1007), (b'{"event":"x"}', 100, 1008)])
def test_a_peer_that_breaks_the_protocol_is_closed(bad: bytes, limit: int, code: int) -> None:
    """One message short of the limit the socket stays, at the limit it goes."""
    serializer, _ = heard(*[WireMessage(bad)] * (limit - 1))
    assert not wire(serializer).rejected
    serializer, _ = heard(*[WireMessage(bad)] * limit)
    assert wire(serializer).rejected.startswith(str(code))


@pytest.mark.fault("C17")
def test_another_streams_messages_are_dropped() -> None:
    """Media, marks and keys of another streamSid count for nothing; ten of them close the socket (C17)."""
    other = "MZ" + "b" * 32
    strangers = [media(1, sid=other), message("mark", other, mark={"name": "1.1"})] * 4
    strangers += [message("dtmf", other, dtmf={"digit": "1"})]
    serializer = TwilioSerializer()
    assert len(run(serializer, [START, *strangers])) == 1
    assert serializer.call.refused == {"stream": 9} and not wire(serializer).rejected
    serializer, _ = heard(*strangers, strangers[0])
    assert wire(serializer).rejected.startswith("1008")


@pytest.mark.fault("C15")
def test_an_empty_payload_leaves_its_place_to_silence() -> None:
    """A message without sound is counted, and the clock does not lose its 20 ms (C15)."""
    serializer, frames = heard(media(1, level(1)), media(2, b""), *(media(n, level(n)) for n in (3, 4, 5)))
    assert numbers(frames) == [1, 255, 3, 4, 5]
    assert serializer.call.refused == {"field": 1, "lost": 1}


@pytest.mark.fault("C18")
@pytest.mark.parametrize("order", [(2, 1, 3, 4), (1, 3, 2, 4), (1, 3, 4, 2), (1, 2, 4, 3)])
def test_messages_up_to_40_ms_out_of_order_are_put_in_order(order: tuple[int, int, int, int]) -> None:
    """A message that the network overtook takes its place (C18)."""
    serializer, frames = heard(media(0 + 10, level(9)), *(media(n + 10, level(n)) for n in order))
    assert numbers(frames) == [9, 1, 2, 3, 4] and not serializer.call.refused


@pytest.mark.fault("C18")
def test_a_message_that_comes_twice_is_heard_once() -> None:
    """A duplicate is dropped, at once or while its neighbours wait."""
    serializer, frames = heard(*(media(n, level(n)) for n in (1, 2, 2, 4, 4, 3, 3, 5)))
    assert numbers(frames) == [1, 2, 3, 4, 5]
    assert serializer.call.refused == {"late": 2}


@pytest.mark.fault("C18")
@pytest.mark.parametrize(("gap", "filled"), [(1, 1), (9, 9), (10, 10), (11, 10), (3000, 10)])
def test_a_gap_is_filled_with_silence_up_to_200_ms(gap: int, filled: int) -> None:
    """Lost sound leaves its time behind, so that a recogniser's clock stays true."""
    _, frames = heard(media(1, level(1)), *(media(n + gap, level(2)) for n in (2, 3, 4)))
    assert numbers(frames) == [1, *[255] * filled, 2, 2, 2]
    assert [round(frame.at / 0.02) for frame in frames] == list(range(len(frames)))


@pytest.mark.fault("C18")
def test_numbers_that_begin_anew_begin_anew() -> None:
    """A peer that counts from 1 again is heard on, and what it had sent ahead is forgotten."""
    early, late = (media(n, level(n)) for n in (103, 1))
    serializer, frames = heard(media(100, level(100)), early, late, *(media(n, level(n)) for n in range(2, 110)))
    assert numbers(frames) == [100, *range(1, 110)]
    assert serializer.call.refused == {"late": 1}


def test_keys_are_passed_on() -> None:
    """Each digit, star, hash and letter of a phone's keys."""
    frames = run(TwilioSerializer(), [START, *(message("dtmf", dtmf={"digit": digit}) for digit in "059*#AD")])
    assert [frame.digit for frame in frames if isinstance(frame, Dtmf)] == list("059*#AD")


def test_a_bullet_of_a_record_is_a_key() -> None:
    """A record has it in the place of a secret one, and is replayed with it."""
    frames = run(TwilioSerializer(), [START, message("dtmf", dtmf={"digit": "•"})])
    assert Dtmf("•") in frames


@pytest.mark.fault("C21")
@pytest.mark.parametrize("digit", ["", "12", "E", "x", "٣", "\n"])
def test_what_is_on_no_key_is_no_key(digit: str) -> None:
    """Invalid digits are dropped and counted (C21)."""
    serializer = TwilioSerializer()
    assert len(run(serializer, [START, message("dtmf", dtmf={"digit": digit})])) == 1
    assert serializer.call.refused == {"digit": 1}


@pytest.mark.fault("C21")
def test_twenty_keys_a_second_are_enough() -> None:
    """The twenty-first within a second is a flood; a second later keys count again."""
    serializer, key = TwilioSerializer(), message("dtmf", dtmf={"digit": "1"})
    frames = run(serializer, [START, *[key] * 21, 1.0, key])
    assert sum(isinstance(frame, Dtmf) for frame in frames) == 21
    assert serializer.call.refused == {"digit_flood": 1}


def test_a_mark_comes_back() -> None:
    """What Twilio has played is said by name."""
    assert run(TwilioSerializer(), [START, message("mark", mark={"name": "3.1"})])[1] == MarkPlayed("3.1")


def test_a_clear_is_twilios_clear() -> None:
    """The control becomes the message, with not a field more."""
    serializer = TwilioSerializer()
    run(serializer, [START, Clear(1)])
    assert wire(serializer).sent == [b'{"event":"clear","streamSid":"' + SID.encode() + b'"}']


def test_a_hangup_ends_the_call() -> None:
    """The control reaches the wire with its reason, which becomes the call's cause."""
    serializer = TwilioSerializer()
    run(serializer, [START, Hangup("goodbye")])
    assert wire(serializer).hung_up == serializer.call.cause == "goodbye"


sids = st.sampled_from([SID, SID, SID, "MZ" + "b" * 32, ""])
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
fields = st.dictionaries(
    st.sampled_from(["event", "streamSid", "media", "start", "mark", "dtmf", "payload", "chunk", "name"]), values
)
anything = st.one_of(
    st.binary(max_size=64),
    st.text(max_size=64).map(str.encode),
    st.builds(lambda it: json.dumps(it).encode(), values | fields),
    st.builds(
        lambda number, size, sid: media(number, b"\x20" * size, sid).data,
        st.integers(-5, 400) | st.integers(),
        st.integers(0, 700),
        sids,
    ),
    st.builds(lambda digit, sid: message("dtmf", sid, dtmf={"digit": digit}).data, st.text(max_size=3), sids),
    st.builds(lambda name, sid: message("mark", sid, mark={"name": name}).data, st.text(max_size=9), sids),
    st.just(START.data),
)


@pytest.mark.fault("C12", "C15")
@settings(max_examples=250)
@given(st.lists(anything, max_size=60))
def test_no_stream_of_messages_breaks_the_line(datas: list[bytes]) -> None:
    """Whatever comes: nothing is raised, refusals have one of a few reasons, the clock is true, memory is bounded."""
    serializer = TwilioSerializer()
    frames = run(serializer, map(WireMessage, datas))
    assert serializer.call.faults == 0
    assert set(serializer.call.refused) <= REASONS
    assert [f.at for f in frames if isinstance(f, AudioIn)] == [
        pytest.approx(index * 0.02) for index in range(sum(isinstance(f, AudioIn) for f in frames))
    ]
    assert all(isinstance(frame, Frame) for frame in frames)
    assert len(serializer.ahead) <= 3 and len(serializer.rest) < 160 and len(serializer.digits.at) <= 20


@pytest.mark.fault("C12")
@settings(max_examples=50)
@given(st.lists(anything, max_size=30))
def test_one_bad_call_does_not_touch_another(datas: list[bytes]) -> None:
    """The messages of a well-behaved call mean the same after any others (P2)."""
    good = [START, media(1, level(1)), media(2, level(2)), message("mark", mark={"name": "1.1"})]
    before = run(TwilioSerializer(), good)
    run(TwilioSerializer(), map(WireMessage, datas))
    assert run(TwilioSerializer(), good) == before


# ---- a line that sends nothing ---------------------------------------------------------------------------------------


def test_a_line_that_sends_nothing_is_silent_at_the_loops_pace() -> None:
    """From 1.2 s on, with the time before; sound that comes again follows it, and its numbers go on."""
    assert numbers(heard(media(1, level(1)), 1.1, media(2, level(2)))[1]) == [1, 2]
    assert numbers(heard(media(1, level(1)), 1.21)[1]) == [1] + [255] * 60
    found = heard(media(1, level(1)), 2.0, media(2, level(2)), 0.5, media(3, level(3)), 1.5)[1]
    assert numbers(found) == [1] + [255] * 100 + [2, 3] + [255] * 75
    assert [frame.at for frame in found] == pytest.approx([0.02 * at for at in range(len(found))])


def test_messages_without_sound_are_a_line_that_sends_nothing() -> None:
    """They end no call, however many come."""
    empty = [it for at in range(100) for it in (media(2 + at, b""), 0.02)]
    serializer, frames = heard(media(1, level(1)), *empty)
    assert numbers(frames) == [1] + [255] * 100 and not wire(serializer).rejected


@given(st.lists(st.floats(0.0, 4.0), max_size=12))
def test_a_clock_that_stands_is_filled_by_the_time_that_passed(gaps: list[float]) -> None:
    """Whatever the gaps: the silence before a sound is that since the one before it, or none."""
    messages = [it for at, gap in enumerate(gaps) for it in (gap, media(1 + at, level(at)))]
    found = numbers(heard(*messages)[1])
    silent = [round(gap / 0.02 - 0.5) if gap >= 1.2 else 0 for gap in gaps]
    assert found.count(255) == pytest.approx(sum(silent), abs=len(gaps)) and len(found) - found.count(255) == len(gaps)
