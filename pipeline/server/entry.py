"""An entry of the registry: one call's slot."""

from __future__ import annotations

import secrets
from asyncio import TimerHandle
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from pipeline.agent import Agent


class Socket(Protocol):
    """What the registry asks of a call's socket."""

    @property
    def dead(self) -> bool:
        """Whether nothing comes from it any more."""


class Held(Protocol):
    """What the registry asks of a call."""

    cause: str  # why it ends; empty while it goes on

    @property
    def state(self) -> str:
        """What the call is doing."""

    def hang_up(self, reason: str) -> None:
        """Let the call end."""


class Entry:
    """One call's slot. `token` opens its stream once, `secret` is what its `start` has to carry."""

    def __init__(self, call_sid: str, agent: Agent, now: float, starts_within: float) -> None:
        self.call_sid = call_sid
        self.agent = agent
        self.caller = self.called = self.twiml = ""
        self.token, self.secret = secrets.token_urlsafe(16), secrets.token_urlsafe(16)
        self.reserved_at = self.media_at = now  # loop time, seconds
        self.start_by = now + starts_within
        self.socket: Socket | None = None  # None until the stream's start
        self.end_by = 0.0
        self.call: Held | None = None
        self.cause = ""  # why it ended
        self.timer: TimerHandle | None = None

    @property
    def state(self) -> str:
        """RESERVED, or the state of its call."""
        return self.call.state if self.call is not None else "RESERVED"
