"""The thoughts that some models write in front of their reply."""

from __future__ import annotations

OPEN, CLOSE = "<think>", "</think>"


class Thoughts:
    """Leaves `<think>…</think>` at the beginning of a streamed reply out of it.

    Servers without a parser for a model's thoughts send them as part of the text. Anything later is the reply's own.
    """

    def __init__(self) -> None:
        self._held = ""  # the beginning, as long as it may be the tag, or the end of the thoughts so far
        self._over = False

    def leave_out(self, text: str) -> str:
        """Return the part of the next piece that is to be spoken."""
        if self._over:
            return text
        begun = (self._held + text).lstrip()
        if not begun.startswith(OPEN):
            self._held = "" if (over := not OPEN.startswith(begun)) else begun
            self._over = over
            return begun if over else ""
        _, closed, reply = begun.partition(CLOSE)
        self._over = bool(closed)
        self._held = "" if closed else OPEN + begun[len(OPEN) :][-len(CLOSE) :]
        return reply.lstrip()

    def rest(self) -> str:
        """Return the text that was held back and is no thought, at the end of the reply."""
        held, self._held = self._held, ""
        return "" if self._over or held.startswith(OPEN) else held
