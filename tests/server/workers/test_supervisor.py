"""A supervisor that loses its processes again and again."""

from __future__ import annotations

from pipeline.server.workers.supervisor import pause


def test_the_first_loss_costs_no_time_and_a_row_of_them_costs_more_and_more() -> None:
    """Up to half a minute, however many there are."""
    assert [pause(short) for short in range(5)] == [0, 0, 0.5, 1, 2]
    assert pause(9) == pause(100_000) == 30
