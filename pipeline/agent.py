"""An agent: a config made ready to answer calls."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING, Any

from pipeline.call import Call
from pipeline.chain import Chain

if TYPE_CHECKING:
    from pipeline.config import Config

CLOSING = 2.0  # seconds that a call's workers get to end


class Agent:
    """A config whose steps have opened what their calls share: models, pools, the sound of fixed phrases."""

    def __init__(self, config: Config, shared: tuple[Any, ...]) -> None:
        self.config = config
        self._shared = shared

    @classmethod
    @asynccontextmanager
    async def open(cls, config: Config) -> AsyncIterator[Agent]:
        """Open what the steps share, top to bottom; close it in the opposite order."""
        said = [step.kind.phrases(step.settings, config.language) for step in config.steps]
        phrases = tuple(dict.fromkeys(phrase for some in said for phrase in some if phrase))
        async with AsyncExitStack() as stack:
            shared = [
                await stack.enter_async_context(step.kind.share(step.settings, phrases, config.language))
                for step in config.steps
            ]
            yield cls(config, tuple(shared))

    def answer(self, call: Call) -> Chain:
        """A chain of fresh processors for this call."""
        steps = []
        for step, shared in zip(self.config.steps, self._shared, strict=True):
            processor = step.kind(step.settings, shared)
            processor.where = f"{step.file}:{step.line}"
            steps.append(processor)
        return Chain(steps, call, call.loop, call.saw if call.watchers else None)


async def finish(chain: Chain, reason: str) -> None:
    """End a call's chain and wait, at most two seconds, until what its workers had open is closed."""
    chain.close(reason)
    left = set(chain.tasks)
    if left:
        _, late = await asyncio.wait(left, timeout=CLOSING)
        if late:
            chain.call.log.error("LATE {} tasks did not end within {} s", len(late), CLOSING)
            chain.call.event("late", tasks=len(late))
    chain.call.ended(reason)
