from __future__ import annotations

from typing import Any

import pytest

from pipeline import audio
from pipeline.events import Event, FirstAudio, ReplyUnfinished
from pipeline.frames import (
    AgentSpeaking,
    AudioEnded,
    AudioOut,
    Clear,
    Control,
    FillerDue,
    Interrupt,
    Mark,
    MarkPlayed,
    Media,
    ReplyHeld,
    ReplyStopped,
    SpeechHeld,
    SpeechReleased,
    SpeechStarted,
    SpeechStopped,
    StopReply,
    TurnDropped,
)
from pipeline.testing import run
from pipeline.vocabulary import DropReason
from processors.pacer.pacer import Pacer
from processors.pacer.playout import Playout


def sound(seconds: float, text: str = "One two three four.", turn: int = 0, last: bool = True) -> AudioOut:
    return AudioOut(turn, bytes(round(seconds * 16000)), text, last)


def paced(inputs: Any, turn: int = 0, **changed: Any) -> tuple[Pacer, list[Any]]:
    """The pacer, and what it made of these."""
    pacer = Pacer(Pacer.Settings(**changed))
    return pacer, run(pacer, inputs, turn=turn)


def count(out: list[Any], kind: type[Any]) -> int:
    return sum(isinstance(it, kind) for it in out)


class Telling(Pacer):
    """Keeps the events of its call."""

    def begin(self) -> None:
        super().begin()
        self.told: list[Event] = []
        self.call.watchers = (lambda _, event: self.told.append(event),)


def told_by(inputs: Any) -> tuple[Telling, list[Event]]:
    """The pacer, and the events that these led to."""
    pacer = Telling()
    run(pacer, inputs)
    return pacer, pacer.told


class Ending(Pacer):
    """Remembers the state that its call was in as it ended."""

    def close(self) -> None:
        self.state = self.call.state
        super().close()


def state(*inputs: Any) -> str:
    """The state of a call in which this has happened."""
    pacer = Ending()
    run(pacer, inputs)
    return pacer.state


def test_a_reply_is_cleared_for_announced_and_sent() -> None:
    """`clear`, a piece of 160 bytes, the news that the agent speaks, more pieces, a mark after the words, the end."""
    _, out = paced([sound(0.1), AudioEnded(0), 1.0])
    assert [type(it) for it in out] == [Clear, Media, AgentSpeaking, *[Media] * 4, Mark, AudioEnded]
    assert (out[0], out[2]) == (Clear(0), AgentSpeaking(True))
    assert {len(it.payload) for it in out if isinstance(it, Media)} == {160}
    assert out[-2] == Mark("0.1")


def test_the_last_piece_is_filled_with_silence() -> None:
    """Words end with a whole piece; not a sample of them is lost."""
    out = paced([AudioOut(0, b"\x00\x20" * 200, "Hi."), AudioEnded(0), 1.0])[1]
    payload = b"".join(it.payload for it in out if isinstance(it, Media))
    assert payload == audio.encode(b"\x00\x20" * 200) + b"\xff" * 120


def test_words_in_many_pieces_are_one_sound() -> None:
    """However synthesis cuts its sound, nothing is put in between."""
    parts = [AudioOut(0, b"\x00\x20" * size, "Hi.", False) for size in (1, 159, 200, 7, 433)]
    out = paced([*parts, AudioOut(0, b"", "Hi."), AudioEnded(0), 1.0])[1]
    payload = b"".join(it.payload for it in out if isinstance(it, Media))
    assert payload == audio.encode(b"\x00\x20" * 800)
    assert count(out, Mark) == 1


@pytest.mark.parametrize(("lead", "ahead"), [(0.2, 10), (0.1, 5), (0.02, 1)])
@pytest.mark.parametrize(("after", "more"), [(0.0, 0), (0.019, 0), (0.0201, 1), (0.0999, 4), (0.1001, 5)])
def test_sound_is_sent_a_little_ahead_on_a_grid_of_20_ms(lead: float, ahead: int, after: float, more: int) -> None:
    """At once as much as `lead`, then one piece each 20 ms, never more."""
    assert count(paced([sound(2.0), after], lead=lead, burst=0.02)[1], Media) == ahead + more


