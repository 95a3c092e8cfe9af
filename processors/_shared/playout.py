"""A reply on its way to the caller: its sound in pieces for Twilio, its words, and how much of them was heard."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

from pipeline import audio
from pipeline.frames import AudioOut, Mark, Media
from pipeline.text.normalise import part


@dataclass
class Spoken:
    """Some words of a reply: how long their sound is, and whether all of it has come."""

    text: str
    seconds: float = 0.0
    whole: bool = False


@dataclass
class Playout:
    """A reply on its way to the caller."""

    turn: int
    spoken: list[Spoken] = field(default_factory=list)
    queue: deque[memoryview | str] = field(default_factory=deque)  # PCM, whole pieces of 20 ms; the names of marks
    begun: int = 0  # bytes of the queue's first that were sent
    marks: dict[str, float] = field(default_factory=dict)  # pending, and when each comes back if the line has no delay
    rest: bytes = b""  # PCM, less than a piece
    started: bool = False
    ended: bool = False  # no more sound will come
    sent: float = 0.0  # seconds of sound
    plays_until: float = 0.0  # loop time at which what was sent has been played, if the line has no delay
    delay: float = 0.0  # seconds that the line has been seen to lag behind that

    def take(self, frame: AudioOut) -> None:
        """Cut sound into pieces; each text ends with a mark, and so at a piece's end."""
        if not self.spoken or self.spoken[-1].whole:
            self.spoken.append(Spoken(frame.text))
        words = self.spoken[-1]
        words.seconds += audio.seconds(frame.pcm)
        pcm = self.rest + frame.pcm
        whole = len(pcm) - len(pcm) % audio.FRAME_BYTES
        self.rest = pcm[whole:]
        if whole:
            self.queue.append(memoryview(pcm)[:whole])  # what a voice has in its cache is not copied for each call
        if frame.last:
            words.whole = True
            if self.rest:
                self.queue.append(memoryview(self.rest.ljust(audio.FRAME_BYTES, b"\0")))
                self.rest = b""
            self.queue.append(f"{self.turn}.{len(self.spoken)}")

    def next(self, now: float, lead: float) -> Media | Mark | None:
        """What is to be sent now, if anything: a mark at once, sound at most `lead` seconds ahead of the ear."""
        if not self.queue:
            return None
        item = self.queue[0]
        if isinstance(item, str):
            self.queue.popleft()
            self.marks[item] = max(self.plays_until, now)  # it may follow its sound long after that was heard
            return Mark(item)
        if self.plays_until - now >= lead - audio.FUZZ:
            return None
        self.plays_until = max(self.plays_until, now) + audio.FRAME_SECONDS
        self.sent += audio.FRAME_SECONDS
        return Media(audio.encode(self._piece(item)))

    def _piece(self, first: memoryview) -> memoryview:
        """The next 20 ms of the queue's first sound."""
        at, self.begun = self.begun, self.begun + audio.FRAME_BYTES
        if self.begun == len(first):
            self.queue.popleft()
            self.begun = 0
        return first[at : at + audio.FRAME_BYTES]

    def played(self, mark: str, now: float) -> bool:
        """Note that a mark has come back, and so all before it; whether it was one of this reply's."""
        if mark not in self.marks:
            return False
        names = list(self.marks)
        self.delay = max(0.0, now - self.marks[mark])
        self.marks = {name: self.marks[name] for name in names[names.index(mark) + 1 :]}
        return True

    def heard(self, now: float) -> tuple[str, float]:
        """The words that have been played by now, and how many seconds of sound."""
        played = max(0.0, self.sent - max(0.0, self.plays_until + self.delay - now))
        texts, left = [], played
        for words in self.spoken:
            if left <= 0:
                break
            length = max(words.seconds, 0.06 * len(words.text) * (not words.whole))  # the rest of it is not known yet
            texts.append(part(words.text, (left + audio.FUZZ) / length) if length else words.text)
            left -= words.seconds
        return " ".join(text for text in texts if text), played
