"""A chat model that may ask for tools, asked through the real client library."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from pipeline.conversation import Message
from pipeline.events import UseWritten
from pipeline.llm.asked import Asked
from pipeline.memory import Use
from pipeline.standins.openai import OpenAi, Script
from pipeline.tool import Tool
from tests.kit.alone import run
from tests.kit.asking import asking
from tests.kit.tools import BOOK, FIND

HISTORY = [Message("user", "Acre?")]


class Bits:
    """The bits of an answer: its words, and its uses as they became known and as they were whole."""

    def __init__(self, bits: Sequence[str | Asked], server: OpenAi, written: list[str]) -> None:
        self.words = "".join(bit for bit in bits if isinstance(bit, str)).strip()
        asked = [bit for bit in bits if isinstance(bit, Asked)]
        self.known = [it.name for it in asked if not it.whole]
        self.uses = [(it.name, json.loads(it.arguments or "{}")) for it in asked if it.whole]
        self.requests, self.written = [it.body for it in server.requests], written


def ask(
    script: Script,
    *,
    tools: Sequence[Tool] = (FIND, BOOK),
    words_only: bool = False,
    history: list[Message] = HISTORY,
    uses: Sequence[Use] = (),
    **changed: Any,
) -> Bits:
    """Ask once, with these tools offered; raises what the answer raises."""

    async def main() -> Bits:
        async with asking(script, **changed) as (server, dialogue):
            model, written = dialogue.processor, list[str]()
            dialogue.call.watch(lambda _, event: written.append(event.tool) if isinstance(event, UseWritten) else None)
            model.offered, model.words_only = tuple(tools), words_only
            dialogue.call.memory.uses[:] = uses
            return Bits([bit async for bit in model.answer(history)], server, written)

    return run(main())
