"""The figures that a test may ask for, taken from what happened in the call."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from pipeline import audio
from pipeline.tools.configtest.bounds import Unit
from pipeline.tools.configtest.trace import Event, Trace

THIRD = 3 * audio.FRAME_SECONDS  # from the first voiced frame's start to the third one's end

Sample = tuple[float, float]  # when it was taken, its value


def response_gaps(trace: Trace) -> Iterator[Sample]:
    """From the caller's last voiced frame to the agent's first sound, for each answer."""
    utterance: Event | None = None
    for event in trace.events:
        if event.name == "Utterance":
            utterance = event
        elif event.name == "AgentSpeaking" and event.fields["on"] and utterance is not None:
            yield event.at, event.at - utterance.fields["ended"]
            utterance = None


def barge_ins(trace: Trace) -> Iterator[Sample]:
    """From the third voiced frame of a caller who interrupts to Twilio's `clear`."""
    spoke, cleared = 0.0, None
    for event in trace.events:
        if event.name == "SpeechStarted":
            spoke, cleared = event.fields["at"] + THIRD, None
        elif event.name == "clear" and cleared is None:
            cleared = event.at
        elif event.name == "Interrupt" and cleared is not None:
            yield cleared, cleared - spoke


def _count(name: str, **fields: object) -> Callable[[Trace], Iterator[Sample]]:
    def count(trace: Trace) -> Iterator[Sample]:
        found = [it.at for it in trace.events if it.name == name and fields.items() <= it.fields.items()]
        yield (found[-1] if found else trace.length), len(found)

    return count


def _whole(of: Callable[[Trace], float]) -> Callable[[Trace], Iterator[Sample]]:
    return lambda trace: iter([(trace.length, of(trace))])


FIGURES: dict[str, tuple[Unit, Callable[[Trace], Iterator[Sample]]]] = {
    "response_gap": ("seconds", response_gaps),
    "barge_in": ("seconds", barge_ins),
    "turns": ("count", _count("Utterance")),
    "replies": ("count", _count("AgentSpeaking", on=True)),
    "interruptions": ("count", _count("Interrupt")),
    "underruns": ("count", _whole(lambda trace: trace.underruns)),
    "length": ("seconds", _whole(lambda trace: trace.length)),
}
"""A figure's name → its unit and its samples in a call: a bound has to hold for each, and there has to be one."""
