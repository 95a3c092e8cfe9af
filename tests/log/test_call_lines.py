"""A call's lines: after what the caller hears, in their order, and none lost."""

from __future__ import annotations

import asyncio

from loguru import logger

from pipeline.log.call_lines import Lines
from pipeline.log.setup import messages
from pipeline.loop.virtual import run_virtual


def test_a_line_waits_for_the_loop() -> None:
    """Whoever tells something goes on at once; the lines are made in order, on the loop's next turn."""

    async def main() -> None:
        lines = Lines(asyncio.get_running_loop(), "CA1")
        lines.info("one {}", 1)
        lines.warning("two")
        assert not log
        await asyncio.sleep(0)
        assert log == ["one 1", "two"]

    with messages("DEBUG") as log:
        run_virtual(main())


def test_the_last_lines_do_not_wait() -> None:
    """What a call has told when it ends is written, and what it tells from then on, too."""

    async def main() -> None:
        lines = Lines(asyncio.get_running_loop(), "CA1")
        lines.debug("one")
        lines.wait_no_more()
        assert log == ["one"]
        lines.info("two")
        assert log == ["one", "two"]

    with messages("DEBUG") as log:
        run_virtual(main())


def test_a_line_has_its_call_and_its_error() -> None:
    """A line has the call's sid, its level, and an error's trace."""
    records = []

    async def main() -> None:
        lines = Lines(asyncio.get_running_loop(), "CA1")
        try:
            raise OSError("no network")
        except OSError as error:
            lines.error("FAULT in {}", "asr", error=error)
        lines.wait_no_more()

    sink = logger.add(lambda line: records.append(line.record), format="{message}")
    try:
        run_virtual(main())
    finally:
        logger.remove(sink)
    (record,) = records
    assert (record["level"].name, record["message"], record["extra"]) == ("ERROR", "FAULT in asr", {"call_sid": "CA1"})
    assert record["exception"].type is OSError and record["exception"].traceback is not None
