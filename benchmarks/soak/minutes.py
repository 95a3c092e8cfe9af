"""The lines of a soak with faults: one a minute, with the calls so far and what the server holds."""

from __future__ import annotations

import re
import shutil
import time
from collections import Counter

from benchmarks.soak.ground import Ground
from benchmarks.soak.judging import Bystander
from benchmarks.soak.readings import held, metrics
from benchmarks.soak.waits import Waits

OLD = 120.0  # seconds after which a call's record is deleted, or the disk would be full indeed
KINDS = ("asr", "llm", "tts", "step", "stream")  # the others are of the process and of strangers
COLUMNS = ("minute", "calls", "clean", "silence", "hole", "rss", "files", "threads", "children", "tasks", "active")
MORE = ("blocked", "server", "phone", "waited")


class Minutes:
    """The bystanders that have ended; `calls` counts them, `unclean` has those with complaints."""

    def __init__(self, made: Ground, waits: Waits) -> None:
        self.ground, self.waits = made, waits
        self.calls = 0
        self.unclean: list[tuple[Bystander, list[str]]] = []
        self.silence = self.hole = 0.0  # the worst of all, seconds
        self._now: list[Bystander] = []  # of this minute
        self._begun = self._last = time.monotonic()
        self._cpu = made.server.cpu[0]
        self._blocked: dict[str, float] = {}

    def add(self, call: Bystander, complaints: list[str]) -> None:
        """Count a call that has ended."""
        self.calls += 1
        self._now.append(call)
        self.silence = max(self.silence, call.silence)
        self.hole = max([self.hole, *(length for _, length in call.holes)])
        if complaints:
            self.unclean.append((call, complaints))
            at = call.ended - self._begun
            print(f"         {at:6.0f} s  bystander {call.call_sid[:10]}: {', '.join(complaints)}", flush=True)

    def head(self, before: dict[str, int]) -> None:
        """Print the names of the columns, and what is held before the first call; the minutes begin."""
        self._begun = self._last = time.monotonic()
        print("".join(f"{name:>9}" for name in (*COLUMNS, *MORE)) + "  faults")
        print(" " * 45 + "".join(f"{before[name]:>9}" for name in COLUMNS[5:]), flush=True)

    async def line(self, placed: Counter[str]) -> None:
        """Print this minute's line."""
        now, cpu = time.monotonic(), self.ground.server.cpu[0]
        took = max(now - self._last, 1e-9)
        figures = await held(self.ground.server)
        silence = max((call.silence for call in self._now), default=0.0)
        hole = max((length for call in self._now for _, length in call.holes), default=0.0)
        done = (f"{(now - self._begun) / 60:.0f}", self.calls, self.calls - len(self.unclean))
        worst = (f"{silence:.2f}", f"{hole:.3f}")
        blocked = await self._longest_block()
        phone = self._now[-1].cpu if self._now else 0.0
        waited = self.waits.between(self._last, now) / took
        last = (blocked, f"{(cpu - self._cpu) / took:.2f}", f"{phone:.2f}", f"{waited:.2f}")
        cells = (*done, *worst, *(figures[name] for name in COLUMNS[5:]), *last)
        print("".join(f"{cell!s:>9}" for cell in cells) + f"  {_kinds(placed)}", flush=True)
        self._last, self._cpu, self._now = now, cpu, []
        _sweep(self.ground)

    async def _longest_block(self) -> str:
        """Return the bucket of the longest block of the loop since the last line."""
        page = await metrics(self.ground.server)
        found = re.findall(r'^kav_loop_blocked_seconds_bucket{le="([^"]+)"} (\S+)$', page, re.MULTILINE)
        counts = {edge: float(count) for edge, count in found}
        grown = [edge for edge, count in counts.items() if count > self._blocked.get(edge, 0.0)]
        edges = list(counts)
        # Buckets are cumulative: the longest block lies in the last one that grew by more than the one below it did.
        own = [edge for low, edge in zip([None, *edges], edges, strict=False)
               if edge in grown and self._grown(counts, edge) > (self._grown(counts, low) if low else 0.0)]  # fmt: skip
        self._blocked = counts
        return f"<={own[-1]}" if own else "-"

    def _grown(self, counts: dict[str, float], edge: str) -> float:
        return counts[edge] - self._blocked.get(edge, 0.0)


def _kinds(placed: Counter[str]) -> str:
    kinds = Counter[str]()
    for name, count in placed.items():
        word = name.split()[0].rstrip(":")
        kinds[word if word in KINDS else "other"] += count
    return " ".join(f"{kind} {count}" for kind, count in sorted(kinds.items()))


def _sweep(made: Ground) -> None:
    """Delete the records of calls that ended a while ago."""
    for record in made.records.glob("*/CA*"):
        if record.stat().st_mtime < time.time() - OLD:
            shutil.rmtree(record, ignore_errors=True)
