"""The smallest chain around a step, for tests of what the tools print."""

from __future__ import annotations

from pipeline.config import Config

CHAIN = (
    "twilio_serializer",
    "vad.energy",
    "end_of_utterance",
    "asr.script: {say: [hello]}",
    "llm.script: {say: [Good morning.]}",
    "tts.tone",
    "pacer",
    "twilio_sink",
)
BELOW = {"dedup": "end_of_utterance", "greeting": "end_of_utterance", "intro_filter": "llm"}  # what they stand below


def around(word: str, step: str) -> str:
    """A config in which `step`, a line of YAML that begins with `word`, has its place."""
    purpose = word.partition(".")[0]
    steps = [step if each.startswith((f"{purpose}.", purpose)) else each for each in CHAIN]
    if step not in steps:
        at = next(number for number, each in enumerate(steps) if each.startswith(BELOW[word]))
        steps.insert(at + 1, step)
    return "pipeline:\n" + "".join(f"  - {each}\n" for each in steps)


def warned(config: Config) -> list[str]:
    """A config's warnings, but for Google's account, which a machine has or lacks, whatever the config says."""
    return [each.text for each in config.warnings if "GOOGLE_APPLICATION_CREDENTIALS" not in each.text]
