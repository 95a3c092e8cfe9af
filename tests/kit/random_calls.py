"""Random calls for Hypothesis: sounds, words, delays, a network that stalls, marks that are lost."""

from __future__ import annotations

from collections.abc import Callable

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from pipeline.testing import voice

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
    | {"greeting.text": st.sampled_from(["", "Welcome."]), "pacer.answer_within": st.just("20s")}  # none is given up
)
stalls = st.lists(st.tuples(st.floats(0, 12), st.floats(0.02, 1.5)), max_size=3)
lost = st.sets(st.tuples(st.integers(0, 6), st.integers(1, 3)).map(lambda it: f"{it[0]}.{it[1]}"), max_size=4)

calls = st.fixed_dictionaries(
    {"sounds": sounds, "heard": heard, "said": said, "changes": delays, "stalls": stalls, "lost": lost}
)


def track(
    sounds: list[tuple[float, float]], stalls: list[tuple[float, float]]
) -> tuple[list[tuple[float, bytes]], float, Callable[[float], float]]:
    """The caller's sounds with their times, how long the call takes, and how late the network is."""
    at = 0.0
    parts: list[tuple[float, bytes]] = []
    for index, (gap, length) in enumerate(sounds):
        at = round((at + gap) / 0.02) * 0.02
        parts.append((at, voice(length, 300 + 10 * index)))
        at += length

    def late(now: float) -> float:
        return max([0.0, *(begin + length - now for begin, length in stalls if begin <= now < begin + length)])

    return parts, at + SETTLING, late


quickly = settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
