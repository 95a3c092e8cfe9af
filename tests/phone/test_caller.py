"""A caller who follows a script."""

from __future__ import annotations

from typing import Any

import pytest

from pipeline import audio
from pipeline.phone.caller import Caller
from pipeline.phone.script import (
    Action,
    Dtmf,
    HangUp,
    InterruptAfter,
    Pcm,
    Transfer,
    Wait,
    WaitAudio,
    WaitQuiet,
    WaitReply,
    prepare,
)
from pipeline.twilio.messages import Outbound
from pipeline.twilio.playback import SETTLE, Playback
from pipeline.vocabulary import HandoverOutcome

SID = "MZ" + "0" * 32
OUT = Outbound(SID)
WORDS = Pcm(audio.tone(0.2), "words")
REPLY = OUT.media(b"\x20" * 4000)  # half a second


def perform(
    script: list[Action], agent: list[tuple[float, bytes]] | tuple[Any, ...] = (), until: float = 20.0
) -> tuple[Caller, list[bytes]]:
    """Tick a caller until its script is over; `agent` is what is said to it, and when."""
    sent: list[Any] = []
    playback, agent = Playback(SID), sorted(agent, reverse=True)
    caller = Caller(prepare(script), playback)
    while not caller.over and len(sent) * 0.02 < until:
        now = round(len(sent) * 0.02, 6)
        while agent and agent[-1][0] <= now:
            at, message = agent.pop()
            playback.feed(message, at)
        sent.append(caller.frame(now))
    return caller, sent


def voiced(sent: list[bytes]) -> list[float]:
    return [round(tick * 0.02, 2) for tick, frame in enumerate(sent) if frame != audio.SILENCE]


def test_silence_when_there_is_nothing_to_say() -> None:
    """A caller sends sound all the time, 160 bytes of it, and silence is 0xFF."""
    caller, sent = perform([Wait(0.1)])
    assert sent == [b"\xff" * 160] * 6
    assert caller.over and not caller.failed


def test_speech_is_sent_in_frames_and_its_voice_is_noted() -> None:
    """The first, third and last voiced frames are known by the time they were sent."""
    caller, sent = perform([Wait(0.1), WORDS, Wait(0.1)])
    spoken = caller.spoken[0]
    assert voiced(sent) == pytest.approx([0.1 + 0.02 * tick for tick in range(10)])
    assert (spoken.words, spoken.first, spoken.third, spoken.last) == ("words", 0.1, 0.14, 0.28)
    assert not spoken.over


def test_silence_around_words_is_no_voice() -> None:
    """A recording's quiet edges count neither as its start nor as its end."""
    quiet = bytes(3200)
    caller, _ = perform([Pcm(quiet + audio.tone(0.2) + quiet)])
    assert (caller.spoken[0].first, caller.spoken[0].last) == (0.2, 0.38)


def test_a_reply_has_ended_when_nothing_more_comes() -> None:
    """Its sound has played out, and a while has passed."""
    _, sent = perform([WORDS, WaitReply(), WORDS], [(1.0, REPLY), (1.6, REPLY)])
    assert voiced(sent)[10] == pytest.approx(2.1 + SETTLE, abs=0.021)


def test_a_pause_in_a_reply_can_be_waited_out() -> None:
    """The caller speaks once nothing more has come for so long, after the last sound."""
    _, sent = perform([WaitReply(), WaitQuiet(1.0), WORDS], [(0.5, REPLY), (1.8, REPLY)])
    assert voiced(sent)[0] == pytest.approx(2.3 + 1.0, abs=0.021)


def test_a_reply_that_began_before_the_words_is_no_reply() -> None:
    """What the agent said earlier does not answer what the caller says now."""
    caller, _ = perform([Wait(1.5), WORDS, WaitReply(3.0)], [(1.0, REPLY)])
    assert caller.failed == "the agent did not answer within 3 s (step 3, WaitReply, script)"


def test_each_wait_is_for_another_reply() -> None:
    """A second `wait_reply` waits for what comes after the first."""
    caller, _ = perform([WaitReply(), WaitReply(3.0)], [(0.5, REPLY)])
    assert "did not answer within 3 s (step 2" in caller.failed


def test_a_reply_that_does_not_end_fails() -> None:
    """Patience is for the beginning and the end together."""
    caller, _ = perform([WaitReply(2.0)], [(0.5, REPLY) for _ in range(9)])
    assert "the agent did not finish speaking within 2 s" in caller.failed


def test_audio_can_be_waited_for() -> None:
    """`wait_audio` is over as soon as the agent begins."""
    _, sent = perform([WaitAudio(), WORDS], [(1.0, REPLY)])
    assert voiced(sent)[0] == 1.0


def test_an_interruption_comes_while_the_agent_speaks() -> None:
    """So many seconds after its sound began, and over it."""
    caller, sent = perform([InterruptAfter(0.3, WORDS)], [(1.0, REPLY)])
    assert voiced(sent)[0] == 1.3
    assert caller.spoken[0].over


def test_keys_are_pressed_and_the_caller_hangs_up() -> None:
    """What comes after `hang_up` is not done."""
    caller, sent = perform([Dtmf("5"), HangUp(), WORDS])
    assert caller.keys == ["5"]
    assert len(sent) == 1 and caller.over and not caller.failed


def test_a_transfer_is_waited_for_and_the_rest_is_kept() -> None:
    """The stream may end in it, or in the reply that announces it; without a transfer in its time the call fails."""
    transfer = Transfer(HandoverOutcome.BUSY, timeout=0.1)
    for script in ([transfer, WORDS], [WaitReply(), transfer, WORDS]):
        caller = Caller(script, Playback(SID))
        caller.frame(0.0)
        caller.hung_up(0.01)
        assert caller.over and not caller.failed and (caller.transfer, caller.rest) == (transfer, (WORDS,))
    alone, _ = perform([transfer, WORDS])
    assert alone.failed.startswith("the agent did not transfer the call within 0.1 s") and alone.transfer is None


def test_an_agent_that_hangs_up_early_fails_the_script() -> None:
    """Unless there was nothing more to say or to hear."""
    early, playback = Caller([WaitReply(), WORDS], Playback(SID)), Playback(SID)
    early.frame(0.0)
    early.hung_up(0.01)
    late = Caller([WaitReply(), Wait(5.0), HangUp()], playback)
    playback.feed(REPLY, 0.1)
    late.frame(0.7)
    late.hung_up(0.71)
    assert early.failed == "the agent hung up (step 1, WaitReply, script)"
    assert late.over and not late.failed


def test_keys_are_pressed_one_after_the_other() -> None:
    """A hand takes 150 ms for each."""
    caller, sent = perform([Dtmf("12#")])
    assert caller.keys == ["1", "2", "#"] and len(sent) == pytest.approx(2 * 7.5, abs=2)
