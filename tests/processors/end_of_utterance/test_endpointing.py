from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.frames import (
    AgentSpeaking,
    AudioIn,
    Interrupt,
    SpeechHeld,
    SpeechStarted,
    SpeechStopped,
    TurnDropped,
    Utterance,
)
from pipeline.testing import run
from pipeline.vocabulary import DropReason
from processors.end_of_utterance import EndOfUtterance


def sound(*lengths: int) -> list[AudioIn]:
    """20 ms frames, by turns silent and voiced for so many frames; each one's samples say its number."""
    voiced = [bool(index % 2) for index, length in enumerate(lengths) for _ in range(length)]
    return [AudioIn(number.to_bytes(2, "little") * 160, number * 0.02, it) for number, it in enumerate(voiced)]


def frames(pcm: bytes) -> list[int]:
    """The numbers of the frames that a sound is made of."""
    return [int.from_bytes(pcm[at : at + 2], "little") for at in range(0, len(pcm), 320)]


def of(kind: tuple[type[Any], type[Any]] | type[Any], out: list[Any]) -> list[Any]:
    return [it for it in out if isinstance(it, kind)]


def ended(*lengths: int, **changed: Any) -> list[Any]:
    """The outcomes, utterances or drops, of this sound."""
    return of((Utterance, TurnDropped), run(EndOfUtterance(EndOfUtterance.Settings(**changed)), sound(*lengths)))


def test_two_voiced_frames_are_no_speech() -> None:
    """A click of 40 ms opens nothing."""
    assert of(SpeechStarted, run(EndOfUtterance(), sound(20, 2, 50))) == []


def test_speech_is_announced_with_the_third_voiced_frame_and_its_pre_roll() -> None:
    """SpeechStarted says when the first voiced frame was, and brings 200 ms from before it."""
    out = run(EndOfUtterance(), sound(20, 3))
    [started] = of(SpeechStarted, out)
    assert (started.turn, started.at) == (1, 0.4)
    assert frames(started.pcm) == list(range(10, 23))
    assert out[-2:] == [sound(20, 3)[-1], started]  # after the sound that made it, which it brings


def test_voice_that_breaks_off_starts_counting_anew() -> None:
    """Three voiced frames have to follow each other."""
    assert of(SpeechStarted, run(EndOfUtterance(), sound(20, 2, 1, 2, 1, 2, 30))) == []


def test_an_utterance_has_its_pre_roll_its_voice_and_the_silence_after_it() -> None:
    """Every sample from 200 ms before the first voiced frame to the decision, once."""
    [utterance] = ended(30, 100, 40)
    assert frames(utterance.pcm) == list(range(20, 154))
    assert (utterance.turn, utterance.started, utterance.ended, utterance.voiced) == (1, 0.6, 2.6, 2.0)


def test_an_utterance_at_the_very_beginning_has_what_there_is() -> None:
    """A caller who speaks at once is heard from the first sample."""
    [utterance] = ended(3, 60, 30)
    assert frames(utterance.pcm)[0] == 0 and utterance.started == 0.06


@pytest.mark.parametrize(
    ("voiced", "silence", "over"),
    [
        (51, 23, False),  # 1.22 s with its pre-roll: long; 0.46 s
        (51, 24, True),  # 0.48 s
        (50, 17, False),  # exactly 1.2 s: still short; 0.34 s
        (50, 18, True),  # 0.36 s
        (8, 17, False),  # a quick "כן" of 160 ms
        (8, 18, True),
    ],
)
def test_silence_ends_an_utterance(voiced: int, silence: int, over: bool) -> None:
    """0.48 s after a long one, 0.36 s after one of up to 1.2 s; a frame less does not."""
    assert bool(ended(20, voiced, silence)) is over


def test_silence_counts_from_the_last_voiced_frame() -> None:
    """A single voiced frame, too little to be speech, keeps an utterance open."""
    assert not ended(20, 60, 23, 1, 23)
    assert ended(20, 60, 23, 1, 24)