@pytest.mark.parametrize(("lead", "burst", "pieces"), [(0.2, 0.06, 3), (0.2, 0.1, 5), (0.04, 0.06, 2), (0.2, 0.059, 2)])
def test_several_pieces_are_sent_at_a_time(lead: float, burst: float, pieces: int) -> None:
    """Once all of them fit into the lead, and not before: whole pieces, and no more than the lead."""
    ahead, later = round(lead / 0.02), 0.02 * pieces
    assert count(paced([sound(2.0), later - 0.0001], lead=lead, burst=burst)[1], Media) == ahead
    assert count(paced([sound(2.0), later + 0.0001], lead=lead, burst=burst)[1], Media) == ahead + pieces
    assert count(paced([sound(2.0), 9 * later + 0.0001], lead=lead, burst=burst)[1], Media) == ahead + 9 * pieces


def test_two_minutes_of_pieces_stay_on_the_grid() -> None:
    """Two minutes of sound take two minutes: the last two of 6000 pieces go out at their time."""
    out = paced([sound(120.0), AudioEnded(0), 119.81, SpeechStarted(1, 119.0)])[1]
    assert count(out, Media) == 5998 and count(out, AudioEnded) == 0
    out = paced([sound(120.0), AudioEnded(0), 119.83])[1]
    assert count(out, Media) == 6000 and count(out, AudioEnded) == 1


def test_after_a_hole_the_lead_is_built_up_again() -> None:
    """Sound that comes too late is sent at once, as far ahead as always; the hole is not made up for."""
    hole = [sound(0.1, last=False), 1.0, sound(1.0, last=False), 0.0]
    assert count(paced(hole)[1], Media) == 5 + 10
    assert count(paced([*hole, 0.1201])[1], Media) == 5 + 16


@pytest.mark.parametrize("seed", range(5))
def test_a_reply_starts_after_a_breath(seed: int) -> None:
    """220 to 360 ms after the turn's end was decided, and each time another length of breath."""
    early = paced([0.1 * seed, SpeechStopped(0, 1.0), sound(1.0), 0.2199])[1]
    late = paced([0.1 * seed, SpeechStopped(0, 1.0), sound(1.0), 0.3601])[1]
    assert (count(early, Media), count(late, Media) > 0) == (0, True)


def test_each_breath_has_its_own_length() -> None:
    """Nobody breathes like a clock."""
    breaths = []
    for turns in range(1, 6):
        pacer, _ = paced([SpeechStopped(0, 1.0)] * turns)
        breaths.append(round(pacer.breath.until, 4))
    assert len(set(breaths)) == 5 and all(0.22 <= it <= 0.36 for it in breaths)


def test_the_breath_is_in_the_record() -> None:
    """With the first sound, so that a pause made on purpose can be told from a slow voice."""
    for slow in (0.0, 1.0):
        pacer, told = told_by([0.1, SpeechStopped(0, 1.0), slow, sound(1.0), 0.5])
        (first,) = [it for it in told if isinstance(it, FirstAudio)]
        assert first.breath is not None and 0.22 <= first.breath <= 0.36
        assert first.breath == pacer.breath.until - pacer.breath.decided
        assert first.after == pytest.approx(max(slow, first.breath))


def test_a_reply_that_the_end_of_the_call_breaks_off_is_told() -> None:
    """With the words heard until then; one that was not audible yet, or is over, is not."""
    _, told = told_by([sound(1.0), 0.5])
    (broken,) = [it for it in told if isinstance(it, ReplyUnfinished)]
    assert (broken.turn, broken.heard) == (0, "One two") and broken.heard_seconds == pytest.approx(0.5)
    for quiet in ([SpeechStopped(0, 1.0), sound(1.0), 0.1], [sound(1.0), 0.5, SpeechStarted(1, 0.5)]):
        assert not [it for it in told_by(quiet)[1] if isinstance(it, ReplyUnfinished)]


@pytest.mark.parametrize("slow", [0.36, 0.5, 3.0])
def test_a_breath_is_a_floor_and_no_addition(slow: float) -> None:
    """Sound that took longer starts at once."""
    assert count(paced([SpeechStopped(0, 1.0), slow, sound(1.0), 0.0])[1], Media) == 10


