"""`check --online`: ask each provider that a config names once whether it would serve."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterable, Sequence
from contextlib import AsyncExitStack
from typing import Any

import msgspec

from pipeline.catalog import ToolItem
from pipeline.catalog.spec import Step, fallbacks
from pipeline.config import Config
from pipeline.faults import FAILURES, printable
from pipeline.providers.probe import Probe, Unserved
from pipeline.redaction.secrets import masked
from pipeline.terminal.paint import GREEN, PLAIN, RED, Paint
from pipeline.terminal.progress import Progress, progress

PATIENCE = 5.0  # seconds that a provider has to answer
SLOW = "see whether this machine reaches the provider: address, DNS, proxy, firewall"


class ProbeResult(msgspec.Struct, frozen=True, kw_only=True):
    """A provider's answer to one probe."""

    where: str  # file:line of its step
    word: str
    asked: str
    ok: bool
    came: str  # the answer, or the error
    hint: str = ""  # advice after a failure
    ms: int  # time until the answer, milliseconds

    def __str__(self) -> str:
        return self.painted(PLAIN)

    def painted(self, paint: Paint) -> str:
        """Return the answer as a line, for a stream."""
        asked = printable(f"{self.where}  {self.word}  asked for {self.asked}: ")
        came = printable(f"{self.came} ({self.ms} ms){f': {self.hint}' if self.hint else ''}")
        return asked + paint(came, GREEN if self.ok else RED)


def ask(configs: Sequence[Config], stand_ins: bool = False, patience: float = PATIENCE) -> list[ProbeResult]:
    """Ask all providers of these configs concurrently, or stand-ins for them; `patience` is in seconds."""
    return asyncio.run(_ask_all(configs, stand_ins, patience))


async def _ask_all(configs: Sequence[Config], stand_ins: bool, patience: float) -> list[ProbeResult]:
    async with AsyncExitStack() as stack:
        if stand_ins:
            from pipeline.standins.starting import standing_in

            configs = [await stack.enter_async_context(standing_in(config, ())) for config in configs]
        found = questions(configs)
        if found:
            print(f"asking {len(found)} provider{'s' * (len(found) > 1)}…", file=sys.stderr)
        with progress(len(found), "answers") as bar:
            return await asyncio.gather(*(_ask(step, probe, patience, bar) for step, probe in found))


def questions(configs: Iterable[Config]) -> list[tuple[Step | ToolItem, Probe]]:
    """Return the probes to make, each with its step or tool; equal ones of one word are made once, for the first."""
    found: dict[Any, tuple[Step | ToolItem, Probe]] = {}
    for config in configs:
        for step in (each for first in config.steps for each in (first, *fallbacks(first))):
            if (probe := step.kind.probe(step.settings, config.language)) is not None:
                found.setdefault((step.word, probe.of), (step, probe))
        for item in config.tools:
            if (probe := item.kind.probe(item.settings, config.language)) is not None:
                found.setdefault((item.word, probe.of), (item, probe))
    return list(found.values())


async def _ask(step: Step | ToolItem, probe: Probe, patience: float, bar: Progress) -> ProbeResult:
    loop = asyncio.get_running_loop()
    begun = loop.time()
    ok, came, hint = await _outcome(probe, patience)
    took = round(1000 * (loop.time() - begun))
    bar.advance()
    return ProbeResult(
        where=step.where, word=step.word, asked=probe.asked, ok=ok, came=masked(came), hint=masked(hint), ms=took
    )


async def _outcome(probe: Probe, patience: float) -> tuple[bool, str, str]:
    try:
        async with asyncio.timeout(patience):
            return True, await probe.ask(), ""
    except TimeoutError:
        return False, f"no answer in {patience:g} s", SLOW
    except Unserved as error:
        return False, error.text, error.hint
    except FAILURES as error:  # the errors of a step that cannot be opened
        return False, str(error) or type(error).__name__, ""
