"""The messages between a server and the one that takes its port over."""

from __future__ import annotations

from pipeline.server.workers.messages import Message


class Claim(Message):
    """To the old server: the new one has configs of these names, and wants the sockets."""

    names: tuple[str, ...]


class Refused(Message):
    """To the new server: it does not get the port; `why` tells about the old one."""

    why: str


class Given(Message):
    """To the new server, with a listening socket: its address."""

    host: str
    port: int


class Offered(Message):
    """To the new server: these were all sockets."""


class Ready(Message):
    """To the old server: stop accepting."""


class Calls(Message):
    """To the new server, which accepts from now on: the calls of the old one, each with its stream's token.

    `ended` has the causes of those that have ended.
    """

    live: dict[str, str]
    ended: dict[str, str]


class Ended(Message):
    """To the new server: a call of the old one has ended."""

    call_sid: str
    cause: str


class Connection(Message):
    """To either, with a connection of a request about the other's call: the request, as it was read."""

    request: bytes


ToOld = Claim | Ready | Connection
ToNew = Refused | Given | Offered | Calls | Ended | Connection
