"""The way of one answer through the code, traced: from a Transcript to the Mark that ends its sound.

    python -m benchmarks.path

The model is `llm.openai`, the voice `tts.google`, each against its stand-in on loopback, in a chain without the steps
that only filter. Prints the files whose code runs, in the order in which they are first entered, and how deep async
generators are nested in each task.
"""

from __future__ import annotations

import asyncio
import inspect
import sys
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

import msgspec
from loguru import logger

from pipeline.agent import Agent, finish
from pipeline.call import Call
from pipeline.config import Config, load
from pipeline.frames import Transcript
from pipeline.phone.virtual_line import CALL_SID, NoWire
from pipeline.standins import google_tts, openai

ROOT = Path(__file__).parents[1]
BENCH = ROOT / "configs/bench.yaml"
OTHERS = ("pipeline/standins/", "pipeline/phone/")  # the parts of the providers and of Twilio
FILTERS = ("echo_guard", "dedup", "intro_filter")
PATIENCE = 10.0  # seconds until the mark, which comes within two


class Journey:
    """The files that were entered, in order, and the deepest nest of async generators by its outermost one."""

    def __init__(self) -> None:
        self.files: list[str] = []
        self.nests: dict[str, list[str]] = {}
        self._known: dict[CodeType, str] = {}

    def __str__(self) -> str:
        files = [f"{number:>3}  {file}" for number, file in enumerate(self.files, 1)]
        nests = [f"{len(nest):>3}  {' · '.join(nest)}" for nest in self.nests.values()]
        return "\n".join(["files", *files, "async generators, outermost first", *nests])

    def see(self, frame: FrameType, event: str, _: Any) -> None:
        """Note a call or a resumption; a profile function of `sys.setprofile`."""
        code = frame.f_code
        if event != "call" or not (file := self._file(code)):
            return
        if file not in self.files:
            self.files.append(file)
        if code.co_flags & inspect.CO_ASYNC_GENERATOR:
            self._nest(frame)

    def _nest(self, frame: FrameType | None) -> None:
        nest: list[str] = []
        while frame is not None:
            code = frame.f_code
            if code.co_flags & inspect.CO_ASYNC_GENERATOR and self._file(code):
                nest.insert(0, f"{Path(code.co_filename).stem}.{code.co_qualname}")
            frame = frame.f_back
        if len(nest) > len(self.nests.get(nest[0], ())):
            self.nests[nest[0]] = nest

    def _file(self, code: CodeType) -> str:
        """The file of this code if it is one of Kav's own, from the checkout's root; otherwise nothing."""
        if code not in self._known:
            path = Path(code.co_filename)
            name = path.relative_to(ROOT).as_posix() if path.is_relative_to(ROOT) else ""
            own = name.startswith(("pipeline/", "processors/")) and not name.startswith(OTHERS)
            self._known[code] = name if own else ""
        return self._known[code]


class _Marked(NoWire):
    """A wire on which the first mark is waited for."""

    def __init__(self) -> None:
        super().__init__()
        self.mark = asyncio.Event()

    def send(self, data: bytes) -> None:
        if b'"mark"' in data:
            self.mark.set()


def journey() -> Journey:
    """Answer one question in a call of its own. Raises TimeoutError if no mark comes within ten seconds."""
    return asyncio.run(_journey())


async def _journey() -> Journey:
    async with openai.OpenAi() as model, google_tts.GoogleTts() as voice, Agent.open(_config(model, voice)) as agent:
        found, wire, loop = Journey(), _Marked(), asyncio.get_running_loop()
        chain = agent.answer(Call(CALL_SID, wire, loop, language=agent.config.language))
        asr = next(step for step in chain.steps if Transcript in step.gives)
        async with asyncio.timeout(PATIENCE):
            sys.setprofile(found.see)
            try:
                chain.enter(asr.push, Transcript(chain.turn, "hello"))
                await wire.mark.wait()
            finally:
                sys.setprofile(None)
        await finish(chain, "stop")
    return found


def _config(model: openai.OpenAi, voice: google_tts.GoogleTts) -> Config:
    """The benchmarks' agent with this model and voice."""
    llm = {"llm.openai": {"base_url": model.url, "key": "stand-in", "model": "stand-in"}}
    tts = {"tts.google": {"endpoint": voice.target, "insecure": True}}
    config = load(BENCH, swap={"llm": llm, "tts": tts})
    steps = tuple(step for step in config.steps if step.word not in FILTERS)
    return msgspec.structs.replace(config, steps=steps)


if __name__ == "__main__":
    logger.remove()
    print(journey())
