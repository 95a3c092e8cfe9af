"""The moods of a storm's providers and tools: how slow each is, how often it fails, and when it is down."""

from __future__ import annotations

import asyncio
from random import Random

import msgspec

FOREVER = 3600.0  # seconds
OUTAGE = 12.0  # seconds that a provider is down


class Trouble(RuntimeError):
    """The error of a storm's provider."""


class Mood(msgspec.Struct, frozen=True):
    """A provider's behaviour: its delay in seconds, the share of bad requests, and the start of its outage."""

    seed: str = ""
    slow: float = 0.0
    trouble: float = 0.0
    down: float = -OUTAGE  # loop time at which it goes down

    def request(self, name: str, wrongs: tuple[str, ...]) -> tuple[Random, str]:
        """Return a request's random generator, and the fault of the request; empty if it goes well.

        Its name and the seed alone decide, so that the order of requests does not matter.
        """
        random = Random(f"{self.seed} {name}")
        if self.down <= asyncio.get_running_loop().time() < self.down + OUTAGE:
            return random, "fails"
        return random, random.choice(wrongs) if random.random() < self.trouble else ""

    async def think(self, random: Random, share: float = 1.0) -> None:
        """Wait for a random share of the provider's delay."""
        await asyncio.sleep(share * self.slow * random.uniform(0.3, 1.5))


def moods(seed: int, role: str) -> list[Mood]:
    """Return the moods of a provider and of its fallback."""
    found = []
    for place in ("first", "spare"):
        random = Random(f"{seed} {role} {place}")
        trouble, slow = random.choice((0.0, 0.0, 0.1, 0.4, 1.0)), random.choice((0.0, 0.1, 0.3, 0.8))
        down = random.uniform(0, 30) if random.random() < 0.3 else -OUTAGE
        found.append(Mood(f"{seed} {role} {place}", slow, trouble, down))
    return found