@pytest.mark.parametrize(
    ("changed", "needed"),
    [
        ({"min_silence": 0.3}, 18),  # never under 0.35 s
        ({"min_silence": 0.6}, 24),  # 0.12 s less
        ({"hangover": 0.5}, 25),  # never under the hangover
        ({"short_floor": 0.0, "min_silence": 0.2}, 7),  # 0.14 s: the hangover again
    ],
)
def test_the_silence_after_a_short_utterance_has_its_floors(changed: dict[str, float], needed: int) -> None:
    """max(0.35, min_silence - 0.12), and never less than the hangover."""
    assert not ended(20, 10, needed - 1, **changed)
    assert ended(20, 10, needed, **changed)


def test_the_hangover_is_a_floor_for_long_utterances_too() -> None:
    """No silence below `hangover` ends anything."""
    assert not ended(20, 60, 29, hangover=0.6)
    assert ended(20, 60, 30, hangover=0.6)


@pytest.mark.parametrize(("voiced", "kind"), [(3, TurnDropped), (4, TurnDropped), (5, Utterance), (8, Utterance)])
def test_up_to_280_ms_with_its_pre_roll_is_nothing(voiced: int, kind: type[TurnDropped]) -> None:
    """A click of 60 ms goes, and so do 80 ms; 100 ms stay, and a quick "כן" of 160 ms."""
    out = run(EndOfUtterance(), sound(20, voiced, 30))
    [outcome] = of((Utterance, TurnDropped), out)
    assert type(outcome) is kind
    assert [it.turn for it in of((SpeechStarted, SpeechStopped), out)] == [1, 1]
    assert kind is Utterance or outcome == TurnDropped(1, DropReason.SHORT)


@pytest.mark.parametrize(("voiced", "kind"), [(4, TurnDropped), (5, Utterance)])
def test_what_is_short_is_the_same_at_the_beginning_of_a_call(voiced: int, kind: type[TurnDropped]) -> None:
    """The pre-roll counts whole even where there was no time for one."""
    assert [type(it) for it in ended(0, voiced, 30)] == [kind]


def test_an_utterance_that_will_not_end_is_closed_after_7_s() -> None:
    """The next one begins where it was cut: no sound is lost, none is there twice."""
    first, second = ended(20, 500, 40)
    assert len(first.pcm) == 7 * 16000
    assert frames(first.pcm) + frames(second.pcm) == list(range(10, 520 + 24))
    assert first.turn + 1 == second.turn
    assert (first.ended, second.started) == (7.2, 7.2)
    assert first.voiced + second.voiced == pytest.approx(10.0)


def test_an_utterance_of_just_under_7_s_is_one() -> None:
    """349 frames with their silence are no reason to cut."""
    [utterance] = ended(20, 315, 40)
    assert len(utterance.pcm) == (10 + 315 + 24) * 320


def test_the_end_of_a_cut_utterance_is_measured_by_itself() -> None:
    """A last syllable of 60 ms after the cut is a click, not seven seconds of voice."""
    _, last = ended(20, 343, 40)
    assert last == TurnDropped(2, DropReason.SHORT)


def test_a_burst_ends_nothing() -> None:
    """Time is the stream's own: frames that all come at once, or late, mean what they mean in time."""
    steady: list[Any] = [it for frame in sound(20, 60, 20, 60, 30) for it in (0.02, frame)]
    late: list[Any] = [*sound(20, 60, 20, 60, 30)[:90], 5.0, *sound(20, 60, 20, 60, 30)[90:]]
    assert run(EndOfUtterance(), late) == run(EndOfUtterance(), steady)


def test_turns_count_up() -> None:
    """Each turn has the next number, dropped or not."""
    assert [(it.turn, type(it)) for it in ended(20, 60, 30, 3, 30, 60, 30)] == [
        (1, Utterance),
        (2, TurnDropped),
        (3, Utterance),
    ]


# ---- while the agent speaks, and after ----------------------------------------------------------------------------


def after(gap: int, voiced: int) -> list[Any]:
    """What so many voiced frames are, `gap` frames after the agent has been heard."""
    out = run(EndOfUtterance(), [*sound(50), AgentSpeaking(True), AgentSpeaking(False), *sound(gap, voiced, 40)])
    return of((SpeechStarted, Utterance), out)


