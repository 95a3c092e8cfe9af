"""A caller's last call, remembered: one small file a number, which can be deleted at any time."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path
from typing import Annotated

import msgspec

from kav import CallSummary, Processor, StepSettings, doc, on
from kav.frames import CallStarted, ReplyEnded, ReplyText


class Remembered(msgspec.Struct):
    """The file of one number: how often it has called, and the caller's last words."""

    calls: int = 0
    last: str = ""


class CallerMemory(Processor):
    """Greets a caller who has called before, and remembers each call once it is over."""

    gives = (ReplyText, ReplyEnded)

    class Settings(StepSettings, frozen=True, kw_only=True):
        folder: Annotated[str, doc("The folder of the files; blank remembers nothing.")] = ""
        after: Annotated[float, doc("Seconds after which a known caller is greeted.", 0, 10)] = 0.8
        greeting: Annotated[str, doc("Said to a known caller; {last} stands for their last words.")] = "Welcome back."

    settings: Settings

    @on(CallStarted)
    def start(self, frame: CallStarted) -> None:
        self.push(frame)
        if (known := recall(self.settings.folder, self.call.caller)) is not None:
            self.later(self.settings.after, lambda: self.greet(known))

    def greet(self, known: Remembered) -> None:
        if self.chain.turn == 0:  # a caller who has begun to speak is not interrupted
            self.push(ReplyText(0, self.settings.greeting.replace("{last}", known.last)))
            self.push(ReplyEnded(0))

    async def after_call(self, summary: CallSummary) -> None:
        said = [line.text for line in summary.conversation if line.role == "user"]
        await asyncio.to_thread(remember, self.settings.folder, summary.caller, said[-1] if said else "")


def place(folder: str, caller: str) -> Path | None:
    """Return the file of a caller; None for one without a number, and if nothing is remembered."""
    digits = re.sub(r"\D", "", caller)
    return Path(folder, f"{digits}.json") if folder and digits else None


def recall(folder: str, caller: str) -> Remembered | None:
    """Return a caller's file; None if there is none, or none that can be read."""
    path = place(folder, caller)
    try:
        return msgspec.json.decode(path.read_bytes(), type=Remembered) if path is not None else None
    except (OSError, msgspec.MsgspecError):
        return None


def remember(folder: str, caller: str, last: str) -> None:
    """Write a caller's file anew, in one step, so that another process never reads half of it."""
    if (path := place(folder, caller)) is None:
        return
    known = recall(folder, caller) or Remembered()
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    part.write_bytes(msgspec.json.encode(Remembered(known.calls + 1, last)))
    part.replace(path)
