"""The marks of a replayed call: once it is another call than the recorded one, they come back when they would have."""

from __future__ import annotations

from asyncio import AbstractEventLoop
from collections.abc import Callable

import msgspec

from pipeline import audio
from pipeline.twilio import messages


class _Sound(msgspec.Struct, gc=False):
    payload: bytes


class _Name(msgspec.Struct, gc=False):
    name: str


class Sent(msgspec.Struct, gc=False):
    """A message to Twilio: `event` says which of the others it has."""

    event: str
    media: _Sound | None = None
    mark: _Name | None = None


read = msgspec.json.Decoder(Sent).decode


class Marks:
    """Knows what Twilio still has to play; `echo` is given each mark's message when all before it has been played."""

    def __init__(self, loop: AbstractEventLoop, stream_sid: Callable[[], str], echo: Callable[[bytes], None]) -> None:
        self._loop, self._stream_sid, self._echo = loop, stream_sid, echo
        self._ends = 0.0  # loop time at which all sound has been played
        self._lag = 0.0  # seconds that marks were seen to take on top of that
        self._pending: dict[str, float] = {}
        self._alone = False

    def sent(self, data: bytes) -> None:
        """Note what goes to Twilio."""
        message, now = read(data), self._loop.time()
        if message.media is not None:
            self._ends = max(self._ends, now) + len(message.media.payload) / audio.RATE
        elif message.mark is not None:
            self._pending[message.mark.name] = max(self._ends, now)
            self._await(message.mark.name)
        else:
            self._ends = now
            self._pending = {name: min(at, now) for name, at in self._pending.items()}
            for name in tuple(self._pending):
                self._await(name)

    def came(self, data: bytes) -> bool:
        """Note a mark that came back in the recording; whether this message is one."""
        if b'"mark"' not in data:
            return False
        try:
            message = messages.parse(data)
        except messages.Refused:
            return False
        if message.mark is None or message.event != "mark":
            return False
        due = self._pending.pop(message.mark.name, None)
        if due is not None and not self._alone:
            self._lag = max(0.0, self._loop.time() - due)
        return True

    def go_alone(self) -> None:
        """From here on no recorded mark counts."""
        if not self._alone:
            self._alone = True
            for name in tuple(self._pending):
                self._await(name)

    def _await(self, name: str) -> None:
        if self._alone:
            self._loop.call_at(max(self._pending[name] + self._lag, self._loop.time()), self._played, name)

    def _played(self, name: str) -> None:
        due = self._pending.get(name)
        if due is not None and due + self._lag <= self._loop.time() + 1e-6:
            del self._pending[name]
            self._echo(messages.encode({"event": "mark", "streamSid": self._stream_sid(), "mark": {"name": name}}))
