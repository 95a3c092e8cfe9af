"""Near the limit of its memory a server takes no new calls; those that run go on."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from math import inf
from pathlib import Path

import pytest
from aiohttp import ClientSession

from pipeline.config import load
from pipeline.faults import KavError
from pipeline.server.memory import available, limit, resident
from tests.kit.outside import Outside, started, until, worker_of
from tests.kit.peer import BUSY, INCOMING, call, metric, sid

BALLOON = """\
from pipeline import audio
from pipeline.frames import AudioIn, Dtmf, Media
from pipeline.processor import Processor, on


class Balloon(Processor):
    "Says what it hears. Key 9 takes 150 MB and keeps them, key 0 gives them back."

    gives = (Media,)
    holds = (AudioIn, Dtmf)
    kept = []

    @on(AudioIn)
    def hear(self, frame: AudioIn) -> None:
        self.push(Media(audio.encode(frame.pcm)))

    @on(Dtmf)
    def press(self, frame: Dtmf) -> None:
        if frame.digit == "9":
            self.kept.append(b"x" * 150_000_000)
        else:
            self.kept.clear()
"""
CONFIG = """\
plugins: [balloon.py]
server: {{max_memory: {limit}}}
pipeline: [twilio_serializer, balloon, twilio_sink]
"""


def written(folder: Path, limit: str) -> str:
    """A config of the balloon with this limit."""
    (folder / "balloon.py").write_text(BALLOON)
    path = folder / "one.yaml"
    path.write_text(CONFIG.format(limit=limit))
    return str(path)


@asynccontextmanager
async def served(folder: Path, limit: str, workers: str = "1") -> AsyncIterator[tuple[Outside, ClientSession]]:
    """A server in a process of its own, and a client."""
    ports = ("--port", "0", "--admin", "127.0.0.1:0", "--workers", workers)
    async with started("run.py", "serve", written(folder, limit), *ports) as (server, session):
        yield server, session


async def answer(server: Outside, session: ClientSession, number: int) -> str:
    """The answer to a ring."""
    async with session.post(server.url + INCOMING, data={"CallSid": sid(number)}) as response:
        return await response.text()


@pytest.mark.fault("G7")
async def test_a_server_short_of_memory_refuses_calls(tmp_path: Path) -> None:
    """As when it is full, with its cause; those in progress go on, and once there is memory the next one is taken."""
    async with served(tmp_path, "200MB") as (server, session):
        async with call(server, session, sid(1)) as bystander, call(server, session, sid(2)) as taker:
            await taker.press("9")
            await taker.talks(2)
            assert await answer(server, session, 3) == BUSY
            assert await answer(server, session, 4) == BUSY
            await server.says("REFUSED memory: .* over four fifths of `server.max_memory`")
            assert await metric(server, session, 'kav_refused_total{reason="memory"}') == 2
            assert await metric(server, session, "kav_memory_limit_bytes") == 200e6
            async with session.get(f"{server.admin_url}/readyz") as response:
                assert (response.status, await response.text()) == (503, "short of memory\n")
            await bystander.talks(2)
            await taker.press("0")
            await taker.talks(3)
            assert "<Stream" in await answer(server, session, 5)
            await bystander.talks(3)
        assert len([line for line in server.lines if "REFUSED memory" in line]) == 1


@pytest.mark.fault("G7")
async def test_a_worker_that_keeps_memory_is_replaced(tmp_path: Path) -> None:
    """Once its calls have ended; until then new calls go to the other one, whose call does not notice."""
    async with served(tmp_path, "400MB", "2") as (server, session):
        async with call(server, session, sid(1)) as bystander:
            async with call(server, session, sid(2)) as taker:
                large, before = await worker_of(server, 2), server.workers
                await taker.press("9")
                await taker.talks(2)
                async with call(server, session, sid(3)):
                    assert await worker_of(server, 3) == await worker_of(server, 1) != large
                    async with call(server, session, sid(4)):
                        assert await worker_of(server, 4) != large
                await taker.say("stop")
                await taker.closed()
            await server.says("WORKER . keeps too much memory after its calls: it is replaced")
            await server.says("WORKER . is ready, process")
            assert len(set(server.workers) & set(before)) == 1
            await until(lambda: sum(resident(worker) for worker in server.workers) < 300e6)
            await bystander.talks(2)
        assert await metric(server, session, "kav_workers_lost_total") == 0
        assert not [line for line in server.lines if "was lost" in line]


@pytest.mark.parametrize(
    ("text", "size"),
    [("2GB", 2e9), ("2 gb", 2e9), ("2GiB", 2**31), ("2G", 2**31), ("0.5m", 2**19), (".5kB", 500), ("off", inf)],
)
def test_a_size_in_bytes(tmp_path: Path, text: str, size: float) -> None:
    """As people write one; Docker and systemd mean the binary ones by a letter alone."""
    assert load(written(tmp_path, text)).server.max_memory == text
    assert limit(text) == size


def test_a_share_is_of_the_memory_that_the_process_may_use() -> None:
    """The machine has no less than this process has in use."""
    assert limit("50%") == available() / 2
    assert resident() < available() < inf


@pytest.mark.parametrize("text", ["0MB", "0%", "101%", "2", "2GBit", "all", "-1GB", "0.0G"])
def test_what_is_no_size(tmp_path: Path, text: str) -> None:
    """The fault has its place, and shows sizes."""
    with pytest.raises(KavError, match=r"one\.yaml:2:22"):
        load(written(tmp_path, text))