def test_a_reply_is_over_once_its_last_mark_is_back() -> None:
    """Played, not sent, is what counts; then everything is said to be heard."""
    sent = [sound(0.1, "One."), sound(0.1, "Two?"), AudioEnded(0)]
    assert count(paced([*sent, 0.5, MarkPlayed("0.1"), 0.1])[1], AgentSpeaking) == 1
    out = paced([*sent, 0.5, MarkPlayed("0.1"), MarkPlayed("0.2"), 0.1])[1]
    assert [it for it in out if isinstance(it, AgentSpeaking)][1:] == [AgentSpeaking(False, "One. Two?")]


@pytest.mark.fault("C20")
@pytest.mark.parametrize(("wait", "over"), [(1.09, False), (1.11, True)])
def test_a_mark_that_does_not_come_back_is_not_waited_for(wait: float, over: bool) -> None:
    """A second after its sound has been played by the clock, the reply is over all the same (C20)."""
    pacer, out = paced([sound(0.1), AudioEnded(0), wait])
    assert (out[-1] == AgentSpeaking(False, "One two three four.")) is over
    assert pacer.call.refused == ({"mark_overdue": 1} if over else {})


@pytest.mark.fault("C20")
def test_a_mark_that_is_missing_does_not_hold_up_those_that_came_after_it() -> None:
    """Twilio sends marks in order: a later one says that the earlier sound was played, too."""
    pacer, out = paced([sound(0.1, "One."), sound(0.1, "Two."), AudioEnded(0), 0.3, MarkPlayed("0.2"), 0.01])
    assert out[-1] == AgentSpeaking(False, "One. Two.") and not pacer.call.refused


@pytest.mark.fault("C20")
@pytest.mark.parametrize("name", ["0.2", "7.1", "", "x", "1.1"])
def test_a_mark_that_was_never_sent_means_nothing(name: str) -> None:
    """Nor does an echo of an older turn, or the same one twice (C20)."""
    pacer, out = paced([sound(1.0), AudioEnded(0), 0.1, MarkPlayed(name), MarkPlayed(name), 0.1])
    assert count(out, AgentSpeaking) == 1 and pacer.call.faults == 0


def test_the_caller_interrupts(log: list[str]) -> None:
    """`Clear` and `Interrupt` follow at once, before the news of the speech has gone further; nothing more is sent."""
    started = SpeechStarted(1, 0.5)
    _, out = paced([sound(1.0), AudioEnded(0), 0.5, started, 2.0])
    at = out.index(started)
    assert out[at + 1] == Clear(0) and isinstance(out[at + 2], Interrupt)
    assert len(out) == at + 3
    assert log.count("BARGE_IN: interrupt") == 1


@pytest.mark.parametrize(
    ("after", "heard", "seconds"),
    [(0.01, "", 0.01), (0.3, "One", 0.3), (0.51, "One two", 0.51), (0.99, "One two three", 0.99), (1.9, None, 1.0)],
)
def test_an_interruption_says_what_was_heard(after: float, heard: str | None, seconds: float) -> None:
    """By the clock, in whole words; never more than was sent."""
    out = paced([sound(1.0), AudioEnded(0), after, SpeechStarted(1, 0.0)])[1]
    [interrupt] = [it for it in out if isinstance(it, Interrupt)]
    assert interrupt.heard == ("One two three four." if heard is None else heard)
    assert interrupt.heard_seconds == pytest.approx(seconds)


def test_marks_show_how_far_the_line_lags_behind() -> None:
    """A mark that comes 300 ms late says that the rest is heard 300 ms later, too."""
    first = [sound(0.5, "One."), sound(1.0, "Two three four five."), AudioEnded(0)]
    prompt = paced([*first, 0.5, MarkPlayed("0.1"), 0.55, SpeechStarted(1, 0.0)])[1]
    late = paced([*first, 0.8, MarkPlayed("0.1"), 0.25, SpeechStarted(1, 0.0)])[1]
    assert [it.heard for it in (prompt[-1], late[-1])] == ["One. Two three", "One. Two"]


def test_a_reply_that_is_not_audible_yet_is_dropped_unheard() -> None:
    """During the breath nothing was heard: no clear, no interruption."""
    out = paced([SpeechStopped(0, 1.0), sound(1.0), AudioEnded(0), 0.1, SpeechStarted(1, 1.1), 2.0])[1]
    assert [type(it) for it in out] == [SpeechStopped, SpeechStarted]


def test_sound_of_an_older_turn_is_not_sent() -> None:
    """What comes too late for its turn is void."""
    assert paced([sound(1.0, turn=1), 1.0], turn=2)[1] == []


