"""Old records go as a server starts, and every hour."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path

from pipeline.config import RecordSettings
from pipeline.server.expiry import EVERY, expiring
from pipeline.testing import run_virtual
from tests.kit.kept_calls import kept_call


def numbers(root: Path) -> list[int]:
    """The numbers of the calls that are left."""
    return [int(each.name[2:]) for each in root.glob("*/*")]


def test_records_are_removed_at_the_start_and_every_hour(tmp_path: Path) -> None:
    """What expires while the server runs goes with the next round."""
    settings = [RecordSettings(folder=str(tmp_path), keep=3600.0)]
    left: list[list[int]] = []

    async def main() -> None:
        kept_call(tmp_path, 1, timedelta(days=9000))
        async with expiring(lambda: settings):
            for number in range(2, 5):
                await asyncio.sleep(EVERY / 2 + 1)
                left.append(numbers(tmp_path))
                kept_call(tmp_path, number, timedelta(days=9000))

    run_virtual(main())
    assert left == [[], [], [3]]
