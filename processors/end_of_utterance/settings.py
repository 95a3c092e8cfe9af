"""The settings of end_of_utterance."""

from __future__ import annotations

import math
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

from pipeline import audio
from pipeline.faults import KavError
from pipeline.settings import Duration, FilePath, StepSettings, doc
from pipeline.text import normalise


class EndOfUtteranceSettings(StepSettings, frozen=True, kw_only=True):
    """The settings of end_of_utterance."""

    min_silence: Annotated[Duration, doc("Silence that ends an utterance of more than `short`.", 0.1, 5)] = 0.48
    short: Annotated[Duration, doc("Up to this length an utterance ends after a shorter silence.", 0, 10)] = 1.2
    short_by: Annotated[Duration, doc("How much shorter the silence is that ends those.", 0, 1)] = 0.12
    short_floor: Annotated[Duration, doc("The least silence that ends an utterance up to `short`.", 0, 5)] = 0.35
    hangover: Annotated[Duration, doc("The least silence that ends any utterance.", 0, 2)] = 0.14
    max_length: Annotated[Duration, doc("An utterance of this length is ended without a silence.", 1, 60)] = 7.0
    unbroken: Annotated[
        Duration,
        doc("Speech that never pauses is answered after so long; until it pauses no more of it counts.", 7, 600),
    ] = 20.0
    min_length: Annotated[Duration, doc("Utterances up to this length, pre-roll included, are dropped.", 0, 2)] = 0.28
    pre_roll: Annotated[Duration, doc("Sound kept from before the first voiced frame.", 0, 1)] = 0.2
    start_frames: Annotated[int, doc("Voiced frames in a row that begin a turn.", 1, 50)] = 3
    barge_in: Annotated[bool, doc("Let the caller interrupt the agent.")] = True
    barge_in_frames: Annotated[int, doc("Voiced frames in a row at which the agent pauses (barge-in).", 1, 50)] = 3
    confirm: Annotated[
        Duration, doc("Voice over the agent that is an interruption, whatever its words; 0s: at the pause.", 0, 5)
    ] = 0.4
    release: Annotated[Duration, doc("Silence after less voice than that, upon which the agent goes on.", 0.02, 2)] = (
        0.16
    )
    nods: Annotated[
        list[str], doc("Words with which callers nod, and which interrupt nothing; default: by language.")
    ] = []
    refractory: Annotated[Duration, doc("Time after the agent's speech in which a breath begins no turn.", 0, 5)] = 0.75
    refractory_voice: Annotated[Duration, doc("Voice in a row that begins a turn in that time.", 0.02, 1)] = 0.12
    prosody: Annotated[
        bool, doc("Ask for less silence or more, by the caller's voice and words; `short` counts for nothing then.")
    ] = False
    weights: Annotated[
        FilePath | None, doc("Weights for `prosody`, in a file that `learn` wrote; unset: those that come with Kav.")
    ] = None
    early: Annotated[Duration, doc("Silence at which the voice is judged and the answer begun.", 0.1, 1)] = 0.2
    soon: Annotated[Duration, doc("The least silence that ends a turn by the voice.", 0.1, 2)] = 0.4
    patience: Annotated[Duration, doc("The longest silence that the voice or the words ask for.", 0.3, 10)] = 1.6

    def faults(self) -> Iterable[tuple[str, str]]:
        if self.soon < self.early:
            yield "soon", f"is less than `early`, {self.early * 1000:g}ms"
        if self.weights is not None:
            yield from self._wrong_weights(self.weights)
        for number, text in enumerate(self.nods, 1):
            if not normalise(text):
                yield f"nods[{number}]", "has no words"

    def _wrong_weights(self, file: Path) -> Iterable[tuple[str, str]]:
        from pipeline.prosody.score import read_weights  # brings numpy

        try:
            read_weights(file)
        except KavError as error:
            yield "weights", f"is wrong: {error}"


def frames(seconds: float) -> int:
    """Return the least number of 20 ms frames that last at least this long."""
    return math.ceil(round(seconds / audio.FRAME_SECONDS, 6))
