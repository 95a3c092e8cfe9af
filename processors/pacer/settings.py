"""The settings of the pacer."""

from __future__ import annotations

from typing import Annotated

from pipeline import audio
from pipeline.audio import FUZZ
from pipeline.settings import Duration, StepSettings, doc
from pipeline.text import phrase


class PacerSettings(StepSettings, frozen=True, kw_only=True):
    """The settings of the pacer."""

    lead: Annotated[Duration, doc("How far ahead of the caller's ear audio is sent.", 0.02, 5)] = 0.2
    burst: Annotated[Duration, doc("Audio sent at a time, no more than `lead`.", 0.02, 1)] = 0.06
    min_delay: Annotated[Duration, doc("The shortest pause between a turn's end and the reply.", 0, 5)] = 0.22
    max_delay: Annotated[Duration, doc("The longest such pause; each is drawn at random between the two.", 0, 5)] = 0.36
    mark_timeout: Annotated[Duration, doc("A mark this late is given up: its audio counts as played.", 0.1, 30)] = 1.0
    answer_within: Annotated[
        Duration, doc("The turn's time: from the caller's last voice to the answer, or to an apology.", 0.5, 60)
    ] = 7.0
    filler: Annotated[str, doc("Said to a caller who waits for the answer; default: by language.")] = ""
    filler_after: Annotated[Duration, doc("The silence before it; 0s: none is said.", 0, 60)] = 1.5

    @property
    def room(self) -> float:
        """The seconds of whole pieces that are sent at a time: the fewer timers, the more calls a core holds."""
        return int((min(self.burst, self.lead) + FUZZ) / audio.FRAME_SECONDS) * audio.FRAME_SECONDS

    def words(self, language: str) -> str:
        """Return the filler: as set, or that of the language (BCP 47)."""
        return self.filler or phrase("filler", language)

    def faults(self) -> list[tuple[str, str]]:
        if self.max_delay >= self.min_delay:
            return []
        return [("max_delay", f"is less than `min_delay`, {self.min_delay * 1000:g}ms")]
