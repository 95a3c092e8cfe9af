"""The slot of one call: its tokens, its times, and the call in it."""

from __future__ import annotations

import secrets
from hashlib import sha256
from typing import TYPE_CHECKING, Protocol

from pipeline.loop.deadline import Deadline
from pipeline.transfer import Handed

if TYPE_CHECKING:
    from pipeline.agent import Agent

RINGING = "RINGING"  # a slot whose caller is being transferred to a person
RESERVED = "RESERVED"  # a slot whose stream has not started


class Socket(Protocol):
    """The part of a call's socket that the registry uses."""

    @property
    def dead(self) -> bool:
        """True once no more messages can come from it."""

    def ping(self, data: bytes) -> None:
        """Send a ping, which a peer that is there answers."""


class Held(Protocol):
    """The part of a call that the registry uses."""

    cause: str  # the reason for its end; empty while it goes on

    @property
    def handed(self) -> Handed | None:
        """The transfer that its stream ends with."""

    @property
    def state(self) -> str:
        """The state of the call."""

    def hang_up(self, reason: str) -> None:
        """End the call for this reason."""

    def interrupt(self) -> None:
        """Stop the reply under way."""


class Entry:
    """The slot of one call. `token` opens its stream once; `secret` must be a parameter of the stream's `start`.

    Times are loop times in seconds.
    """

    def __init__(self, call_sid: str, agent: Agent, now: float, starts_within: float) -> None:
        self.call_sid = call_sid
        self.agent = agent
        self.caller = self.called = self.twiml = ""
        self.token, self.secret = secrets.token_urlsafe(16), secrets.token_urlsafe(16)
        self.reserved_at = self.media_at = self.token_at = now  # `media_at`: when its sound last came
        self.before, self.memory = "", b""  # of a call that is back: its transfer's token, and all that it knows
        self.start_by = now + starts_within
        self.alive_at = now  # when the peer of a line that has brought sound answered a ping last
        self.socket: Socket | None = None  # None until the stream's start
        self.end_by = 0.0
        self.call: Held | None = None
        self.cause = ""  # the reason for its end; empty while it holds the slot
        self.timer: Deadline | None = None

    def again(self, now: float, starts_within: float, before: str, memory: bytes) -> Entry:
        """Return an entry for the next stream of the call, with tokens of its own."""
        fresh = Entry(self.call_sid, self.agent, now, starts_within)
        # The first token stays a part of the later ones: a server that took the port over knows the call by it.
        fresh.token = f"{self.token.partition('.')[0]}.{fresh.token}"
        fresh.caller, fresh.called, fresh.twiml = self.caller, self.called, self.twiml
        fresh.before, fresh.memory = before, memory
        return fresh

    @property
    def record_sid(self) -> str:
        """The sid of the stream's record: the call's, and another of Twilio's form after each transfer."""
        if not self.before:
            return self.call_sid
        return f"CA{sha256(f'{self.call_sid} {self.before}'.encode()).hexdigest()[:32]}"

    @property
    def state(self) -> str:
        """RESERVED until the call exists, then the call's state."""
        return self.call.state if self.call is not None else RESERVED
