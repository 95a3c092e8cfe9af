"""The mark with which a model begins its reply to words that break off: the caller will go on."""

from __future__ import annotations

MARK = "…"
_SIGNS = f"{MARK}. \t\r\n"  # of a beginning that may be the mark, or dots in its place
ASK = f"""\
The caller may not have finished: if their last words break off where a speaker would go on, begin your reply with
{MARK} and then answer them as they are. Never begin with it otherwise."""


class Doubt:
    """Takes the mark off the beginning of a reply, however it is cut; `told` is True once it has come."""

    def __init__(self) -> None:
        self.told = False
        self._held = ""  # the beginning, while it may be the mark
        self._past = False

    def feed(self, text: str) -> str:
        """Return the text of the next bit that is the reply."""
        if self._past:
            return text
        self._held += text
        if not (words := self._held.lstrip(_SIGNS)):
            self.told = self.told or self._is_mark(self._held)
            return ""
        begun, self._past = self._held[: len(self._held) - len(words)], True
        self.told = self.told or self._is_mark(begun)
        return words if self.told else begun + words

    @staticmethod
    def _is_mark(begun: str) -> bool:
        return MARK in begun or ".." in begun
