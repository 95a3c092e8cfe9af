"""The smallest whole agent as YAML, for tests to change a step of."""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.config import Config

STEPS = {
    "twilio_serializer": "twilio_serializer",
    "vad": "vad.energy: {rms: 210}",
    "end_of_utterance": "end_of_utterance",
    "asr": "asr.script: {say: [hello]}",
    "llm": "llm.script: {say: [Good morning.]}",
    "tts": "tts.tone",
    "pacer": "pacer",
    "twilio_sink": "twilio_sink",
}
BELOW = {
    "dedup": "end_of_utterance",
    "echo_guard": "vad",
    "greeting": "end_of_utterance",
    "idle": "asr",
    "intro_filter": "llm",
    "keys": "asr",
}  # the places above them


def chain(head: str = "", **steps: str | Sequence[str]) -> str:
    """Return the YAML of the smallest whole agent, after the lines of `head`.

    A keyword names a place in it, `asr="asr.google"`; its value stands there instead: a step, or several.
    """
    assert steps.keys() <= STEPS.keys(), steps
    places = {**STEPS, **steps}.values()
    lines = [line for place in places for line in ([place] if isinstance(place, str) else place)]
    return f"{head}pipeline:\n" + "".join(f"  - {line}\n" for line in lines)


WHOLE = chain(
    end_of_utterance=("end_of_utterance", "greeting", "dedup"),
    asr=(STEPS["asr"], "dedup"),
    llm=(STEPS["llm"], "intro_filter"),
)


def around(word: str, step: str) -> str:
    """Return a config in which `step`, a line of YAML that begins with `word`, has its place."""
    place = word.partition(".")[0]
    if place in STEPS:
        return chain("", **{place: step})
    below = BELOW[word]
    return chain("", **{below: (STEPS[below], step)})


def warned(config: Config) -> list[str]:
    """Return a config's warnings but for Google's account, which a machine has or lacks."""
    return [each.text for each in config.warnings if "GOOGLE_APPLICATION_CREDENTIALS" not in each.text]
