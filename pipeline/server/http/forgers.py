"""The back-off for forgers: many wrong signatures from one address are answered late.

The signature is checked first, always: a request that Twilio has signed is answered at once, whatever else comes from
the address of the proxy that it came by.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from ipaddress import ip_address

from aiohttp import web

from pipeline.server.http.connection import network

FORGIVEN = 3.0  # seconds after which one wrong signature of an address is forgiven
FREE, MOST = 20, 120  # wrong signatures answered at once, and those of an address that are counted at most
STEP, LONGEST = 0.1, 5.0  # seconds by which each one more is answered later, and at most
ADDRESSES = 4096  # that are remembered; the one longest without a wrong signature is forgotten first


class Unsigned(web.HTTPForbidden):
    """A request without Twilio's signature."""


class Forgers:
    """The addresses that have sent wrong signatures; `now` is loop time in seconds."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._forgiven_at: OrderedDict[str, float] = OrderedDict()  # by address: when all are forgiven

    def delay(self, address: str) -> float:
        """Count one wrong signature, and return the seconds to wait before its answer."""
        now = self._now()
        at = max(self._forgiven_at.pop(address, now), now) + FORGIVEN
        self._forgiven_at[address] = at = min(at, now + MOST * FORGIVEN)
        if len(self._forgiven_at) > ADDRESSES:
            self._forgiven_at.popitem(last=False)
        return min(max((at - now) / FORGIVEN - FREE, 0.0) * STEP, LONGEST)


def origin(request: web.BaseRequest) -> str:
    """Return the address that a request is from: its peer's, or that which a proxy in our own network has added."""
    peer = request.remote or ""
    forwarded = request.headers.getall("X-Forwarded-For", ("",))[-1].rpartition(",")[2].strip()
    try:
        return network(str(ip_address(forwarded))) if ip_address(peer).is_private and forwarded else network(peer)
    except ValueError:
        return peer
