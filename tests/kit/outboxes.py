"""Outboxes with calls in them, as a server leaves them behind, and a delivery that works on them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec

from pipeline.after.case import Case
from pipeline.after.delivery import Delivery
from pipeline.after.files import ENDED, OPEN, Began, Ended, write
from pipeline.catalog import Step, find
from pipeline.config import Config
from pipeline.config.after_settings import AfterSettings
from pipeline.conversation import Message
from pipeline.memory import Memory
from tests.kit import parrot
from tests.kit.peer import sid

SAID = (
    Message("assistant", "Good morning, how can I help?"),
    Message("user", "I want to rent three rooms in Haifa, my name is Dana, up to 5,500 shekels."),
    Message("assistant", "Which number can we call?"),
    Message("user", "zero five two, one two three, four five six seven"),
)


def config(after: AfterSettings, folder: Path, model: Any = None, **changes: Any) -> Config:
    """Return the parrot's config with this work after calls; `model` are the settings of its `llm.openai`."""
    made = parrot.config(**{key: changes.pop(key) for key in ("name",) if key in changes})
    steps = made.steps
    if model is not None:
        steps += (Step(word="llm.openai", kind=find("llm.openai"), settings=model),)
    after = msgspec.structs.replace(after, folder=str(folder))
    return msgspec.structs.replace(made, after=after, steps=steps, **changes)


def began(number: int = 1, **changes: Any) -> Began:
    """Return the beginning of a call."""
    told = Began(sid=sid(number), config="parrot", hash="0" * 12, language="en-US", caller="", called="", began="")
    return msgspec.structs.replace(told, **changes)


def ended(number: int = 1, said: Sequence[Message] = SAID, **memory: Any) -> Ended:
    """Return the end of a call with these words."""
    content = Memory(conversation=list(said), **memory).encode()
    return Ended(call=began(number), cause="stop", ended="2026-11-28T10:00:00.000+00:00", memory=msgspec.Raw(content))


def put(folder: Path, number: int = 1, end: Ended | None = None, **open_: Any) -> Path:
    """Put a call into an outbox: an ended one, or with fields of its beginning an open one."""
    path = folder / sid(number)
    path.mkdir(parents=True)
    write(path / OPEN, began(number, **open_))
    if not open_:
        write(path / ENDED, end or ended(number))
    return path


@asynccontextmanager
async def delivering(*configs: Config) -> AsyncIterator[Delivery]:
    """Deliver what the outboxes of these configs hold."""
    delivery = Delivery(asyncio.get_running_loop(), lambda: configs)
    running = asyncio.ensure_future(delivery.run())
    try:
        yield delivery
    finally:
        running.cancel()
        await asyncio.wait((running,))
        await delivery.close()


def read(path: Path) -> Case:
    """Return a case as it stands on the disk."""
    case = Case(path)
    case.close()
    return case
