"""How far ahead of the caller's ear sound is sent."""

from __future__ import annotations

import pytest

from pipeline.frames import Mark
from pipeline.processor import Processor, on
from pipeline.testing import run
from processors.pacer.lead import Lead


class Looks(Processor):
    """Notes the lead at each mark; one named `pause` ends a pause."""

    room = 0.06

    def begin(self) -> None:
        self.lead, self.seen = Lead(self, 0.2, self.room), list[float]()

    @on(Mark)
    def look(self, frame: Mark) -> None:
        self.seen.append(self.lead.seconds)
        if frame.name == "pause":
            self.lead.paused()


class Roomy(Looks):
    room = 0.15


@pytest.mark.parametrize(("kind", "half"), [(Looks, 0.1), (Roomy, 0.15)])
def test_after_a_pause_it_is_half_for_a_second(kind: type[Looks], half: float) -> None:
    """But no less than one burst needs; another pause begins it anew."""
    step, look, pause = kind(), Mark("look"), Mark("pause")
    run(step, [pause, look, 0.9, pause, 0.9, look, 0.2, look])
    assert step.seen == [0.2, half, half, half, 0.2]
