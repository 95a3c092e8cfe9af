"""The search for a line's echo, and its judgement of frames: is this the agent's own voice?"""

from __future__ import annotations

from collections.abc import Callable

from processors.echo_guard.path import (
    ALIKE,
    ALIKE_ANYWHERE,
    ALIKE_SHORT,
    NEAR,
    UNLIKE,
    WINDOW,
    EchoPath,
    Line,
    Voice,
    alike,
    emphasised,
)

SHORT = 800  # samples, 0.1 s
APART = 800  # samples between two finds that make a path
LATEST = 80_000  # samples, 10 s, after which a find is forgotten
CALLER = 2400  # samples, 0.3 s, for which a caller that was heard over the echo is believed
GAP = 320  # samples, 40 ms
RUN = 3  # frames in a row that are no echo, and are looked at more closely
REST = 5  # of so many frames one is searched while nothing is found
CHECK = 10  # of so many frames of echo one is compared by its wave
CHECKS = 3  # that fail in a row: the echo is not there any more


class EchoFinder:
    """Finds a line's echo path and follows it; judges frames by it, and by a search until it is known.

    `line` returns the PCM of the line's last samples, `voice` that of the agent's voice up to a stream time; `longest`
    is the greatest lag. All are counted in samples.
    """

    def __init__(self, line: Callable[[int], bytes], voice: Callable[[int, int], bytes], longest: int) -> None:
        self.line: Line = lambda length: emphasised(line(length + 1))
        self.voice: Voice = lambda end, length: emphasised(voice(end, length + 1))
        self.longest = longest
        self.path: EchoPath | None = None
        self.finds: list[tuple[int, int]] = []  # time and lag of finds that have not made a path
        self.last = 0  # time of the last frame that was judged
        self.missed = 0  # frames in a row that were no echo
        self.failed = 0  # checks in a row without the wave
        self.caller_until = 0

    def is_echo(self, end: int) -> bool:
        """Return True if the line's voiced 20 ms before this stream time, in samples, are the agent's voice alone."""
        if end > self.last + GAP:  # another word: frames in a row begin anew
            self.missed = 0
        self.last = end
        if self.path is None:
            return self.search(end)
        if end <= self.caller_until:
            return False
        if self.path.takes(self.line, self.voice, end):
            self.missed = 0
            if self.path.frames % CHECK == 0:
                self.check(self.path, end)
            return True
        self.missed += 1
        return self.missed % RUN == 0 and self.has_changed(self.path, end)

    def search(self, end: int) -> bool:
        """Search for the voice at any lag: two finds of one lag are a path."""
        self.missed += 1
        if self.missed > RUN and self.missed % REST:
            return False
        lag, share = self.best(end)
        if share <= ALIKE:
            return False
        self.missed = 0
        if any(abs(lag - other) <= NEAR and end - at >= APART for at, other in self.finds):
            self.begin(lag, end)
        else:
            self.finds = [find for find in self.finds if end - find[0] < LATEST][-RUN:]
            self.finds.append((end, lag))
        return True

    def best(self, end: int, length: int = WINDOW) -> tuple[int, float]:
        """Return the lag at which the line is most like the voice, and the share of its energy that this explains."""
        return alike(self.line(length), self.voice(end, length + self.longest))

    def begin(self, lag: int, end: int, length: int = WINDOW) -> None:
        self.path = EchoPath(lag, self.line, self.voice, end, length)
        self.finds.clear()
        self.missed = self.failed = 0

    def check(self, path: EchoPath, end: int) -> None:
        """Compare the waves: correct the path's lag, or give up a path that has long explained the energies alone."""
        if path.found(self.line, self.voice, end) > UNLIKE:
            self.failed = 0
            return
        lag, share = self.best(end)
        self.failed += 1
        if share > ALIKE:
            path.lag, self.failed = lag, 0
        elif self.failed == CHECKS:
            self.path, self.missed = None, 0

    def has_changed(self, path: EchoPath, end: int) -> bool:
        """Return True if frames too loud for the path are an echo nevertheless: with another lag, or louder."""
        lag, share = self.best(end)
        if share > ALIKE_SHORT and abs(lag - path.lag) > NEAR:
            self.begin(lag, end)
            return True
        lag, share = path.lag, path.found(self.line, self.voice, end, SHORT)
        if share <= ALIKE_SHORT:
            lag, share = self.best(end, SHORT)
            if share <= ALIKE_ANYWHERE:
                self.caller_until = end + CALLER
                return False
        self.begin(lag, end, SHORT)
        return True
