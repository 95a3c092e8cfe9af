"""Peers that do not read: they are known at the pace of speech, by what they do not answer."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from pipeline.call import Call
from pipeline.loop.virtual import run_virtual
from pipeline.server.stream.reading import Reading
from pipeline.testing import Line
from pipeline.vocabulary import Refusal


class Peer:
    """A peer that answers pings until it turns deaf, at these seconds."""

    def __init__(self, deaf_at: float, knows_pings: bool = True) -> None:
        self.deaf_at, self.knows_pings = deaf_at, knows_pings
        self.cut_at = 0.0
        self.reading: Reading | None = None

    def ping(self, data: bytes) -> None:
        loop = asyncio.get_running_loop()
        if self.knows_pings and loop.time() < self.deaf_at and self.reading is not None:
            loop.call_later(0.2, self.reading.pong, data)

    def cut_off(self) -> None:
        self.cut_at = asyncio.get_running_loop().time()


async def cut_at(peer: Peer, *, marks: bool = False, overdue_at: float = 0.0, speaks: bool = True) -> float:
    """When a peer is cut off in twenty seconds of speech; 0: never. Marks that are read come back each second."""
    loop = asyncio.get_running_loop()
    call = Call("CA" + "0" * 32, Line(loop), loop)
    peer.reading = Reading(peer, call, 2.5)
    for tick in range(200):
        await asyncio.sleep(0.1)
        call.tx += speaks
        if marks and tick % 10 == 0 and loop.time() < peer.deaf_at:
            peer.reading.mark()
        if overdue_at and abs(loop.time() - overdue_at) < 0.01:
            call.refuse(Refusal.MARK_OVERDUE)
    peer.reading.close()
    return peer.cut_at


@pytest.mark.fault("C9")
@pytest.mark.parametrize(
    ("peer", "more", "least", "most"),
    [
        (Peer(5.0), {}, 7.0, 10.0),
        (Peer(0.0), {"overdue_at": 3.0}, 3.0, 5.0),
        (Peer(100.0), {"overdue_at": 3.0}, 0.0, 0.0),
        (Peer(0.0), {}, 0.0, 0.0),
        (Peer(100.0, knows_pings=False), {"marks": True}, 0.0, 0.0),
        (Peer(5.0, knows_pings=False), {"marks": True, "overdue_at": 8.0}, 8.0, 10.0),
        (Peer(5.0), {"speaks": False}, 0.0, 0.0),
    ],
    ids=["goes deaf", "never read", "loses its marks", "may not know pings", "knows none", "deaf, knew none", "quiet"],
)
def test_who_is_cut_off_and_when(peer: Peer, more: dict[str, Any], least: float, most: float) -> None:
    """Within five seconds of its silence, and no peer that answers pings, or returns its marks."""
    assert least <= run_virtual(cut_at(peer, **more)) <= most
