"""A call that a tool can be used in, without a chain."""

from __future__ import annotations

import asyncio
from typing import Any

from pipeline.call import Call
from pipeline.memory import Memory
from pipeline.tool import View
from tests.kit.peer import sid


class Deaf:
    """The end of a line to which nothing has to be said."""

    def send(self, data: bytes) -> None: ...

    def flush(self) -> None: ...

    def hang_up(self, reason: str) -> None: ...

    def reject(self, code: int, reason: str) -> None: ...


def view(seconds: float = 5.0, *, facts: Any = None, secrets: Any = None, **changes: Any) -> View:
    """The view of a call on the running loop, in which a use has so many seconds."""
    loop = asyncio.get_running_loop()
    known = {"caller": "+972521234567", "called": "+972771234567", "language": "en-US", **changes}
    memory = Memory(facts=facts or {}, secrets=secrets or {})
    call = Call(sid=sid(), wire=Deaf(), loop=loop, memory=memory, **known)
    return View(call, "the-key", loop.time() + seconds)
