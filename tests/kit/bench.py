"""A bench for one processor on a real loop, with real sockets: nothing is waited for but what happens."""

import asyncio
from contextlib import asynccontextmanager

from pipeline.agent import finish
from pipeline.call import Call
from pipeline.chain import Chain
from pipeline.frames import Control, Frame
from pipeline.processor import Processor, on
from pipeline.testing import CALL_SID, NoWire

TOO_LONG = 20.0  # seconds after which a test hangs


def run(main):
    """Run a test, and find the tasks and the unseen errors that it left behind."""

    async def alone():
        unseen = []
        asyncio.get_running_loop().set_exception_handler(lambda _, context: unseen.append(context))
        async with asyncio.timeout(TOO_LONG):
            result = await main
            while left := asyncio.all_tasks() - {asyncio.current_task()}:
                await asyncio.wait(left)
        assert not unseen
        return result

    return asyncio.run(alone())


class Out(Processor):
    """Keeps what leaves a processor, and tells who waits for it."""

    def __init__(self):
        super().__init__()
        self.kept = []
        self.changed = asyncio.Event()

    @on(Frame, Control)
    def keep(self, passing):
        self.kept.append(passing)
        self.changed.set()


class Bench:
    """One processor in the chain of a call: `put` what comes to it, wait `until` something has left it."""

    def __init__(self, processor, **call):
        loop = asyncio.get_running_loop()
        above, self.out = Processor(), Out()
        self.out.handlers = {Frame: "keep"}
        self.processor = processor
        self.call = Call(CALL_SID, NoWire(), loop, **call)
        self.chain = Chain([above, processor, self.out], self.call, loop)

    def put(self, *passing):
        for each in passing:
            if isinstance(each, Frame):
                self.chain.put(each)
            else:
                self.out.raise_up(each)

    def of(self, kind):
        return [each for each in self.out.kept if isinstance(each, kind)]

    async def until(self, kind, count=1):
        """The so manyth frame of a kind, once it has left the processor."""
        while len(self.of(kind)) < count:
            self.out.changed.clear()
            await self.out.changed.wait()
        return self.of(kind)[count - 1]


@asynccontextmanager
async def bench(kind, settings, **call):
    """A bench for a processor of this kind, with what it shares opened before and closed after."""
    async with kind.share(settings, (), call.get("language", "en-US")) as opened:
        made = Bench(kind(settings, opened), **call)
        try:
            yield made
        finally:
            await finish(made.chain, "done")
