"""A reply on its way to the caller: its pieces, its marks and the words heard so far."""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass, field

from pipeline import audio
from pipeline.frames import AudioOut, Mark, Media
from pipeline.text.normalise import part

MOST = 600.0  # seconds of a reply's sound that wait to be sent


@dataclass
class Spoken:
    """The words of one sentence, and the length of their sound; `whole` once all of it has come."""

    text: str
    seconds: float = 0.0
    whole: bool = False


@dataclass
class Playout:
    """A reply on its way to the caller: its sound in pieces of 20 ms, its marks, and the words heard so far."""

    turn: int
    place: int = 1  # among the replies of its turn
    spoken: list[Spoken] = field(default_factory=list)
    queue: deque[memoryview | str] = field(default_factory=deque)  # PCM, whole pieces of 20 ms; the names of marks
    begun: int = 0  # bytes of the queue's first item that were sent
    marks: dict[str, float] = field(
        default_factory=dict
    )  # pending ones, with the loop time of their return on a line without delay
    rest: bytes = b""  # PCM, less than a piece
    started: bool = False
    worded: bool = False  # it has more than fillers
    ended: bool = False  # no more sound will come
    taken: float = 0.0  # seconds of sound
    sent: float = 0.0  # seconds of it
    plays_until: float = 0.0  # loop time at which the sound sent has been played, on a line without delay
    delay: float = 0.0  # seconds that the last mark came back later than that

    @property
    def name(self) -> str:
        """The beginning of its marks' names: the turn, and from a turn's second reply on its place in it."""
        # A mark of the first one may come back while the second is heard, and is none of it.
        return f"{self.turn}" if self.place == 1 else f"{self.turn}-{self.place}"

    @property
    def text(self) -> str:
        """The words of the whole reply, as far as it has come; a filler has none."""
        return " ".join(words.text for words in self.spoken if words.text)

    @property
    def inside(self) -> bool:
        """True if a part of a sentence has come, and the rest has not."""
        return bool(self.spoken) and not self.spoken[-1].whole

    def take(self, frame: AudioOut) -> bool:
        """Queue sound as pieces of 20 ms; a sentence's last one is filled up with silence, and a mark follows.

        Returns False, and leaves the rest of the sound out, if more than 10 minutes of it (MOST) would wait.
        """
        sound, seconds, room = frame.pcm, audio.seconds(frame.pcm), MOST - self.taken + self.sent
        if seconds > room:
            if room < audio.FRAME_SECONDS:
                return False
            sound = sound[: audio.FRAME_BYTES * int(room / audio.FRAME_SECONDS)]
            seconds = audio.seconds(sound)
        self.taken += seconds
        if not self.spoken or self.spoken[-1].whole:
            self.spoken.append(Spoken(frame.text))
        words = self.spoken[-1]
        self.worded = self.worded or bool(frame.text)
        words.seconds += seconds
        pcm = self.rest + sound
        whole = len(pcm) - len(pcm) % audio.FRAME_BYTES
        self.rest = pcm[whole:]
        if whole:
            self.queue.append(memoryview(pcm)[:whole])  # a view: sound from a voice's cache is not copied for each call
        if frame.last:
            words.whole = True
            if self.rest:
                self.queue.append(memoryview(self.rest.ljust(audio.FRAME_BYTES, b"\0")))
                self.rest = b""
            self.queue.append(f"{self.name}.{len(self.spoken)}")
        return sound is frame.pcm

    def next(self, now: float, lead: float) -> Media | Mark | None:
        """Return the next frame that is due, or None: a mark at once, sound at most `lead` seconds ahead of the ear."""
        if not self.queue:
            return None
        item = self.queue[0]
        if isinstance(item, str):
            self.queue.popleft()
            self.marks[item] = max(self.plays_until, now)  # a mark may follow long after its sound was heard
            return Mark(item)
        if self.plays_until - now >= lead - audio.FUZZ:
            return None
        self.plays_until = max(self.plays_until, now) + audio.FRAME_SECONDS
        self.sent += audio.FRAME_SECONDS
        return Media(audio.encode(self._piece(item)))

    def _piece(self, first: memoryview) -> memoryview:
        """Take the next 20 ms off the queue's first sound."""
        at, self.begun = self.begun, self.begun + audio.FRAME_BYTES
        if self.begun == len(first):
            self.queue.popleft()
            self.begun = 0
        return first[at : at + audio.FRAME_BYTES]

    def played(self, mark: str, now: float) -> bool:
        """Note that a mark has come back, and so all before it; False if it is none of this reply's."""
        if mark not in self.marks:
            return False
        names = list(self.marks)
        self.delay = max(0.0, now - self.marks[mark])
        self.marks = {name: self.marks[name] for name in names[names.index(mark) + 1 :]}
        return True

    def silent_at(self, now: float) -> float:
        """Return the loop time from which nothing of the reply is heard, if no more is sent and the rest is cleared."""
        return min(now, self.plays_until + self.delay)

    def left(self, now: float) -> float:
        """Return the seconds of sound that have not been played by now; infinite if more may come."""
        return self.taken - self.heard(now)[1] if self.ended else math.inf

    def heard(self, now: float) -> tuple[str, float]:
        """Return the words that have been played by now, and the seconds of sound; a sentence may end in its middle."""
        played = max(0.0, self.sent - max(0.0, self.plays_until + self.delay - now))
        texts, left = [], played
        for words in self.spoken:
            if left <= 0:
                break
            # While sound is still coming, its length is estimated from the text, or all words would count as heard.
            length = max(words.seconds, 0.06 * len(words.text) * (not words.whole))
            texts.append(part(words.text, (left + audio.FUZZ) / length) if length else words.text)
            left -= words.seconds
        return " ".join(text for text in texts if text), played
