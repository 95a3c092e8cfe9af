"""A plug-in that does something wrong, or has work after its calls, in the way that its setting says."""

from __future__ import annotations

from pathlib import Path

from tests.kit.chain import STEPS, chain

PLUGIN = '''
from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import AsyncGenerator, Callable
from pathlib import Path
from typing import Annotated, Any

from kav import CallSummary, StepSettings, Worker, doc, on
from kav.frames import CallEnded, CallStarted


class Odd(BaseException):
    pass


def oops() -> None:
    raise ValueError("oops")


def leave() -> None:
    sys.exit(3)


class Job(Worker):
    """Does as it is told."""

    class Settings(StepSettings, frozen=True, kw_only=True):
        does: Annotated[str, doc("What.")] = "note"
        to: Annotated[str, doc("The file for notes.")] = ""

    settings: Settings

    def begin(self) -> None:
        if self.settings.does == "begin":
            oops()

    @on(CallStarted)
    def started(self, frame: CallStarted) -> None:
        self.push(frame)
        match self.settings.does:
            case "handler":
                oops()
            case "handler exits":
                leave()
            case "timer exits":
                self.later(0.1, leave)
            case "spawn exits":
                self.spawn(self.work_that_fails(0.1, leave))
            case "spawn exits at once":
                self.spawn(self.work_that_fails(0.0, leave))
            case "spawn odd":
                self.spawn(self.odd())
            case "spawn a function":
                self.spawn(self.odd)
            case "start exits":
                self.start(0, self.work(leave))
            case "timer":
                self.later(0.1, oops)
            case "spawn":
                self.spawn(self.work_that_fails())
            case "spawn at once":
                self.spawn(self.work_that_fails(0.0))
            case "start":
                self.start(0, self.work())
            case "awaited":
                self.start(0, self.awaits())

    @on(CallEnded)
    def ended(self, frame: CallEnded) -> None:
        self.push(frame)
        if self.settings.does == "spawn at the end":
            self.spawn(self.work_that_fails())
        if self.settings.does == "start at the end":
            self.start(0, self.work())

    async def work_that_fails(self, seconds: float = 0.1, then: Callable[[], None] = oops) -> None:
        if seconds:
            await asyncio.sleep(seconds)
        then()

    async def odd(self) -> None:
        raise Odd

    async def work(self, then: Callable[[], None] = oops) -> AsyncGenerator[Any, None]:
        await self.work_that_fails(then=then)
        yield

    async def awaits(self) -> AsyncGenerator[Any, None]:
        try:
            await self.spawn(self.work_that_fails())
        except ValueError:
            self.call.log.info("dealt with")
        if self.call.faults:
            yield

    def close(self) -> None:
        super().close()
        if self.settings.does == "close":
            oops()
        if self.settings.does == "close exits":
            leave()

    async def after_call(self, summary: CallSummary) -> None:
        match self.settings.does:
            case "after_call":
                oops()
            case "after_call exits":
                leave()
            case "after_call is interrupted":
                raise KeyboardInterrupt
            case "after_call odd":
                raise Odd
            case "slow":
                await asyncio.sleep(0.3)
            case "hang":
                await asyncio.sleep(3600)
            case "block":
                await asyncio.to_thread(time.sleep, 3600)
            case "deaf":
                try:
                    await asyncio.sleep(3600)
                except asyncio.CancelledError:
                    await asyncio.sleep(9)
        said = [f"{each.role}: {each.text}" for each in summary.conversation]
        self.call.log.info("NOTED {} {}", summary.cause, said)
        if self.settings.to:
            with Path(self.settings.to).open("a") as file:
                file.write(f"{summary.sid} {summary.cause} {summary.caller}\\n")
'''


def written(folder: Path, does: str = "note", limit: str = "30s", record: str = "") -> Path:
    """Write the plug-in and a config with it; notes go to `notes`, records to the folder `record`."""
    (folder / "job.py").write_text(PLUGIN, encoding="utf-8")
    head = f"name: job\nplugins: [job.py]\nserver: {{after_call: {limit}}}\nrecord: {{folder: '{record}'}}\n"
    step = f"job: {{does: {does}, to: '{folder / 'notes'}'}}"
    path = folder / "job.yaml"
    path.write_text(chain(head, llm=(STEPS["llm"], step)), encoding="utf-8")
    return path


def place(path: Path) -> str:
    """Return the place of the plug-in's step in the config, as messages have it."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return f"{path}:{next(number for number, line in enumerate(lines, 1) if '- job:' in line)}"


def notes(folder: Path) -> list[str]:
    """Return the notes of the work after calls, one a call."""
    file = folder / "notes"
    return file.read_text(encoding="utf-8").splitlines() if file.exists() else []