def test_an_older_replys_marks_do_not_end_the_new_one() -> None:
    """Twilio echoes all marks on `clear`; their names say whose they were."""
    pacer = Pacer()
    out = run(pacer, [sound(0.1, turn=1), AudioEnded(1), 0.02, SpeechStarted(2, 0.0), MarkPlayed("1.1"), 0.2], turn=1)
    assert [it.on for it in out if isinstance(it, AgentSpeaking)] == [True]


def test_the_states_of_a_call() -> None:
    """LISTENING, THINKING once the turn is over, SPEAKING with the first sound, LISTENING when it has been played."""
    steps = [SpeechStarted(0, 0.0), SpeechStopped(0, 1.0), sound(0.1), AudioEnded(0), 0.5, MarkPlayed("0.1")]
    assert [state(*steps[:upto]) for upto in range(len(steps) + 1)] == [
        "LISTENING",
        "LISTENING",
        "THINKING",
        "THINKING",
        "THINKING",
        "SPEAKING",
        "LISTENING",
    ]


@pytest.mark.parametrize(
    "end",
    [TurnDropped(0, DropReason.SHORT), AudioEnded(0), SpeechStarted(1, 2.0)],
    ids=["a turn that came to nothing", "a reply without sound", "more speech"],
)
def test_who_has_nothing_to_say_listens(end: TurnDropped | AudioEnded | SpeechStarted) -> None:
    """After THINKING comes LISTENING again."""
    assert state(SpeechStopped(0, 1.0), end, 0.1) == "LISTENING"


def test_the_breath_has_an_order() -> None:
    """A longest breath below the shortest is a fault of the config."""
    ((field, text),) = Pacer.Settings(min_delay=0.4, max_delay=0.3).faults()
    assert (field, text) == ("max_delay", "is less than `min_delay`, 400ms")
    assert not list(Pacer.Settings().faults())


def test_a_call_that_ends_in_the_middle_leaves_no_timer() -> None:
    """Nothing is sent after the end."""
    pacer, out = paced([sound(5.0), AudioEnded(0), 1.0])
    assert pacer.timer is None and pacer.reply is None
    assert not any(isinstance(it, Control) for it in out[3:])


def test_a_mark_that_follows_its_sound_late_says_nothing_of_the_line() -> None:
    """A voice that breaks off ends its words seconds after their sound was heard: it was heard all the same."""
    reply = Playout(1)
    reply.take(AudioOut(1, bytes(3200), "Good.", last=False))
    assert sum(reply.next(0.0, 1.0) is not None for _ in range(20)) == 10
    reply.take(AudioOut(1, b"", "Good."))
    assert reply.next(3.0, 1.0) == Mark("1.1") and reply.played("1.1", 3.1)
    assert reply.heard(3.1) == ("Good.", pytest.approx(0.2))


def test_a_late_mark_of_a_turns_first_reply_is_none_of_its_second() -> None:
    """Each reply has names of its own."""
    first = [sound(0.1), AudioEnded(0), 1.5]  # its mark does not come back in time
    second = [sound(0.5), AudioEnded(0), 0.4, MarkPlayed("0.1"), 0.2]
    out = paced([*first, *second])[1]
    assert [it.name for it in out if isinstance(it, Mark)] == ["0.1", "0-2.1"]
    assert count(out, AgentSpeaking) == 3  # the second is still heard
    assert count(paced([*first, *second, MarkPlayed("0-2.1"), 0.1])[1], AgentSpeaking) == 4


@pytest.mark.parametrize(
    ("before", "heard"),
    [
        ([sound(1.0), 0.5], "One two"),
        ([SpeechStopped(0, 1.0), 0.01], ""),  # of a reply that is still made
        ([SpeechStopped(0, 1.0), sound(1.0), 0.01], ""),  # of one that waits for its breath
    ],
)
def test_a_reply_is_stopped_from_outside(before: list[Any], heard: str) -> None:
    """The steps above hear of it as of a barge-in, with the words heard, and it is the caller's turn again."""
    out = paced([*before, StopReply(), 0.5])[1]
    (stopped,) = (it for it in out if isinstance(it, ReplyStopped))
    assert stopped.heard.startswith(heard) and bool(stopped.heard) == bool(heard)
    assert isinstance(out[-1], Media) is False
    assert state(*before, StopReply(), 0.01) == "LISTENING"


