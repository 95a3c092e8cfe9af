"""The aims of turn-taking, and the measured figures beside them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from benchmarks.turns.scenes import Figures

ECHOES = tuple(f"echo-{way}" for way in ("25", "20", "10", "room", "codec", "clipping"))
NOISES = (
    "cough", "breath", "click", "burst", "noise", "keys", "music",
    *(f"{kind}-{below}" for kind in ("white", "road") for below in (20, 10, 5)),
)  # fmt: skip


class Aim(msgspec.Struct, frozen=True):
    """The most, or with `least` the least, that a figure of these rows may be."""

    text: str
    rows: tuple[str, ...]
    field: str
    limit: float
    unit: str = "%"
    least: bool = False

    def judged(self, rows: Mapping[str, Figures]) -> dict[str, Any]:
        """Return the worst of the measured figures beside the aim; `met` is None without a figure."""
        found = [value for name in self.rows if name in rows and (value := rows[name].get(self.field)) is not None]
        worst = None if not found else min(found) if self.least else max(found)
        met = None if worst is None else worst >= self.limit if self.least else worst <= self.limit
        return {"aim": self.text, "measured": worst, "limit": self.limit, "unit": self.unit, "least": self.least,
                "met": met}  # fmt: skip


AIMS = (
    Aim("own echo stops the agent", ECHOES, "stopped", 0),
    Aim("an interruption under echo stops it", ("double-talk",), "stopped", 100, least=True),
    Aim("… and it is silent after, p50", ("double-talk",), "silent_p50", 0.35, "s"),
    Aim("nods: the reply is given up, Hebrew", ("nods-he",), "given_up", 5),
    Aim("nods: the reply is given up, from meetings", ("nods-en",), "given_up", 5),
    Aim("nods: the reply is given up, quiet", ("nods-quiet",), "given_up", 5),
    Aim("an interruption stops the agent", ("interruption",), "stopped", 100, least=True),
    Aim("… and it is silent after, p50", ("interruption",), "silent_p50", 0.35, "s"),
    Aim("… and it is silent after, p95", ("interruption",), "silent_p95", 0.55, "s"),
    Aim("one word stops the agent", ("one-word", "no"), "stopped", 100, least=True),
    Aim("babble at 20 dB: stops a minute", ("babble-20",), "stops_a_minute", 0, ""),
    Aim("babble at 10 dB: stops a minute", ("babble-10",), "stops_a_minute", 3, ""),
    Aim("the agent talks into turns", ("turns",), "talk_ins", 10),
    Aim("audible after the last word, p50", ("turns",), "audible_p50", 0.9, "s"),
    Aim("pauses cut at 480 ms mean delay", ("curve",), "cut_at_480ms", 26),
    Aim("mean delay at 5 % cut", ("curve",), "delay_at_5", 1.2, "s"),
    Aim("quiet caller, −46 dBFS: talks into turns", ("quiet-46",), "talk_ins", 20),
    Aim("quiet caller, −50 dBFS: never heard", ("quiet-50",), "never", 0),
    Aim("short answers lost", ("answers-en", "answers-en-soon"), "lost", 3),
    Aim("short answers lost, Hebrew", ("answers-he", "answers-he-soon"), "lost", 0),
    Aim("coughs, noises, music, keys: the agent stops", NOISES, "stopped", 0),
    Aim("keys' tones answered as words", ("keys-silent",), "taken", 0),
)


def judged(rows: Mapping[str, Figures]) -> list[dict[str, Any]]:
    """Return all aims that have a measured figure."""
    return [found for aim in AIMS if (found := aim.judged(rows))["met"] is not None]


def missed(aims: Iterable[Mapping[str, Any]]) -> int:
    """Return the number of aims that are missed."""
    return sum(not aim["met"] for aim in aims)
