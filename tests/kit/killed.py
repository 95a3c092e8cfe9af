"""A server that is killed again and again while it has calls: each call that began is told of, under one id.

python -m tests.kit.killed --calls 1000 --kills 20
"""

from __future__ import annotations

import argparse
import asyncio
import random
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from aiohttp import ClientError, ClientSession, WSMsgType

from pipeline.after.case import folders
from pipeline.after.files import DEAD, DONE, ENDED, OPEN
from tests.kit.chain import chain
from tests.kit.outside import Outside, started
from tests.kit.peer import Peer, sid
from tests.kit.receiver import SECRET, Inbox, receiver

SECONDS = 1.0  # the length of the longest call
PATIENCE = 60.0  # seconds until all is told, once no server is killed any more


class Outcome(NamedTuple):
    """The calls that began, those that were told of, those told as lost, and the attempts that came."""

    began: set[str]
    told: set[str]
    lost: set[str]
    attempts: int


async def killed(folder: Path, calls: int, kills: int, workers: int = 1, seed: int = 0) -> Outcome:
    """Run so many calls on a server, kill it so often in them, and return what was told."""
    chance, began = random.Random(seed), set[str]()
    async with receiver() as inbox:
        path = folder / "agent.yaml"
        send = f"[{{url: '{inbox.url}', secret: {SECRET}}}]"
        path.write_text(chain(f"name: agent\nafter: {{send: {send}}}\n"), encoding="utf-8")
        command = ("run.py", "serve", str(path), "--port", "0", "--admin", "0", "--workers", str(workers))
        numbers = list(range(1, calls + 1))
        share = -(-calls // (kills + 1))
        for at in range(kills + 1):
            some = numbers[at * share : (at + 1) * share]
            async with started(*command) as (server, session):
                await _round(server, session, some, chance, kill=at < kills)
                began |= _begun(folder / "outbox")
                if at == kills:
                    await _all_told(inbox, began)
        told = {name.removeprefix("evt_").removesuffix("_call.ended") for name in inbox.events}
        causes = {it["data"]["call"]["sid"]: it["data"]["call"]["cause"] for it in inbox.events.values()}
        return Outcome(began, told, {call for call, cause in causes.items() if cause == "lost"}, len(inbox.ids))


async def _round(
    server: Outside, session: ClientSession, numbers: Sequence[int], chance: random.Random, *, kill: bool
) -> None:
    """Run calls side by side, and kill the server at a random moment of them."""
    running = [asyncio.ensure_future(_call(server, session, it, chance.uniform(0, SECONDS))) for it in numbers]
    if kill:
        await asyncio.wait(running, timeout=chance.uniform(0.1, 1.2 * SECONDS))
        server.process.kill()
    await asyncio.wait(running)
    for each in running:
        if (error := each.exception()) is not None and not isinstance(error, ClientError | OSError | AssertionError):
            raise error


async def _call(server: Outside, session: ClientSession, number: int, seconds: float) -> None:
    """Run one call of this length."""
    async with session.ws_connect(f"{server.url}/ws/twilio-media") as ws:
        peer = Peer(ws, sid(number))
        await peer.start()
        end = asyncio.get_running_loop().time() + seconds
        while asyncio.get_running_loop().time() < end:
            await peer.speak()
            await asyncio.sleep(0.02)
        await peer.say("stop")
        while (await ws.receive()).type not in (WSMsgType.CLOSE, WSMsgType.CLOSED, WSMsgType.ERROR):
            pass


def _begun(outbox: Path) -> set[str]:
    """Return the calls of which the disk has that they began."""
    found = [path for shelf in ("", DONE, DEAD) for path in folders(outbox, shelf)]
    return {path.name for path in found if any((path / name).exists() for name in (OPEN, ENDED))}


async def _all_told(inbox: Inbox, began: set[str]) -> None:
    wanted = {f"evt_{call}_call.ended" for call in began}
    async with asyncio.timeout(PATIENCE):
        await inbox.until(lambda: wanted <= set(inbox.events))


def main() -> int:
    """Run it by hand, print what was told, and return 1 if a call was not."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name, default in (("calls", 1000), ("kills", 20), ("workers", 1), ("seed", 0)):
        parser.add_argument(f"--{name}", type=int, default=default)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        done = asyncio.run(killed(Path(folder), asked.calls, asked.kills, asked.workers, asked.seed))
    print(f"began {len(done.began)}, told {len(done.told)}, of these lost {len(done.lost)}, attempts {done.attempts}")
    return 0 if done.began == done.told else 1


if __name__ == "__main__":
    sys.exit(main())
