"""How far ahead of the caller's ear sound is sent."""

from __future__ import annotations

import pytest

from processors.pacer.lead import Lead


@pytest.mark.parametrize(("room", "half"), [(0.06, 0.1), (0.15, 0.15)])
def test_after_a_pause_it_is_half_for_a_second(room: float, half: float) -> None:
    """But no less than one burst needs."""
    lead = Lead(0.2, room)
    assert lead.at(5.0) == 0.2
    lead.paused(5.0)
    assert [lead.at(5.0), lead.at(5.9), lead.at(6.0)] == [half, half, 0.2]