@pytest.mark.parametrize(("voiced", "speech"), [(3, False), (5, False), (6, True), (8, True)])
def test_a_breath_after_the_agents_voice_is_no_speech(voiced: int, speech: bool) -> None:
    """Within 750 ms, 100 ms of voice are a breath and 120 ms are a word."""
    assert bool(after(5, voiced)) is speech


def test_a_word_after_the_agents_voice_keeps_its_pre_roll() -> None:
    """What was said before it counted as speech is in the utterance, with 200 ms from before."""
    started, utterance = after(15, 8)
    assert frames(started.pcm) == [*range(5, 15), *range(15, 21)]
    assert frames(utterance.pcm)[:16] == frames(started.pcm)
    assert utterance.voiced == 0.16


@pytest.mark.parametrize(("gap", "speech"), [(34, False), (35, True)])
def test_after_750_ms_three_frames_suffice(gap: int, speech: bool) -> None:
    """The third voiced frame ends at 0.74 s, which is too early, or at 0.76 s."""
    assert bool(after(gap, 3)) is speech


def test_after_an_interruption_nothing_is_a_breath() -> None:
    """Who has interrupted is speaking: three frames suffice at once, however soon after the last reply."""
    spoken = [AgentSpeaking(True), AgentSpeaking(False), AgentSpeaking(True), Interrupt(1, "", 0.0)]
    assert of(SpeechStarted, run(EndOfUtterance(), [*spoken, *sound(5, 3, 40)]))
    assert not of(SpeechStarted, run(EndOfUtterance(), [*spoken[:2], *sound(5, 3, 40)]))


@pytest.mark.parametrize(("needed", "voiced", "speech"), [(3, 2, False), (3, 3, True), (5, 4, False), (5, 5, True)])
def test_so_many_frames_stop_the_agent(needed: int, voiced: int, speech: bool) -> None:
    """`barge_in_frames` in a row are held while the agent speaks; by the literal rule they are a turn."""
    for confirm, kind in ((0.4, SpeechHeld), (0.0, SpeechStarted)):
        step = EndOfUtterance(EndOfUtterance.Settings(barge_in_frames=needed, confirm=confirm))
        out = run(step, [*sound(50), AgentSpeaking(True), *sound(9, voiced, 40)])
        assert bool(of((SpeechHeld, SpeechStarted), out)) is bool(of(kind, out)) is speech


def test_without_barge_in_the_agent_is_not_interrupted() -> None:
    """Nothing that is said over the agent counts; what is said after it does."""
    step = EndOfUtterance(EndOfUtterance.Settings(barge_in=False))
    over, then = sound(5, 100, 5), sound(50, 20, 30)
    out = run(step, [AgentSpeaking(True), *over, AgentSpeaking(False), *then])
    assert [it.turn for it in of((SpeechStarted, Utterance), out)] == [1, 1]


def test_without_barge_in_a_word_that_outlasts_the_agent_counts_from_there() -> None:
    """Voice that goes on after the agent's last sound is a word of 120 ms like any other."""
    step = EndOfUtterance(EndOfUtterance.Settings(barge_in=False))
    out = run(step, [AgentSpeaking(True), *sound(5, 100), AgentSpeaking(False), *sound(0, 20, 30)])
    [started, _] = of((SpeechStarted, Utterance), out)
    assert started.at == pytest.approx(2.1)


@settings(max_examples=200)
@given(st.lists(st.integers(1, 60), min_size=1, max_size=20))
def test_no_sound_is_doubled_and_turns_are_in_order(lengths: list[int]) -> None:
    """Whatever is said: the utterances' frames ascend, each turn has one beginning, one end and one outcome."""
    out = run(EndOfUtterance(), sound(*lengths))
    heard = [number for it in of(Utterance, out) for number in frames(it.pcm)]
    assert heard == sorted(set(heard))
    assert of(AudioIn, out) == sound(*lengths)
    told = [(it.turn, type(it)) for it in out if not isinstance(it, AudioIn)]
    for turn in {turn for turn, _ in told}:
        kinds = [kind for it, kind in told if it == turn]
        assert kinds[:2] == [SpeechStarted, SpeechStopped][: len(kinds)]
        assert len(kinds) == 3 or turn == max(it for it, _ in told)
