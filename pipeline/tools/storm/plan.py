"""The plan of a random call, drawn from its seed alone: the same seed is the same call."""

from __future__ import annotations

from hashlib import md5
from random import Random
from typing import Any

import msgspec

AT_ONCE = 5  # calls of one agent: they share its breakers, its cache and its loop
SETTLING = 4.0  # seconds of quiet at the end, after which a patient caller waits for the agent's turn
LENGTHS = (0.02, 0.06, 0.1, 0.16, 0.3, 0.6, 1.2, 2.5, 5.0, 8.0)  # seconds of a sound
NOISES = ("", "", "", "white", "hum", "street", "babble")
BAD = (
    b"",
    b"{",
    b"[]",
    b"null",
    b"\xff\xfe\x00",
    b'{"event":"media"}',
    b'{"event":"dance","streamSid":"MZ"}',
    b'{"event":"media","streamSid":"MZother","media":{"payload":"//8="}}',
    b'{"event":"mark","streamSid":"MZother","mark":{"name":"1.1"}}',
    b'{"event":"media","streamSid":"MZ","media":{"payload":"%%%"}}',
    b'{"event":"dtmf","streamSid":"MZ","dtmf":{"digit":7}}',
    b"[" * 3000,
)


class Sound(msgspec.Struct, frozen=True):
    """A sound in the caller's microphone: speech, a click or noise."""

    at: float  # seconds of the call
    kind: str  # speech, noise, babble
    length: float  # seconds
    level: float  # of full loudness
    number: int  # no two of a call sound the same


class Network(msgspec.Struct, frozen=True):
    """The shares, of 1, of sound and marks that the network loses, repeats and reorders, and its delays."""

    lost: float = 0.0
    twice: float = 0.0
    shuffled: float = 0.0
    stalls: tuple[tuple[float, float], ...] = ()  # start and length, seconds; at the end all held messages come
    mark_late: float = 0.0  # seconds, at most
    marks_lost: float = 0.0
    marks_twice: float = 0.0


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """One call: its caller, sounds and network; times in seconds."""

    seed: int  # of the five
    number: int  # among them
    starts: float
    length: float
    hangs_up: bool  # at `length`, also amid the agent's turn
    sounds: tuple[Sound, ...]
    noise: str
    noise_level: float
    echo: float  # loudness, of 1, of the agent's voice that comes back
    echo_after: float
    over: float  # share of replies that the caller speaks over
    keys: tuple[tuple[float, str], ...]
    bad: tuple[tuple[float, bytes], ...]
    network: Network

    @property
    def name(self) -> str:
        """The call's name in reports: seed/number."""
        return f"{self.seed}/{self.number}"

    @property
    def sid(self) -> str:
        """The call SID, made from the name."""
        return "CA" + md5(self.name.encode(), usedforsecurity=False).hexdigest()


def seeds(run: int, calls: int) -> list[int]:
    """Return the seeds of a run, one for each five calls, rounded up."""
    return [Random(f"{run}.{number}").getrandbits(31) for number in range(-(-calls // AT_ONCE))]


def plans(seed: int) -> list[Plan]:
    """Return the plans of a seed's five calls."""
    return [_plan(seed, number) for number in range(AT_ONCE)]


def _plan(seed: int, number: int) -> Plan:
    random = Random(f"{seed}/{number}")
    sounds = _sounds(random)
    length = sounds[-1].at + sounds[-1].length + SETTLING if sounds else SETTLING
    if hangs_up := random.random() < 0.3:
        length = random.uniform(0.02, length)
    noise = random.choice(NOISES)
    return Plan(
        seed=seed,
        number=number,
        starts=random.choice((0.0, random.uniform(0, 6))),
        length=length,
        hangs_up=hangs_up,
        sounds=sounds,
        noise=noise,
        noise_level=random.choice((0.003, 0.01, 0.02, 0.1)) if noise else 0.0,
        echo=random.choice((0.0, 0.0, 0.0, 0.01, 0.05, 0.3)),
        echo_after=random.uniform(0.04, 0.4),
        over=random.choice((0.0, 0.0, 0.3, 0.9)),
        keys=_moments(random, length, (0, 0, 3, 40), tuple("0123456789*#")),
        bad=_moments(random, length, (0, 0, 0, 4, 18, 60), BAD),
        network=_network(random, length),
    )


def _moments(random: Random, length: float, counts: tuple[int, ...], of: tuple[Any, ...]) -> tuple[Any, ...]:
    """Return random choices of these things, each with a random time of the call."""
    return tuple((random.uniform(0, length), random.choice(of)) for _ in range(random.choice(counts)))


def _sounds(random: Random) -> tuple[Sound, ...]:
    at, found = 0.0, []
    for number in range(random.randint(0, 8)):
        at += random.choice((0.1, 0.3, 0.6, 1.5, 4.0)) * random.uniform(0.2, 2)
        kind = random.choice(("speech", "speech", "speech", "speech", "noise", "babble"))
        length, level = random.choice(LENGTHS), random.choice((0.03, 0.2, 0.6, 1.0))
        sound = Sound(at, kind, length, level, random.randrange(64) + 64 * number)
        found.append(sound)
        at += sound.length
    return tuple(found)


def _network(random: Random, length: float) -> Network:
    if random.random() < 0.4:
        return Network()
    share = (0.0, 0.0, 0.01, 0.1)
    stalls = [(random.uniform(0, length), random.choice((0.1, 0.4, 1.5, 4.0))) for _ in range(random.randint(0, 3))]
    return Network(
        lost=random.choice(share),
        twice=random.choice(share),
        shuffled=random.choice(share),
        stalls=tuple(sorted(stalls)),
        mark_late=random.choice((0.0, 0.0, 0.3, 1.4)),
        marks_lost=random.choice((0.0, 0.0, 0.2, 1.0)),
        marks_twice=random.choice((0.0, 0.3)),
    )
