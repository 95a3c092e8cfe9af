"""A server's part in hand-overs: it takes its port from the server before it, and gives it to the next."""

from __future__ import annotations

import asyncio
import os
import socket
import sys
from asyncio import Event, Task
from collections.abc import Coroutine
from typing import Any

from loguru import logger

from pipeline.server.address import Address
from pipeline.server.handover.door import Door
from pipeline.server.handover.link import Claimant, Elsewhere, Predecessor, reach
from pipeline.server.handover.messages import Calls, Claim, Connection, Ended, Given, Offered, Ready, Refused, ToOld
from pipeline.server.listening import PUBLIC, ListenError
from pipeline.server.sockets import take
from pipeline.server.switchboard import Switchboard
from pipeline.server.workers.channel import Channel
from pipeline.vocabulary import Cause


class HandOver:
    """The hand-overs of one server, which is at `address`; none at any free port, or on another system than Linux.

    Entering the context claims the port, `begin` takes it. `taken` is set once another server has it: this one is to
    finish its calls, and end.
    """

    def __init__(self, board: Switchboard, address: Address) -> None:
        self.board, self.address = board, address
        self.taken = Event()
        self.predecessor: Predecessor | None = None
        self.successor: Claimant | None = None
        self._door = Door(board.registry.loop, address, self._heard, self._lost)
        self._tasks: set[Task[Any]] = set()

    async def __aenter__(self) -> HandOver:
        """Ask the server that has the port for its listening sockets; raises ListenError if it keeps them."""
        if self._possible and (sock := reach(self.address)) is not None:
            within = self.board.options.limits.hand_over
            before = Predecessor(sock, self._take, self.board.registry.remember, within)
            try:
                await before.claim(self._names)
            except Elsewhere as why:
                raise self._kept(before, why) from None
            self.predecessor = before
            self.board.sockets.given += before.given
        return self

    async def __aexit__(self, *_: object) -> None:
        """Leave all links."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._door.close()
        self.board.sockets.close()
        if self.predecessor is not None:
            self.predecessor.channel.close()

    async def begin(self) -> None:
        """Accept connections, those of a server before this one as well, and let the next one claim the port.

        Raises ListenError if another server has taken it meanwhile.
        """
        if (before := self.predecessor) is not None:
            try:
                await before.end()
            except Elsewhere as why:
                raise self._kept(before, why) from None
            logger.info("TAKEN the port of process {}, which has {} calls left", before.pid, len(before.live))
            self._run(self._mourn(before))
        await self.board.sockets.begin()
        if self._possible:
            self._run(self._open_door())

    async def idle(self) -> None:
        """Wait until the server before this one has ended: requests of its calls reach it through this one."""
        if self.predecessor is not None:
            await self.predecessor.gone.wait()

    def elsewhere(self, call_sid: str) -> Channel[Any] | None:
        """Return the link to the server that has a call, or that takes new ones; None if that is this one."""
        if self.predecessor is not None and call_sid in self.predecessor.live:
            return self.predecessor.channel
        return self._after if self.board.registry.cause_of(call_sid) is None else None

    def stream_elsewhere(self, token: str) -> Channel[Any] | None:
        """Do the same for a stream's token; a stream without one is a new call."""
        first = token.partition(".")[0]  # of a call's streams
        if self.predecessor is not None and token and first in self.predecessor.live.values():
            return self.predecessor.channel
        known = any(entry.token == token for entry in self.board.registry.entries.values())
        return None if known else self._after

    @property
    def _after(self) -> Channel[Any] | None:
        return self.successor.channel if self.successor in self._door.claimants and self.successor else None

    @property
    def _possible(self) -> bool:
        return sys.platform == "linux" and self.address.port != 0

    @property
    def _names(self) -> tuple[str, ...]:
        return tuple(agent.config.name for agent in self.board.agents)

    def _kept(self, before: Predecessor, why: Elsewhere) -> ListenError:
        return ListenError(
            f"the public listener's port {self.address.port} on {self.address.host} is taken by another Kav server, "
            f"process {before.pid}, and {why}: stop it, or choose another with {PUBLIC}"
        )

    async def _open_door(self) -> None:
        """Open the door once the server before has shut its own, which has the same name."""
        if self.predecessor is not None:
            await self.predecessor.stopped.wait()
        self._door.open()

    async def _mourn(self, before: Predecessor) -> None:
        """Once the server before has ended, count the calls that it had left as lost: their callers hear an apology."""
        await before.gone.wait()
        logger.log("ERROR" if before.live else "INFO", "GONE process {}, {} calls lost", before.pid, len(before.live))
        for call_sid in before.live:
            self.board.registry.remember(call_sid, Cause.WORKER_LOST)
        before.live.clear()

    def _heard(self, claimant: Claimant, message: ToOld) -> None:
        match message:
            case Claim(names=names):
                self._offer(claimant, names)
            case Ready() if self.successor is None:
                self.successor = claimant
                self._run(self._give(claimant))
            case Ready():
                claimant.channel.send(Refused("a third one has taken the port from it meanwhile"))
            case Connection(request=request):
                self._take(claimant.channel.files.popleft(), request)

    def _lost(self, claimant: Claimant) -> None:
        if claimant is self.successor:
            logger.error("GONE process {}, which had taken the port over", claimant.pid)

    def _offer(self, claimant: Claimant, names: tuple[str, ...]) -> None:
        """Offer the listening sockets to a server that has all of our configs; to any, if this one stops anyway."""
        if not self.board.draining and not set(self._names) <= set(names):
            claimant.channel.send(Refused(f"it answers calls with {', '.join(self._names)}"))
            return
        for address, file in self.board.sockets.files():
            claimant.channel.send(Given(address.host, address.port), os.dup(file))
        claimant.channel.send(Offered())

    async def _give(self, claimant: Claimant) -> None:
        """Stop accepting, tell the successor of our calls, and take no more."""
        self._door.shut()
        await self.board.sockets.stop()
        self.board.draining = True
        registry, before = self.board.registry, self.predecessor
        live = {call_sid: entry.token for call_sid, entry in registry.entries.items()}
        claimant.channel.send(Calls(live | (before.live if before is not None else {}), dict(registry.ended)))
        registry.told = lambda call_sid, cause: claimant.channel.send(Ended(call_sid, cause))
        logger.info("TAKEN_OVER by process {}: it has the port, and takes the next calls", claimant.pid)
        self.taken.set()

    def _take(self, file: int, request: bytes) -> None:
        self._run(take(self.board.sockets.public, socket.socket(fileno=file), request))

    def _run(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
