"""Turns Twilio's messages into frames, and `Clear`, `Handover` and `Hangup` into Twilio's terms."""

from __future__ import annotations

from collections.abc import Callable

from pipeline import audio
from pipeline.call import hand_over
from pipeline.frames import AudioIn, CallStarted, Clear, Dtmf, Handover, Hangup, MarkPlayed, WireMessage
from pipeline.processor import Processor, on
from pipeline.redaction.words import KEY
from pipeline.twilio import messages
from pipeline.vocabulary import Refusal

LIMITS = {
    Refusal.JSON: 20,
    Refusal.FIELD: 20,
    Refusal.EVENT: 100,
    Refusal.STREAM: 10,
}  # refused: a broken peer
CODES = {Refusal.JSON: 1007, Refusal.FIELD: 1007, Refusal.EVENT: 1008, Refusal.STREAM: 1008}  # WebSocket close codes
REORDER = 3  # messages, 60 ms: how early a message may come before those missing are given up
FILL = 10  # frames, 200 ms: the most silence put into a gap
KEPT = 0.1  # seconds by which a look for sound is late if the loop was kept
STALL = 1.2  # seconds without sound from which on silence takes its place: less is a late network, and changes nothing
DIGITS_A_SECOND = 20
KEYS = f"0123456789*#ABCD{KEY}"  # a record has a bullet in the place of a secret key, and is replayed with it


class TwilioSerializer(Processor):
    """Reads Twilio's messages: audio as 20 ms frames in stream time, keys, marks; refuses all others.

    Audio messages are put in the order of their numbers. One that is early waits for those before it, three messages
    (60 ms) at most; then the gap is filled with silence, 200 ms at most. A late one is dropped. A line that sends no
    sound while its caller is quiet is silent: from 1.2 s on (STALL) silence passes at the loop's pace until sound
    comes, so that turns end. A peer that sends too many messages of one refused kind (LIMITS) is rejected with a
    WebSocket close code.
    """

    gives = (CallStarted, AudioIn, Dtmf, MarkPlayed)
    holds = (WireMessage,)
    optional = (Clear, Handover, Hangup)

    def begin(self) -> None:
        self.stream_sid, self.out = "", messages.Outbound("")
        self.samples, self.rest = 0, b""  # samples received, the clock of stream time; bytes after the last whole frame
        self.expected = 0  # number of the next message; 0: any
        self.due: str | None = None  # the same as text, as Twilio writes it; None: any
        self.ahead: dict[int, bytes] = {}  # payloads of early messages, by number
        self.quiet, self.digits = QuietLine(self, self.frame), _Digits()

    @on(WireMessage)
    def read(self, frame: WireMessage) -> None:
        try:
            message = messages.parse(frame.data)
        except messages.Refused as refused:
            self.refuse(refused.reason, str(refused))
            return
        if message.event == "media":
            self.hear(message)
        elif message.start is not None and message.event == "start":
            self.start(message.start)
        elif message.event in ("dtmf", "mark") and self.is_ours(message):
            self.tell(message)

    def start(self, start: messages.Start) -> None:
        if self.stream_sid:
            self.call.refuse(Refusal.SECOND_START)
            self.call.wire.reject(1002, "second start")
            return
        self.stream_sid = start.stream_sid
        self.out = messages.Outbound(start.stream_sid)
        self.call.stream_sid = start.stream_sid
        self.call.log.info("WS_START sid={} call_sid={}", start.stream_sid, self.call.sid)
        self.quiet.begin()
        self.push(CallStarted(self.call.sid, start.stream_sid, start.custom_parameters))

    def tell(self, message: messages.Inbound) -> None:
        if message.mark is not None and message.event == "mark":
            self.push(MarkPlayed(message.mark.name))
        elif message.dtmf is not None and message.event == "dtmf":
            self.press(message.dtmf.digit)

    def press(self, digit: str) -> None:
        if (wrong := self.digits.wrong(digit, self.now)) is not None:
            self.call.refuse(wrong)
        else:
            self.push(Dtmf(self.call.keypad.press(digit)))

    def hear(self, message: messages.Inbound) -> None:
        chunk = message.media
        if chunk is None or ((message.stream_sid != self.stream_sid or not self.due) and not self.is_ours(message)):
            return
        self.call.rx += 1
        if self.call.rx == 50 or self.call.rx % 500 == 0:
            self.call.log.info("WS_MEDIA sid={} rx={}", self.stream_sid, self.call.rx)
        if not chunk.payload:
            self.call.refuse(Refusal.FIELD, "empty payload")  # of a line that is quiet, and no reason to end its call
            return
        if self.quiet.filled:
            self.quiet.end()
        self.quiet.since = self.chain.loop.time()
        if chunk.chunk != self.due or self.ahead:
            self.order(_number(chunk.chunk), chunk.payload)
            return
        # The next in order and 20 ms long, as nearly all are: the work of `expect` and `sound`, two calls cheaper.
        self.expected, self.due = self.expected + 1, str(self.expected + 1)
        if len(chunk.payload) == audio.FRAME_SAMPLES and not self.rest:
            self.frame(chunk.payload)
        else:
            self.sound(chunk.payload)

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
            self.call.refuse(Refusal.LOST)
            self.sound(audio.SILENCE * min(min(self.ahead) - self.expected, FILL))
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

    def is_ours(self, message: messages.Inbound) -> bool:
        if message.stream_sid == self.stream_sid and self.stream_sid:
            return True
        self.refuse(Refusal.STREAM, "another streamSid")
        return False

    def refuse(self, reason: Refusal, detail: str) -> None:
        if self.call.refuse(reason, detail) == LIMITS[reason]:
            self.call.wire.reject(CODES[reason], f"too many messages refused: {reason}")

    @on(Clear)
    def clear(self, control: Clear) -> None:
        self.call.wire.send(self.out.clear)
        self.call.wire.flush()  # at once: the caller hears the old reply until Twilio has this

    @on(Handover)
    def hand_over(self, control: Handover) -> None:
        hand_over(self.call, control.to, control.brief)

    @on(Hangup)
    def hang_up(self, control: Hangup) -> None:
        self.call.hang_up(control.reason)


