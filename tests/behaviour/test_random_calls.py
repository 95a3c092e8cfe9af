"""Calls that nobody wrote: whatever is said, however slow everything is, some things always hold."""

from itertools import pairwise

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.frames import AgentSpeaking, CallEnded, Clear, Interrupt, ReplyText, Transcript, TurnDropped
from pipeline.llm import Dialogue
from pipeline.testing import play, voice

SETTLING = 16.0  # seconds of quiet at the end: enough for the slowest answer to be heard

sounds = st.lists(
    st.tuples(
        st.floats(0.05, 3.0),  # seconds of silence before it
        st.sampled_from([0.02, 0.06, 0.1, 0.16, 0.28, 0.3, 0.6, 1.2, 2.5]),  # seconds of voice
    ),
    min_size=1,
    max_size=6,
)
heard = st.lists(st.sampled_from(["", "yes", "Yes!", "three rooms", "in Haifa", "no"]), min_size=1, max_size=5)
said = st.lists(
    st.sampled_from(["", "Yes.", "…", "Good. Is that all?", "One is here. Two is there. Three.", "What?"]),
    min_size=1,
    max_size=4,
)
delays = st.fixed_dictionaries(
    {step: st.sampled_from(["0s", "50ms", "300ms", "1s", "1800ms"]) for step in ("asr.delay", "llm.delay")}
    | {step: st.sampled_from(["0s", "200ms", "900ms"]) for step in ("llm.gap", "tts.delay")}
    | {"asr.interim": st.sampled_from(["0s", "50ms", "150ms", "300ms"]), "llm.preemptive": st.booleans()}
    | {"greeting.text": st.sampled_from(["", "Welcome."])}
)
stalls = st.lists(st.tuples(st.floats(0, 12), st.floats(0.02, 1.5)), max_size=3)
lost = st.sets(st.tuples(st.integers(0, 6), st.integers(1, 3)).map(lambda it: f"{it[0]}.{it[1]}"), max_size=4)

calls = st.fixed_dictionaries(
    {"sounds": sounds, "heard": heard, "said": said, "changes": delays, "stalls": stalls, "lost": lost}
)


def track(sounds, stalls):
    """The caller's sounds with their times, how long the call takes, and how late the network is."""
    at, parts = 0.0, []
    for index, (gap, length) in enumerate(sounds):
        at = round((at + gap) / 0.02) * 0.02
        parts.append((at, voice(length, 300 + 10 * index)))
        at += length

    def late(now):
        return max([0.0, *(begin + length - now for begin, length in stalls if begin <= now < begin + length)])

    return parts, at + SETTLING, late


def played(agent, sounds, heard, said, changes, stalls, lost):
    parts, seconds, late = track(sounds, stalls)
    return play(agent(heard, said, changes), parts, seconds, late=late, lost=lost)


quickly = settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])


@settings(quickly, max_examples=60)
@given(calls)
def test_some_things_hold_in_every_call(agent, call):
    """It ends once and cleanly, never talks over itself, remembers what was heard, answers what it heard."""
    it = played(agent, **call)
    ends_once(it)
    stops_when_it_is_stopped(it)
    speaks_one_reply_at_a_time(it)
    remembers_what_was_heard(it)
    is_never_silent(it)


@settings(quickly, max_examples=12)
@given(calls)
def test_the_same_call_is_the_same_call(agent, call):
    """Log and messages, byte for byte and to the moment."""
    one, other = played(agent, **call), played(agent, **call)
    assert one.log == other.log
    assert one.sent == other.sent


def ends_once(it):
    """One end, no fault, nothing left; and it was listening."""
    assert len(it.frames(CallEnded)) == 1 and it.call.cause == "stop" and it.call.faults == 0
    assert not it.chain.tasks and not any(step.timers for step in it.chain.steps)
    states = [(event["was"], event["now"]) for _, what, event in it.events if what == "state"]
    assert states[-1] == ("LISTENING", "ENDED")


def stops_when_it_is_stopped(it):
    """After an interruption's `clear` the next message is the `clear` of the next reply."""
    controls = [what for _, what, _ in it.events if what in ("Clear", "Interrupt")]
    cut = [controls[index + 1 : index + 2] == ["Interrupt"] for index, what in enumerate(controls) if what == "Clear"]
    messages = [message["event"] for _, message in it.sent]
    clears = [index for index, event in enumerate(messages) if event == "clear"]
    assert len(clears) == len(cut) == len(it.frames(Clear))
    for index, interrupted in zip(clears, cut, strict=True):
        assert not interrupted or messages[index + 1 : index + 2] in ([], ["clear"])
    assert all(seconds <= 0.2001 for _, seconds in it.playback.clears)


def speaks_one_reply_at_a_time(it):
    """Begun, then played or interrupted, then the next; in the order of the turns."""
    story = [what if what == "Interrupt" else event["frame"].on for _, what, event in it.events
             if what in ("AgentSpeaking", "Interrupt")]  # fmt: skip
    assert all((what is True) == (index % 2 == 0) for index, what in enumerate(story))
    turns = [reply.turn for _, reply in it.frames(ReplyText)]
    marks = [int(message["mark"]["name"].split(".")[0]) for _, message in it.sent if message["event"] == "mark"]
    assert turns == sorted(turns) and marks == sorted(marks)


def remembers_what_was_heard(it):
    """The conversation alternates; it holds all words that were understood, and those that were heard, and no other."""
    [dialogue] = [step for step in it.chain.steps if isinstance(step, Dialogue)]
    roles = [line.role for line in dialogue.history]
    assert all(one != other for one, other in pairwise(roles))
    spoken = [event["frame"].heard for _, what, event in it.events
              if what == "Interrupt" or (what == "AgentSpeaking" and not event["frame"].on)]  # fmt: skip
    repeated = {one.turn for _, one in it.frames(TurnDropped) if one.reason == "repeated"}
    words = [one.text for _, one in it.frames(Transcript) if one.final and one.text and one.turn not in repeated]
    assert " ".join(line.text for line in dialogue.history if line.role == "assistant") == " ".join(
        filter(None, spoken)
    )
    assert " ".join(line.text for line in dialogue.history if line.role == "user") == " ".join(words)


def is_never_silent(it):
    """Whatever was understood, and was no repetition, is followed by the agent's voice; so is what was not."""
    repeated = {one.turn for _, one in it.frames(TurnDropped) if one.reason == "repeated"}
    voices = [at for at, one in it.frames(AgentSpeaking) if one.on]
    for at, one in it.frames(Transcript):
        assert not (one.final and one.text) or one.turn in repeated or any(began >= at for began in voices), one
    assert bool(it.frames(Interrupt)) <= bool(voices)