# ---- pauses -------------------------------------------------------------------------------------------------------

near: Any = pytest.approx
HELD, RELEASED = SpeechHeld(1, 0.0, since=0.06, within=20.0), SpeechReleased(1)


def payloads(out: list[Any]) -> list[bytes]:
    return [it.payload for it in out if isinstance(it, Media)]


def test_a_pause_sends_no_more_and_loses_nothing() -> None:
    """What is under way is heard; then the agent goes on with the very next 20 ms, and no step hears of it."""
    pcm = audio.tone(2.0, 300, 8000)
    words = AudioOut(0, pcm, "One two three four.")
    out = paced([words, AudioEnded(0), 0.5, HELD, 0.4, RELEASED, 2.0])[1]
    at = out.index(HELD)
    assert count(out[:at], Media) == pytest.approx(35, abs=3)  # 0.5 s and the lead
    assert [type(it) for it in out[at:] if not isinstance(it, Media)] == [
        SpeechHeld,
        ReplyHeld,
        SpeechReleased,
        Mark,
        AudioEnded,
    ]
    assert not payloads(paced([words, AudioEnded(0), 0.5, HELD, 2.0])[1][at:])
    assert payloads(out) == payloads(paced([words, AudioEnded(0), 3.0])[1])


def test_soon_after_a_pause_less_sound_is_under_way() -> None:
    """A caller who goes on hears the agent end in half of the time; a second later the lead is whole again."""
    words = [AudioOut(0, audio.tone(4.0, 300, 8000), "One two three four."), AudioEnded(0), 0.5, HELD, 0.4, RELEASED]
    ahead = {}
    for later in (0.5, 1.5):
        sent = [it for it in paced([*words, later, HELD])[1] if isinstance(it, Media | SpeechHeld)]
        since = sent.index(HELD)
        ahead[later] = (len(sent) - 2 - since) * 0.02 - later
    assert ahead == {0.5: pytest.approx(0.1, abs=0.04), 1.5: pytest.approx(0.2, abs=0.04)}


def test_a_pause_that_no_step_ends_ends_by_itself() -> None:
    """A step above may keep the frame that ends it to itself, and a line may send no more sound."""
    words = [AudioOut(0, audio.tone(2.0, 300, 8000), "One two three four."), AudioEnded(0)]
    held = SpeechHeld(1, 0.0, since=0.06, within=1.0)
    assert payloads(paced([*words, 0.5, held, 4.0])[1]) == payloads(paced([*words, 3.0])[1])
    assert len(payloads(paced([*words, 0.5, held, 0.9, held, 1.1])[1])) < 50  # a second one counts from its own begin


def test_a_pause_tells_how_far_the_caller_has_heard() -> None:
    """The words, and the seconds that are left: unknown while more is made."""
    told = [it for it in paced([sound(1.0), AudioEnded(0), 0.51, HELD])[1] if isinstance(it, ReplyHeld)]
    assert told == [ReplyHeld(1, "One two", near(0.49))]
    (more,) = (it for it in paced([sound(1.0), 0.51, HELD])[1] if isinstance(it, ReplyHeld))
    assert more.left is None


def test_after_a_pause_an_interruption_has_the_words_that_were_heard() -> None:
    """And the time from the caller's first voice to the silence: the sound under way, then none."""
    out = paced([sound(2.0), AudioEnded(0), 0.5, HELD, 0.34, SpeechStarted(1, 0.0, since=0.4)])[1]
    (cut,) = (it for it in out if isinstance(it, Interrupt))
    assert cut.heard_seconds == pytest.approx(0.7, abs=0.061)
    assert cut.silent_after == pytest.approx(0.26, abs=0.061)
    literal = paced([sound(2.0), AudioEnded(0), 0.5, SpeechStarted(1, 0.0, since=0.06)])[1][-1]
    assert literal.silent_after == pytest.approx(0.06)


def test_a_pause_when_all_was_sent_changes_nothing() -> None:
    """Its mark comes back, and the reply is over."""
    inputs = [sound(0.3), AudioEnded(0), 0.2]
    out = paced([*inputs, HELD, 0.15, MarkPlayed("0.1"), 0.1])[1]
    assert [type(it) for it in out[-4:]] == [SpeechHeld, ReplyHeld, MarkPlayed, AgentSpeaking]
    assert not out[-1].on


