"""Keeps the agent's own voice, come back over the line, from counting as the caller's."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Annotated

from pipeline import audio
from pipeline.echo import EchoGuard
from pipeline.frames import AudioIn, Clear
from pipeline.processor import on
from pipeline.settings import Duration, StepSettings, doc
from processors.echo_guard.reference import Reference

if TYPE_CHECKING:
    from processors.echo_guard.path import EchoPath

FRAMES = 26  # of the line, 0.52 s: a window, and a sample before it
KEPT = 1.6  # seconds of the agent's voice, and the longest lag: for a window, and what rings on
AFTER = 0.8  # seconds after the voice and the longest lag, for what rings on
FIRST = 1.0  # seconds of the call in which the clocks are compared, before any voice of the agent
NOTED = 0.1  # seconds between two comparisons of the clocks


class LineEchoGuard(EchoGuard):
    """Finds the agent's voice in the caller's audio by its lag and its loudness, and takes the voice off those frames.

    While the agent is heard, each voiced frame is compared with the sound that was sent. A caller who speaks over the
    echo is louder than it, and passes. Until the line's echo is known, any sound that is like the agent's is taken for
    it. While the agent is silent the step does nothing.
    """

    imports = ("numpy",)
    optional = (Clear,)

    class Settings(StepSettings, frozen=True, kw_only=True):
        longest: Annotated[Duration, doc("The greatest delay with which the agent's voice may come back.", 0.1, 2)] = (
            0.8
        )

    settings: Settings

    def begin(self) -> None:
        from processors.echo_guard.finder import EchoFinder  # with numpy, which `imports` has loaded

        longest = self.settings.longest
        self.reference = Reference(longest + KEPT)
        self.after, self.until = longest + AFTER, FIRST
        self.latest = self.due = 0.0  # stream time of the last frame that was looked at, and of the next note
        self.frames: deque[bytes] = deque(maxlen=FRAMES)
        self.finder = EchoFinder(self.line, self.reference.window, round(longest * audio.RATE))
        self.call.played = self.played

    def played(self, ulaw: bytes) -> None:
        """Take the agent's next 20 ms, as they are sent; 50 times a second, so it only keeps them."""
        self.reference.sent.append((self.chain.loop.time(), ulaw))
        self.until = self.heard + self.after

    @on(Clear)
    def clear(self, control: Clear) -> None:
        self.reference.cut(self.now)

    def is_echo(self, frame: AudioIn) -> bool:
        if frame.at >= self.due:
            self.keep_time(frame)
        self.latest = frame.at
        self.frames.append(frame.pcm)
        if not frame.voiced or not self.finder.is_echo(round(self.heard * audio.RATE)):
            return False
        if self.finder.path is not None:
            self.measure(self.finder.path)
        return True

    def keep_time(self, frame: AudioIn) -> None:
        """Compare the clocks and place the sound that was sent, ten times a second."""
        if frame.at > self.latest + 2 * NOTED:  # the agent was silent, and the line was not listened to
            self.frames.clear()
        self.due = frame.at + NOTED
        self.reference.note(self.now, self.heard)
        self.reference.place()
        self.until = max(self.until, self.reference.end / audio.RATE + self.after)

    def line(self, length: int) -> bytes:
        """Return the PCM of the line's last samples, silent where it was not listened to."""
        return b"".join(self.frames)[-2 * length :].rjust(2 * length, b"\0")

    def measure(self, path: EchoPath) -> None:
        """Note the lag and the level for the next stretch of echo; the first ones known are logged."""
        if self.lag is None:
            ms, level = round(1000 * path.lag / audio.RATE), round(path.decibels)
            self.call.log.info("ECHO of the agent's voice: {} ms late, {} dB", ms, level)
        self.lag, self.level = path.lag / audio.RATE, path.decibels
