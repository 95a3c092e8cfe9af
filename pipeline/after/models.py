"""The models that are asked after calls: one client for each config, opened for its first question."""

from __future__ import annotations

import asyncio
import importlib
from contextlib import AsyncExitStack, suppress
from typing import Any

from pipeline.after import analysis
from pipeline.after.analysis import BadAnswer
from pipeline.after.files import Ended
from pipeline.config import Config
from pipeline.config.after_steps import model_of
from pipeline.faults import FAILURES, KavError
from pipeline.providers.writing import Ask

AT_ONCE = 4  # questions
LONGEST = 200  # characters of an error


class Unanswered(Exception):
    """No answer of use came; the text says why."""


class Models:
    """Asks the models of configs. `close` when all questions have ended."""

    def __init__(self) -> None:
        self._open: dict[str, tuple[str, AsyncExitStack, Ask]] = {}  # by the config's name, with its hash
        self._opening = asyncio.Lock()
        self._few = asyncio.Semaphore(AT_ONCE)

    async def analyse(self, config: Config, ended: Ended) -> dict[str, Any]:
        """Return the analysis of a call. Raises Unanswered."""
        settings = config.after
        step = model_of(settings, config.steps)
        timezone = str(getattr(step.settings, "timezone", "")) if step is not None else ""
        try:
            async with self._few:
                ask = await self._model(config)
                answer = await ask(analysis.question(settings, ended))
            return analysis.read(answer, settings, ended, timezone)
        except (*FAILURES, BadAnswer) as error:  # TimeoutError is an OSError
            raise Unanswered(str(error)[:LONGEST] or type(error).__name__) from None

    async def close(self) -> None:
        """Close all clients."""
        for _, stack, _ in self._open.values():
            await stack.aclose()
        self._open.clear()

    async def _model(self, config: Config) -> Ask:
        async with self._opening:
            found = self._open.get(config.name)
            if found is None or found[0] != config.hash:
                if found is not None:
                    await found[1].aclose()
                    del self._open[config.name]
                found = self._open[config.name] = await self._opened(config)
        return found[2]

    async def _opened(self, config: Config) -> tuple[str, AsyncExitStack, Ask]:
        step = model_of(config.after, config.steps)
        if step is None:
            raise KavError(f"no step `{config.after.model}` in the pipeline")
        kind: Any = step.kind
        await asyncio.to_thread(_import, kind.imports)
        stack = AsyncExitStack()
        return config.hash, stack, await stack.enter_async_context(kind.writing(step.settings))


def _import(names: tuple[str, ...]) -> None:
    """Import slow libraries, so that no call waits for it; a missing one is told of when it is used."""
    for name in names:
        with suppress(ImportError):
            importlib.import_module(name)