def test_a_reply_that_is_still_made_grows_in_a_pause() -> None:
    """Its sound waits, its marks for what was sent do not, and nothing is lost."""
    made = [AudioOut(0, audio.tone(0.5, pitch, 8000), text) for pitch, text in ((300, "One."), (500, "Two."))]
    plain = paced([*made, AudioEnded(0), 2.0])[1]
    held = [made[0], 0.6, HELD, 0.1, made[1], 0.2, AudioEnded(0)]
    assert payloads(paced([*held, RELEASED, 2.0])[1]) == payloads(plain)
    assert payloads(paced([*held, 2.0])[1]) == payloads(plain)[:25]
    late = paced([AudioOut(0, bytes(3200), "One.", last=False), 0.5, HELD, 0.1, AudioOut(0, b"", "One."), 0.1])[1]
    assert late[-1] == Mark("0.1")


@pytest.mark.parametrize(("silence", "more"), [(0.5, 1.0), (1.2, 0.6), (1.6, 0.3), (3.0, 0.0)])
def test_a_filler_is_due_within_two_seconds_of_the_last_voice(silence: float, more: float) -> None:
    """A caller who was thinking waits from then on, and hears something after 1.9 s whatever the turn's silence."""
    stopped = SpeechStopped(0, 4.0, silence)
    assert count(paced([stopped, more + 0.02])[1], FillerDue) == 1
    assert not more or not count(paced([stopped, more - 0.02])[1], FillerDue)


def test_nobody_is_told_to_wait_in_a_pause() -> None:
    """No filler is due while the caller speaks; the wait goes on after it."""
    waits = [SpeechStopped(0, 1.0), sound(0.3), 1.0, HELD]
    assert not count(paced([*waits, 3.0])[1], FillerDue)
    assert count(paced([*waits, 0.3, RELEASED, 1.6])[1], FillerDue) == 1


def test_a_turns_time_stands_still_in_a_pause() -> None:
    """It is not given up while the caller speaks over a filler, and has what was left of its time then."""
    filler = [SpeechStopped(0, 1.0), 2.0, AudioOut(0, bytes(3200), ""), 0.05, HELD]
    stopped = [it for it in paced([*filler, 9.0], filler_after=0.0)[1] if isinstance(it, ReplyStopped)]
    assert not stopped
    assert count(paced([*filler, 1.0, RELEASED, 7.9], filler_after=0.0)[1], ReplyStopped) == 0
    assert count(paced([*filler, 1.0, RELEASED, 8.0], filler_after=0.0)[1], ReplyStopped) == 1


def test_a_turn_given_up_behind_a_filler_tells_how_much_was_heard() -> None:
    """The filler's length counts, though none of its words are the reply's."""
    out = paced([SpeechStopped(0, 1.0), 2.0, AudioOut(0, bytes(3200), ""), 9.0], filler_after=0.0)[1]
    (stopped,) = (it for it in out if isinstance(it, ReplyStopped))
    assert (stopped.heard, stopped.heard_seconds) == ("", pytest.approx(0.2))


def test_a_reply_can_be_stopped_in_a_pause() -> None:
    """For good: what comes after it is another reply, and is sent."""
    out = paced([sound(2.0), 0.5, HELD, 0.1, StopReply(), 0.1, RELEASED, sound(0.1, "Two."), 0.3])[1]
    at = next(index for index, it in enumerate(out) if isinstance(it, ReplyStopped))
    assert count(out[at:], Media) == 5 and count(out[out.index(HELD) : at], Media) == 0


def test_without_a_reply_there_is_nothing_to_pause() -> None:
    """One that is not audible yet begins as it would have."""
    plain = paced([SpeechStopped(0, 1.0), sound(0.3), 2.0])[1]
    out = paced([SpeechStopped(0, 1.0), HELD, sound(0.3), RELEASED, 2.0])[1]
    assert [it for it in out if it not in (HELD, RELEASED)] == plain


def test_a_call_that_ends_in_a_pause_leaves_no_timer() -> None:
    """What was heard is told."""
    pacer, told = told_by([sound(2.0), AudioEnded(0), 0.5, HELD, 0.3])
    assert [it.heard_seconds for it in told if isinstance(it, ReplyUnfinished)] == [pytest.approx(0.7, abs=0.061)]
    assert pacer.timer is None and not pacer.timers
