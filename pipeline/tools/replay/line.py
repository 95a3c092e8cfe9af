"""A replayed call's line: its marks come back as recorded, and once the call is another one, when they would have."""

from __future__ import annotations

from asyncio import AbstractEventLoop
from collections.abc import Callable

from pipeline.frames import CallStarted
from pipeline.phone.virtual_line import VirtualLine
from pipeline.records.reader import Recording
from pipeline.twilio import messages


class RecordedLine(VirtualLine):
    """A line on which a recording is played; it runs on a live loop, too.

    `sending` is given each message of the agent before Twilio is; none is taken any more once `closing` is set.
    """

    def __init__(self, loop: AbstractEventLoop, recording: Recording, sending: Callable[[bytes], None]) -> None:
        started = (it.frame["stream_sid"] for it in recording.events if it.what == CallStarted.__name__)
        super().__init__(loop, call_sid=recording.about.call_sid, stream_sid=next(started, ""))
        self._sending = sending
        self._alone = False
        self.closing = False

    def send(self, data: bytes) -> None:
        if not self.closing:
            self._sending(data)
            super().send(data)

    def hang_up(self, reason: str) -> None:
        super().hang_up(reason)
        self.closing = True

    def reject(self, code: int, reason: str) -> None:
        super().reject(code, reason)
        self.closing = True

    def await_mark(self) -> None:
        if self._alone:
            super().await_mark()

    def go_alone(self) -> None:
        """Return each mark from here on when its sound has been played, as late as the last recorded one."""
        if not self._alone:
            self._alone = True
            self.await_mark()

    def came(self, data: bytes) -> bool:
        """Note a mark that came back in the recording; return True if this message is one."""
        if b'"mark"' not in data:
            return False
        try:
            message = messages.parse(data)
        except messages.Refused:
            return False
        if message.mark is None or message.event != "mark":
            return False
        due = self.playback.drop(message.mark.name)
        if due is not None and not self._alone:
            self.mark_lag = max(0.0, self.loop.time() - due)
        return True
