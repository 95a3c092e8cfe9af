"""The pool of processes that recognise."""

from __future__ import annotations

import asyncio
import os
import signal
from contextlib import suppress
from pathlib import Path

import pytest

from tests.kit.alone import SLOW, run

pytest.importorskip("pocketsphinx")
from tests.kit.sphinx import ears, listening, recording


def test_more_utterances_than_workers() -> None:
    """One worker hears what several callers say at once, one after the other."""

    async def five() -> None:
        async with listening(1) as pool:
            heard = await ears(pool, *[recording("city")] * 5)
            assert [text for text, _ in heard] == ["in tel aviv"] * 5

    run(five(), limit=SLOW)


def test_who_stops_waiting_holds_nobody_up() -> None:
    """Utterances that are given up, waiting or already being heard, leave the worker to the next one."""

    async def given_up() -> None:
        async with listening(1) as pool:
            hopeless = [asyncio.create_task(pool.hear(recording("looking"))) for _ in range(3)]
            await turns()
            for task in hopeless:
                task.cancel()
            assert (await pool.hear(recording("bye")))[0] == "thank you goodbye"

    run(given_up(), limit=SLOW)


def test_a_killed_worker_is_replaced() -> None:
    """The utterance that a worker had when it was killed is heard by another one, and so is the next."""

    async def killed() -> None:
        async with listening(1) as pool:
            (victim,) = pool.pids
            os.kill(victim, signal.SIGSTOP)  # it cannot be faster than the kill
            lost = asyncio.create_task(pool.hear(recording("city")))
            await turns()
            os.kill(victim, signal.SIGKILL)
            assert (await lost)[0] == "in tel aviv"
            assert (await pool.hear(recording("city")))[0] == "in tel aviv"
            assert victim not in pool.pids

    run(killed(), limit=SLOW)


@pytest.mark.fault("D2")
@pytest.mark.parametrize("workers", [1, 2])
def test_a_worker_that_hangs_is_replaced(workers: int) -> None:
    """Its utterance is heard by another worker, which is asked once it is slow, or by the one that replaces it."""

    async def hung() -> None:
        async with listening(workers) as pool:
            victim = pool.pids[0]
            os.kill(victim, signal.SIGSTOP)
            heard = await ears(pool, *[recording("city")] * workers)
            assert {text for text, _ in heard} == {"in tel aviv"}
            while victim in pool.pids:  # noqa: ASYNC110 - nothing tells of it
                await asyncio.sleep(0.01)
            assert (await pool.hear(recording("city")))[0] == "in tel aviv"

    run(hung(), limit=SLOW)


def test_an_utterance_is_given_up_after_two_workers() -> None:
    """If both hang, it comes back as an empty text, so that the caller is asked again; both are replaced."""

    async def hung() -> None:
        async with listening(2) as pool:
            victims = pool.pids
            for victim in victims:
                os.kill(victim, signal.SIGSTOP)
            assert await pool.hear(recording("city")) == ("", 0.0)
            assert {text for text, _ in await ears(pool, *[recording("city")] * 3)} == {"in tel aviv"}
            assert not set(victims) & set(pool.pids)

    run(hung(), limit=SLOW)


def test_an_idle_worker_that_died_costs_no_utterance() -> None:
    """A worker that was killed while nobody spoke is replaced before the next utterance is heard."""

    async def killed() -> None:
        async with listening(1) as pool:
            (victim,) = pool.pids
            os.kill(victim, signal.SIGKILL)
            await asyncio.to_thread(os.waitid, os.P_PID, victim, os.WEXITED | os.WNOWAIT)
            await turns()
            assert (await pool.hear(recording("city")))[0] == "in tel aviv"

    run(killed(), limit=SLOW)


def test_close_leaves_nothing() -> None:
    """A closed pool has no process, no file descriptor and no task left, whatever it was doing, and hears no more."""

    async def opened_and_closed() -> None:
        before = open_files()
        async with listening() as pool:
            pids = pool.pids
            lost = asyncio.create_task(pool.hear(recording("city")))
            await turns()
        assert await lost == ("", 0.0)
        assert not open_files() - before
        assert asyncio.all_tasks() == {asyncio.current_task()}
        for pid in pids:
            with pytest.raises(ProcessLookupError):
                os.kill(pid, 0)
        with pytest.raises(ChildProcessError):
            await pool.hear(recording("city"))

    run(opened_and_closed(), limit=SLOW)


async def turns() -> None:
    """Let the event loop go round until what has been started waits for a worker."""
    for _ in range(10):
        await asyncio.sleep(0)


def open_files() -> set[tuple[str, str]]:
    found = set()
    for path in Path("/proc/self/fd").iterdir():
        with suppress(FileNotFoundError):  # the folder itself, while it was listed
            found.add((path.name, str(path.readlink())))
    return found
