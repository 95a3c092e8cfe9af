"""The beginnings and ends of calls are written; a disk that takes nothing keeps no call."""

from __future__ import annotations

import asyncio
from pathlib import Path

from loguru import logger

from pipeline.after.outbox import Outbox
from tests.kit.outboxes import began, ended, read
from tests.kit.peer import sid


async def test_the_end_is_on_the_disk_when_it_returns(tmp_path: Path) -> None:
    """With the process that wrote it, which is known as long as it lives."""
    outbox = Outbox(asyncio.get_running_loop())
    kept = outbox.began(str(tmp_path), began())
    assert kept is not None
    await outbox.ended(kept, ended())
    case = read(tmp_path / sid())
    assert case.ended is not None and case.ended.call.process and case.ended.cause == "stop"
    await outbox.close()


async def test_no_sid_of_a_stranger_reaches_the_disk(tmp_path: Path) -> None:
    """It would be the name of a folder."""
    outbox = Outbox(asyncio.get_running_loop())
    assert outbox.began(str(tmp_path), began(sid="../x")) is None
    assert outbox.began("", began()) is None
    await outbox.close()
    assert not await asyncio.to_thread(lambda: list(tmp_path.iterdir()))


async def test_tools_at_work_are_written_when_they_have_ended(tmp_path: Path) -> None:
    """Closing waits for them."""
    outbox = Outbox(asyncio.get_running_loop())
    kept = outbox.began(str(tmp_path), began())
    assert kept is not None
    await outbox.ended(kept, ended())
    lasting = {asyncio.ensure_future(asyncio.sleep(0.01))}
    for task in lasting:
        task.add_done_callback(lasting.discard)
    outbox.settle(kept, lasting, lambda: ended(facts={"done": True}))
    await outbox.close()
    case = read(tmp_path / sid())
    assert case.ended is not None and b'"done":true' in bytes(case.ended.memory)


async def test_what_the_disk_never_takes_is_said(tmp_path: Path) -> None:
    """Once when it fails, and at the end as lost; nothing is raised."""
    (tmp_path / "file").touch()
    lines: list[str] = []
    sink = logger.add(lambda message: lines.append(message.record["message"]))
    outbox = Outbox(asyncio.get_running_loop())
    kept = outbox.began(str(tmp_path / "file"), began())
    assert kept is not None
    await outbox.ended(kept, ended())
    await outbox.close()
    logger.remove(sink)
    assert sum("cannot be written" in line and "calls go on" in line for line in lines) == 2  # and those held back
    assert lines[-2] == f"OUTBOX {sid()} is lost: File exists" or lines[-1] == f"OUTBOX {sid()} is lost: File exists"
