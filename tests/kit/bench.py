"""A bench for one processor on a real loop, with real sockets: nothing is waited for but what happens."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from pipeline.agent import finish
from pipeline.call import Call
from pipeline.chain import Chain
from pipeline.frames import Control, Frame
from pipeline.processor import Processor, on
from pipeline.testing import CALL_SID, NoWire


class Out(Processor):
    """Keeps what leaves a processor, and tells who waits for it."""

    def __init__(self) -> None:
        super().__init__()
        self.kept: list[Frame | Control] = []
        self.changed = asyncio.Event()

    @on(Frame, Control)
    def keep(self, passing: Frame | Control) -> None:
        self.kept.append(passing)
        self.changed.set()


class Bench:
    """One processor in the chain of a call: `put` what comes to it, wait `until` something has left it."""

    def __init__(self, processor: Any, **call: Any) -> None:
        loop = asyncio.get_running_loop()
        above, self.out = Processor(), Out()
        self.out.handlers = {Frame: "keep"}  # type: ignore[misc]  # of this one alone
        self.processor = processor
        self.call = Call(CALL_SID, NoWire(), loop, **call)
        self.chain = Chain([above, processor, self.out], self.call, loop)

    def put(self, *passing: Frame | Control) -> None:
        for each in passing:
            if isinstance(each, Frame):
                self.chain.put(each)
            else:
                self.out.raise_up(each)

    def of(self, kind: type[Any]) -> list[Any]:
        return [each for each in self.out.kept if isinstance(each, kind)]

    async def until(self, kind: type[Any], count: int = 1) -> Any:
        """The so manyth frame of a kind, once it has left the processor."""
        while len(self.of(kind)) < count:
            self.out.changed.clear()
            await self.out.changed.wait()
        return self.of(kind)[count - 1]


@asynccontextmanager
async def bench(kind: type[Any], settings: Any, **call: Any) -> AsyncIterator[Bench]:
    """A bench for a processor of this kind, with what it shares opened before and closed after."""
    async with kind.share(settings, (), call.get("language", "en-US")) as opened:
        made = Bench(kind(settings, opened), **call)
        try:
            yield made
        finally:
            await finish(made.chain, "done")
