"""The messages between the parent and its workers."""

from __future__ import annotations

import msgspec

from pipeline.server.options import Options, Workers
from pipeline.transfer import Handed


class Message(msgspec.Struct, tag=True, array_like=True):
    """A message of the channel; each kind is a subclass, encoded as a MessagePack array with its tag."""


class Hello(Message):
    """To a worker, first: its number from 1, the server's settings, and the number and log settings of all workers."""

    number: int
    options: Options
    workers: Workers


class Open(Message):
    """To a worker: open an agent of this config; later messages name it by `key`."""

    key: str
    packed_config: bytes


class Opened(Message):
    """To the parent: the agent is open, or cannot be opened because of `error`."""

    key: str
    error: str = ""


class Use(Message):
    """To a worker: these are the present agents, for streams without a webhook and for the metrics."""

    keys: tuple[str, ...]


class Close(Message):
    """To a worker: close this agent; it has no call, and gets none any more."""

    key: str


class Ring(Message):
    """To a worker: take this call; its stream must start within these seconds.

    Of one that is back from a transfer, `before` is the transfer's token, and `memory` all that the call knows.
    """

    key: str
    call_sid: str
    token: str
    secret: str
    caller: str
    called: str
    within: float
    before: str = ""
    memory: bytes = b""


class Stream(Message):
    """To a worker, with a socket: a connection that requests a media stream; `head` is its request, read already.

    `phone`: it is the console's phone, whose session the parent has checked in the place of a signature.
    """

    head: bytes
    phone: bool = False


class HangUp(Message):
    """To a worker: end this call for this cause."""

    call_sid: str
    cause: str


class StopReply(Message):
    """To a worker: stop the reply of this call that is under way."""

    call_sid: str


class Watch(Message):
    """To a worker: deliver this call, or its `sound`, to the viewer of this number."""

    number: int
    call_sid: str
    sound: bool


class Unwatch(Message):
    """To a worker: the viewer of this number has gone."""

    number: int


class Seen(Message):
    """To the parent: a delivery to the viewer of this number; see `pipeline.server.watching.watch`."""

    number: int
    data: bytes


class Ask(Message):
    """To a worker: report on the calls, and the metrics if `page`; `number` is counted up with each question."""

    number: int
    page: bool


class Told(Message):
    """To the parent: the answer to `Ask` of this number.

    `causes` has the calls that are about to end, by call sid; `page` the metrics in Prometheus' format, or nothing,
    `digest` the rows of the calls as JSON, or nothing. `handed` has those that are about to be transferred.
    """

    number: int
    causes: dict[str, str]
    page: bytes
    digest: bytes = b""
    handed: dict[str, Handed] = {}


class Began(Message):
    """To the parent: a stream without a webhook has become a call of this agent."""

    key: str
    call_sid: str


class Ended(Message):
    """To the parent: the stream of a call has ended, and its slot is free, unless the call is `handed` over.

    `before` is that of its `Ring`: by then the call may be back already.
    """

    call_sid: str
    cause: str
    handed: Handed | None = None
    before: str = ""


class Leave(Message):
    """To a worker: end the remaining calls and exit, after `working` seconds of work after calls at most.

    `hurry`, perhaps in a second message, cuts that work short.
    """

    working: float = 0.0
    hurry: bool = False


ToWorker = Hello | Open | Use | Close | Ring | Stream | HangUp | StopReply | Watch | Unwatch | Ask | Leave
ToParent = Opened | Told | Seen | Began | Ended
