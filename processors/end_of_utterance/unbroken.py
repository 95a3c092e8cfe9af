"""Speech without a pause: a caller, or a radio, that never lets the agent answer."""

from __future__ import annotations


class UnbrokenSpeech:
    """Follows speech that does not pause, through all the turns that it is cut into.

    Once it has lasted for `longest` it is `full`: the answer is due, and no more of the voice counts until it pauses,
    the answer has been heard, or none comes. A `pause` is a silence of that length; `most` is how long an answer may
    let wait. All are counted in frames of 20 ms.
    """

    def __init__(self, longest: int, pause: int, most: int) -> None:
        self.longest, self.pause, self.most = longest, pause, most
        self.began = 0  # clock at its first voiced frame
        self.cut = 0  # clock at which its last turn was cut, as too long; 0 if that ended by silence
        self.full = False

    def goes_on(self, began: int) -> None:
        """Note that speech begins at this clock: it goes on with a turn that was cut, or is new after a pause."""
        if not self.cut or began - self.cut >= self.pause:
            self.began = began

    def fills(self, clock: int) -> bool:
        """Return True if it has lasted for as long as it may."""
        self.full = clock - self.began >= self.longest
        return self.full

    def ends(self, clock: int, by_silence: bool) -> None:
        """Note the end of one of its turns."""
        self.cut = 0 if by_silence else clock

    def rests(self, clock: int, last: int, answered: bool) -> None:
        """Note a frame while it is full, its last voice, and whether the answer is being heard."""
        waits = answered or clock - self.cut < self.most
        self.full = waits and clock - last < self.pause
        if not self.full:
            self.cut = 0
