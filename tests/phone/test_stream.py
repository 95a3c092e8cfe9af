from __future__ import annotations

from typing import Any

import msgspec
import pytest

from pipeline import audio
from pipeline.phone.result import measured
from pipeline.phone.script import Action, Dtmf, InterruptAfter, Pcm, Wait, WaitReply
from pipeline.phone.stream import MediaStream
from pipeline.twilio.messages import Outbound, parse

SIDS: dict[str, Any] = {"call_sid": "CA" + "0" * 32, "stream_sid": "MZ" + "0" * 32, "account_sid": "AC" + "0" * 32}
OUT = Outbound(SIDS["stream_sid"])
WORDS = Pcm(audio.tone(0.2), "words")
SECOND = OUT.media(b"\x20" * 8000)


def converse(
    script: list[Action], agent: list[tuple[float, bytes]]
) -> tuple[MediaStream, list[tuple[float, dict[str, Any]]]]:
    """Run a stream on a clock of its own; `agent` has times and messages; gives back what was sent, and when."""
    stream = MediaStream(script, **SIDS)
    sent, agent = [(0.0, message) for message in stream.open(0.0)], list(agent)
    while not stream.over:
        now = min([stream.wake(), *(at for at, _ in agent[:1])])
        if agent and agent[0][0] <= now:
            stream.hear(agent.pop(0)[1], now)
        sent += [(now, message) for message in stream.say(now)]
    return stream, [(round(at, 6), msgspec.json.decode(message)) for at, message in sent]


def test_sound_goes_out_on_a_grid_of_20_ms() -> None:
    """The first 20 ms when they have been spoken, and so on, whatever else happens."""
    _, sent = converse([Wait(0.1)], [(0.03, OUT.clear)])
    media = [(at, message["media"]["timestamp"]) for at, message in sent if message["event"] == "media"]
    assert media[:3] == [(0.02, "0"), (0.04, "20"), (0.06, "40")]


def test_every_message_can_be_read_as_twilios() -> None:
    """Also by those who are strict."""
    _, sent = converse([Dtmf("1"), Wait(0.1)], [(0.03, OUT.mark("m"))])
    read = [parse(msgspec.json.encode(message)) for _, message in sent]
    assert {message.event for message in read} == {"connected", "start", "media", "dtmf", "mark"}


def test_a_mark_is_sent_back_when_its_sound_has_played() -> None:
    """Between two frames of sound, if that is when."""
    _, sent = converse([Wait(1.2)], [(0.03, SECOND), (0.03, OUT.mark("m"))])
    assert [at for at, message in sent if message["event"] == "mark"] == [1.03]


def test_a_turn_is_measured_by_ear() -> None:
    """From the last voiced frame sent to the first sound that answers it."""
    stream, _ = converse([WORDS, WaitReply()], [(1.0, SECOND)])
    result = measured([stream], error=None, ended_by="caller")
    (turn,) = result.turns
    assert (turn.started, turn.ended, turn.audio) == (0.02, 0.2, 1.0) and turn.gap == 0.8
    assert result.ok


def test_an_interruption_is_measured_by_ear() -> None:
    """The clear that throws sound away stops the agent; the one before the next reply does not."""
    agent = [(0.1, SECOND), (0.6, OUT.clear), (1.5, OUT.clear), (1.5, SECOND)]
    stream, _ = converse([InterruptAfter(0.4, WORDS), WaitReply()], agent)
    result = measured([stream], error=None, ended_by="caller")
    (barge_in,) = result.barge_ins
    assert (barge_in.first, barge_in.third, barge_in.clear) == pytest.approx((0.5, 0.54, 0.6))
    assert result.turns[0].audio == 1.5 and len(result.clears) == 2


def test_an_agent_that_does_not_stop_is_not_said_to_have_stopped() -> None:
    """A clear long after the words, with nothing left to throw away, is none that stops."""
    stream, _ = converse([InterruptAfter(0.4, WORDS), WaitReply()], [(0.1, SECOND), (2.0, OUT.clear), (2.0, SECOND)])
    (barge_in,) = measured([stream], error=None, ended_by="caller").barge_ins
    assert barge_in.clear is None and barge_in.stopped is None


def test_both_tracks_are_in_true_time() -> None:
    """What the caller said and what it heard line up as they did on the line."""
    stream, _ = converse([Wait(0.1), WORDS, Wait(0.1)], [(0.3, OUT.media(b"\x20" * 160))])
    caller, agent = stream.tracks()
    assert caller[1600:4800].strip(b"\0") and not caller[:1600].strip(b"\0")
    assert agent[4800:5120] == audio.decode(b"\x20" * 160) and not agent[:4800].strip(b"\0")
