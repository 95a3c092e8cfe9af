"""Addresses that send wrong signatures."""

from __future__ import annotations

import pytest

from pipeline.server.http.forgers import ADDRESSES, FORGIVEN, FREE, LONGEST, Forgers


@pytest.mark.fault("B1")
def test_the_first_are_answered_at_once_and_each_more_is_later() -> None:
    """Up to a bound; another address is not concerned."""
    forgers = Forgers(lambda: 0.0)
    delays = [forgers.delay("1.2.3.4") for _ in range(500)]
    assert delays[:FREE] == [0.0] * FREE
    assert delays == sorted(delays)
    assert 0 < delays[FREE] < 1 < delays[-1] == LONGEST
    assert forgers.delay("1.2.3.5") == 0


def test_they_are_forgiven_in_time() -> None:
    """The worst forger is back at nothing within minutes, as an address changes hands."""
    clock = [0.0]
    forgers = Forgers(lambda: clock[0])
    for _ in range(100_000):
        forgers.delay("1.2.3.4")
    clock[0] = 120 * FORGIVEN
    assert forgers.delay("1.2.3.4") == 0


@pytest.mark.fault("B1")
def test_the_addresses_remembered_are_bounded() -> None:
    """A forger with many addresses fills no memory."""
    forgers = Forgers(lambda: 0.0)
    for number in range(ADDRESSES + 100):
        forgers.delay(str(number))
    assert len(forgers._forgiven_at) == ADDRESSES
