"""The door of a server at which the next one asks for its port."""

from __future__ import annotations

import socket
import sys
from asyncio import AbstractEventLoop
from collections.abc import Callable

from loguru import logger

from pipeline.server.address import Address
from pipeline.server.handover.link import Claimant, peer, place, user
from pipeline.server.handover.messages import ToOld

QUEUE = 8  # claimants that may wait


class Door:
    """A Unix socket, named by the server's address, at which processes of the same user may ask for the port.

    `heard` is called with each message of a claimant, `lost` once one has gone.
    """

    def __init__(
        self,
        loop: AbstractEventLoop,
        address: Address,
        heard: Callable[[Claimant, ToOld], None],
        lost: Callable[[Claimant], None],
    ) -> None:
        self.claimants: set[Claimant] = set()
        self._loop, self._address, self._heard, self._lost = loop, address, heard, lost
        self._sock: socket.socket | None = None

    def open(self) -> None:
        """Let claimants in; if another process of this machine has the name, only warn."""
        if sys.platform != "linux":
            return
        sock = socket.socket(socket.AF_UNIX)
        try:
            sock.bind(place(self._address))
        except OSError as error:
            sock.close()
            logger.warning("HAND_OVER of the port is off: {}", error)
            return
        sock.listen(QUEUE)
        sock.setblocking(False)
        self._sock = sock
        self._loop.add_reader(sock, self._knocked, sock)

    def shut(self) -> None:
        """Let no more in, and free the name for the next server; claimants stay. May be called again."""
        if self._sock is not None:
            self._loop.remove_reader(self._sock)
            self._sock.close()
            self._sock = None

    def close(self) -> None:
        """Shut, and leave the claimants."""
        self.shut()
        for claimant in self.claimants:
            claimant.channel.close()

    def _knocked(self, sock: socket.socket) -> None:
        try:
            theirs, _ = sock.accept()
        except OSError:
            return
        if peer(theirs)[1] != user():
            theirs.close()
            return
        self.claimants.add(Claimant(theirs, self._heard, self._left))

    def _left(self, claimant: Claimant) -> None:
        self.claimants.discard(claimant)
        self._lost(claimant)
