"""The keypad of a call: the digits of secret entries, which no frame has, and the entry that a tool waits for.

While a secret entry is taken, frames have a bullet for each digit, and so do all outputs that are made of them. The
messages of the line, which listeners get as they come, are masked here: the key of each, and the sound from the first
key to the entry's end, as keys can be read from their tones.
"""

from __future__ import annotations

from asyncio import Future, get_running_loop
from typing import Protocol

from pipeline import audio
from pipeline.frames import Collect, Control, Keys
from pipeline.redaction.words import KEY
from pipeline.tones import holds_key
from pipeline.twilio import hidden

AFTER = 0.2  # seconds of a key's sound after its message


class Raises(Protocol):
    """The chain as the keypad sees it."""

    def raise_up(self, control: Control) -> None:
        """Let a control in at the bottom."""


class Occupied(RuntimeError):
    """No entry can be taken: the chain has no step that takes keys, or another entry is waited for."""


class Keypad:
    """The keys of one call that are secret, and the entry that a tool waits for.

    `ready` is set by the step that takes keys. While `secret`, each digit but the `end` key is kept here alone, and
    messages have to pass `masked` before anyone else gets them.
    """

    def __init__(self) -> None:
        self.ready = False
        self.secret = False
        self.end = ""
        self._digits = ""  # of the secret entry under way
        self._heard_until = 0.0  # loop time to which the tone of the last key may be heard
        self._entry: Future[Keys] | None = None

    # ---- secret digits ---------------------------------------------------------------------------------------------

    def hide(self, end: str, digits: str) -> None:
        """Keep all digits back from now on; `digits` are those that the entry has already."""
        self.secret, self.end, self._digits = True, end, digits

    def show(self) -> None:
        """Keep none back from now on, and forget those that were not taken."""
        self.secret, self._digits = False, ""

    def take(self) -> str:
        """Return the digits that were kept back, and forget them."""
        digits, self._digits = self._digits, ""
        return digits

    def press(self, digit: str) -> str:
        """Return a key as frames may have it."""
        if not self.secret or digit == self.end:
            return digit
        self._digits += digit
        return KEY

    def masked(self, data: bytes, now: float) -> bytes:
        """Return a message that has come at this loop time as it may be told, while keys are secret."""
        if b'"dtmf"' in data:
            # Twilio tells of a key while its tone may still be heard.
            self._heard_until = now + AFTER
            return hidden.keyless(data, self.end)
        # Before the first key's message comes its tone. From there on all sound goes: callers say what they type.
        if self._digits or now < self._heard_until or holds_key(audio.decode(hidden.sound(data))):
            return hidden.silenced(data)
        return data

    # ---- the entry of a tool ---------------------------------------------------------------------------------------

    async def collect(self, order: Collect, chain: Raises) -> Keys:
        """Take an entry, and return it once it is over. Raises Occupied.

        To cancel it is to give the entry up.
        """
        if not self.ready or self._entry is not None:
            raise Occupied("another entry is being typed" if self.ready else "no keys are taken in this call")
        entry: Future[Keys] = get_running_loop().create_future()
        self._entry = entry
        chain.raise_up(order)
        try:
            return await entry
        finally:
            self._entry = None
            # The step would go on taking keys, and a secret's digits with them, for a tool that is gone.
            if entry.cancelled():
                chain.raise_up(Collect(0))

    def collected(self, keys: Keys) -> None:
        """Give an entry that is over to the tool that waits for it, if it still does."""
        if self._entry is not None and not self._entry.done():
            self._entry.set_result(keys)
