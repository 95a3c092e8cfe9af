"""A replayed call's line: marks come back as recorded, and after the call went astray, when their sound is played."""

from __future__ import annotations

from asyncio import AbstractEventLoop
from collections.abc import Callable

from pipeline.frames import CallStarted
from pipeline.phone.virtual_line import VirtualLine
from pipeline.records.reader import Recording
from pipeline.twilio import messages


class RecordedLine(VirtualLine):
    """A line that plays a recording, on a virtual or a live loop.

    `sending` gets each message of the agent before Twilio's end does; once `closing` is set, messages are ignored.
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
        """Return True if this recorded message is a mark that came back, and drop that mark from the playback buffer.

        How late it came is the lag of the marks that the line returns itself.
        """
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