class _Digits:
    """Bounds the keys of a second."""

    def __init__(self) -> None:
        self.at: list[float] = []

    def wrong(self, digit: str, now: float) -> Refusal | None:
        """Return the reason why a key is refused; None if it counts."""
        self.at = [at for at in self.at if at > now - 1.0]
        if len(digit) != 1 or digit not in KEYS:
            return Refusal.DIGIT
        if len(self.at) >= DIGITS_A_SECOND:
            return Refusal.DIGIT_FLOOD
        self.at.append(now)
        return None


class QuietLine:
    """Passes silence on to `frame`, 20 ms at a time, while a line sends no sound; `since` is when it last did."""

    def __init__(self, step: Processor, frame: Callable[[bytes], None]) -> None:
        self.step, self.frame = step, frame
        self.since, self.filled = step.now, 0  # loop time of the last sound, and the frames of silence since
        self._due = 0.0  # loop time of the next look

    def begin(self) -> None:
        """Begin to watch, at the stream's start."""
        self.since = self.step.now
        self._look(STALL)

    def end(self) -> None:
        """Pass on what is left of the silence: sound has come."""
        self._fill()
        self.filled = 0

    def _watch(self) -> None:
        # The timer is not moved by each message, 50 a second. A loop that was kept may have messages to read yet: their
        # sound is not missing.
        if self.step.now > self._due + KEPT:
            self._look(KEPT)
            return
        if self.step.now >= self.since + STALL - audio.FUZZ:
            self._fill()
        self._look(self.since + max(STALL, (self.filled + 1) * audio.FRAME_SECONDS) - self.step.now)

    def _look(self, seconds: float) -> None:
        self._due = self.step.now + seconds
        self.step.later(seconds, self._watch)

    def _fill(self) -> None:
        # Counted by the clock and not by the timers, which a replay may ring a little earlier or later.
        due = int((self.step.now - self.since + audio.FUZZ) / audio.FRAME_SECONDS)
        while self.filled < due:
            self.filled += 1
            self.frame(audio.SILENCE)


def _number(chunk: str) -> int:
    """Return a media message's number; 0 if it has none."""
    return int(chunk) if chunk.isascii() and chunk.isdigit() and len(chunk) < 12 else 0
