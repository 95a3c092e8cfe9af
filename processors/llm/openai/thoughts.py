"""The thoughts that some models write in front of their reply."""

from __future__ import annotations

OPEN, CLOSE = "<think>", "</think>"


class Thoughts:
    """Leaves `<think>…</think>` at the beginning of a streamed reply out of it.

    Servers without a parser for a model's thoughts send them as part of the text. Anything later is the reply's own.
    """

    def __init__(self) -> None:
        self._held = ""  # the beginning, as long as it may be the tag, or the end of the thoughts so far
        self._closed = self._over = False  # the thoughts are behind; the reply has begun

    def leave_out(self, text: str) -> str:
        """Return the part of the next piece that is to be spoken."""
        if self._over:
            return text
        begun = reply = (self._held + text).lstrip()
        self._held = ""
        if not self._closed and begun.startswith(OPEN):
            _, closed, reply = begun.partition(CLOSE)
            self._closed, reply = bool(closed), reply.lstrip()
            self._held = "" if closed else OPEN + begun[len(OPEN) :][-len(CLOSE) :]
        elif not self._closed and OPEN.startswith(begun):
            self._held, reply = begun, ""
        self._over = bool(reply)
        return reply

    def rest(self) -> str:
        """Return the text that was held back and is no thought, at the end of the reply."""
        held, self._held = self._held, ""
        return "" if self._over or held.startswith(OPEN) else held
