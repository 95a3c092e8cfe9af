"""What the parent and its workers tell each other."""

from __future__ import annotations

import msgspec

from pipeline.server.options import Options, Workers


class Message(msgspec.Struct, tag=True, array_like=True):
    """One message of the channel."""


class Hello(Message):
    """To a worker, first: who it is, of how many, and what it has to know."""

    number: int
    options: Options
    workers: Workers


class Open(Message):
    """To a worker: open an agent of this config; it is called `key` from now on."""

    key: str
    packed_config: bytes


class Opened(Message):
    """To the parent: that agent is open, or why it cannot be."""

    key: str
    error: str = ""


class Use(Message):
    """To a worker: these agents take what no webhook announced, and stand in the metrics."""

    keys: tuple[str, ...]


class Close(Message):
    """To a worker: no call has this agent any more, and none will."""

    key: str


class Ring(Message):
    """To a worker: a call of yours, whose stream has to start within these seconds."""

    key: str
    call_sid: str
    token: str
    secret: str
    caller: str
    called: str
    within: float


class Stream(Message):
    """To a worker, with a socket: a request for a media stream, of which this much has been read."""

    head: bytes


class HangUp(Message):
    """To a worker: end this call."""

    call_sid: str
    cause: str


class Ask(Message):
    """To a worker: how are your calls, and, if it is wanted, what have you counted? Each question has a new number."""

    number: int
    page: bool


class Told(Message):
    """To the parent: the answer. `causes` are those of calls that are about to end, `page` is what was counted."""

    number: int
    causes: dict[str, str]
    page: bytes


class Began(Message):
    """To the parent: a stream that no webhook announced is a call."""

    key: str
    call_sid: str


class Ended(Message):
    """To the parent: a call has given its slot back."""

    call_sid: str
    cause: str


class Leave(Message):
    """To a worker: end what is left, and go."""


ToWorker = Hello | Open | Use | Close | Ring | Stream | HangUp | Ask | Leave
ToParent = Opened | Told | Began | Ended
