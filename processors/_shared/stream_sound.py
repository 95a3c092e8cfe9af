"""The sound of a stream: messages in the order of their numbers, frames of 20 ms, and silence where none comes."""

from __future__ import annotations

from pipeline import audio
from pipeline.frames import AudioIn
from pipeline.processor import Processor
from pipeline.vocabulary import Refusal

REORDER = 3  # messages, 60 ms: how early a message may come before those missing are given up
FILL = 10  # frames, 200 ms: the most silence put into a gap
STALL = 1.2  # seconds without sound from which on silence takes its place: less is a late network, and changes nothing


class StreamSound(Processor):
    """Passes the sound of messages on, as frames in stream time."""

    def begin(self) -> None:
        self.samples = 0  # samples received: the clock of stream time
        self.rest = b""  # bytes after the last whole frame
        self.expected = 0  # number of the next message; 0: any
        self.due: str | None = None  # the same as text, as Twilio writes it; None: any
        self.ahead: dict[int, bytes] = {}  # payloads of early messages, by number
        self.came, self.filled = self.now, 0  # loop time of the last sound, and the frames of silence since

    def expect(self, number: int) -> None:
        self.expected, self.due = number, str(number)

    def order(self, number: int, payload: bytes) -> None:
        """Take a message out of order: drop a late one, keep an early one, pass on one without a number."""
        # Without a number, order cannot be told: the sound is taken as it comes, and the count stays.
        if number == 0 or number == self.expected or self.expected == 0:
            if number:
                self.expect(number + 1)
            self.sound(payload)
            self.catch_up()
            return
        if number < self.expected:
            self.call.refuse(Refusal.LATE)
            if self.expected - number > 50:  # not one late message: the numbers began anew
                self.expect(number + 1)
                self.ahead.clear()
                self.sound(payload)
            return
        self.ahead[number] = payload
        if number - self.expected >= REORDER or len(self.ahead) >= REORDER:
            missing = min(self.ahead) - self.expected
            self.call.refuse(Refusal.LOST)
            self.sound(audio.SILENCE * min(missing, FILL))
            self.expect(min(self.ahead))
            self.catch_up()

    def catch_up(self) -> None:
        while (payload := self.ahead.pop(self.expected, None)) is not None:
            self.expect(self.expected + 1)
            self.sound(payload)

    def sound(self, ulaw: bytes) -> None:
        """Pass sound on in frames of 20 ms, however long the messages are; a rest waits for the next."""
        ulaw = self.rest + ulaw
        whole = len(ulaw) - len(ulaw) % audio.FRAME_SAMPLES
        self.rest = ulaw[whole:]
        for begin in range(0, whole, audio.FRAME_SAMPLES):
            self.frame(ulaw[begin : begin + audio.FRAME_SAMPLES])

    def frame(self, ulaw: bytes) -> None:
        at = self.samples / audio.RATE
        self.samples += audio.FRAME_SAMPLES
        self.down[AudioIn](AudioIn(audio.decode(ulaw), at))

    # ---- a line that sends nothing -----------------------------------------------------------------------------------

    def listen(self) -> None:
        """Expect sound from now on."""
        self.came = self.now
        self.later(STALL, self.watch)

    def watch(self) -> None:
        """Look whether sound still comes; the timer is not moved by each message, 50 a second."""
        if self.now >= self.came + STALL - audio.FUZZ:
            self.fill()
        due = self.came + max(STALL, (self.filled + 1) * audio.FRAME_SECONDS)
        self.later(due - self.now, self.watch)

    def fill(self) -> None:
        """Pass on the silence of the time in which no sound came."""
        # Counted by the clock and not by the timers, which a replay may ring a little earlier or later.
        due = int((self.now - self.came + audio.FUZZ) / audio.FRAME_SECONDS)
        while self.filled < due:
            self.filled += 1
            self.frame(audio.SILENCE)


def number_of(chunk: str) -> int:
    """Return a media message's number; 0 if it has none."""
    return int(chunk) if chunk.isascii() and chunk.isdigit() and len(chunk) < 12 else 0
