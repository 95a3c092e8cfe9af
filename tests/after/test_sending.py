"""The schedule of attempts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.after.files import Delivery, State
from pipeline.after.sending import PAUSES, settle

DAY = 86400.0


def delivery() -> Delivery:
    """Return a new delivery."""
    return Delivery(event="call.ended", to="x", shown="https://x")


@pytest.mark.fault("M2")
def test_a_receiver_that_is_down_for_a_day() -> None:
    """It is tried nine times in 22 hours, less and less often, and then given up."""
    it, now, waits = delivery(), 0.0, []
    while it.state is State.PENDING:
        settle(it, 503, "HTTP 503", now)
        if it.state is State.PENDING:
            waits.append(it.due - now)
            now = it.due
    assert it.state is State.DEAD
    assert all(0.8 * pause <= wait <= 1.2 * pause for pause, wait in zip(PAUSES, waits, strict=True))
    assert 0.7 * DAY < now < 1.3 * DAY


@given(st.integers(0, 599))
def test_each_status_has_its_consequence(status: int) -> None:
    """2xx is received, 410 stops, other 4xx are dead but for three, all else is tried again."""
    it = delivery()
    settle(it, status, "", 0.0)
    assert it.tries == 1
    if 200 <= status < 300:
        assert it.state is State.DELIVERED
    elif status == 410:
        assert it.state is State.STOPPED
    elif 400 <= status < 500 and status not in (408, 425, 429):
        assert it.state is State.DEAD
    else:
        assert it.state is State.PENDING and 4 <= it.due <= 6
